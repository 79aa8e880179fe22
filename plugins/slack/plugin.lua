-- Slack reads &, < and > as its own markup.
local function escape(text)
  return (tostring(text):gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"))
end

local colours = { info = "#439fe0", warning = "#daa038", error = "#d40e0d", critical = "#a30200" }

return plugin {
  api = 1,
  kind = "notifier",
  version = "1.0",
  summary = "Posts each alert to a Slack channel through an incoming webhook.",
  needs = { http = { "{webhook-url}" } },
  options = {
    { name = "webhook-url", type = "secret", required = true, example = "https://hooks.slack.com/services/T000/B000/secret",
      doc = "URL of the incoming webhook, https://hooks.slack.com/services/…; whoever has it can post." },
    { name = "mention", type = "text", default = "",
      doc = "Whom to call in critical alerts: `<!here>`, `<!channel>` or `<@USERID>`." },
  },

  notify = function(alert, options)
    local fields = array {}
    for i, field in ipairs(alert.fields) do
      if i > 10 then break end
      local value = escape(field.value)
      if field.expected_text then value = value .. " (expected about " .. field.expected_text .. ")" end
      fields[i] = { title = escape(field.name), value = value, short = #value < 30 }
    end
    local title = escape(alert.subject)
    if alert.severity == "critical" and options.mention ~= "" then title = options.mention .. " " .. title end
    local footer = "score " .. alert.score_text .. ", grade " .. alert.grade_text .. ", rule " .. escape(alert.rule)
    local answer = http.request {
      url = options["webhook-url"],
      json = {
        text = title,
        attachments = { {
          color = colours[alert.severity] or colours.warning, text = escape(alert.message or ""), fields = fields,
          footer = footer, ts = alert.time // 1000, fallback = title,
        } },
      },
    }
    if answer.status == 200 then return answer.body end
    local why = "Slack answered " .. answer.status .. " " .. answer.body:sub(1, 200)
    -- 429: too many messages; Slack says when the next may come.
    return { retry = why, after = tonumber(answer.headers["retry-after"]) }
  end,
}
