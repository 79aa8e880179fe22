-- Who hears of an alert, and in what words. Whatever is left out has a built-in text.
---@type agent.Notify
return {
  -- to = { "ops@example.com" },     -- overrides [Mail] to

  -- A template, or a function(alert) that returns the text.
  -- A record without a name, and silence, which has no score, get a subject too.
  subject = "Anomaly: {{#record.name}}{{.}} {{/record.name}}{{#key}}{{key}} {{/key}}"
    .. "{{^is_silence}}scored {{score_text}}{{/is_silence}}{{#is_silence}}is silent{{/is_silence}}",
}
