-- Who hears of an alert, and in what words. Whatever is left out has a built-in text.
return {
  -- to = { "ops@example.com" },     -- overrides [Mail] to

  -- A template, or a function(alert) that returns the text.
  subject = "Anomaly: {{^is_silence}}{{record.name}} scored {{score_text}}{{/is_silence}}{{#is_silence}}{{key}} is silent{{/is_silence}}",
}
