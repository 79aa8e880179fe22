-- Names of labels may hold letters, digits and underscores only.
local function label(name) return (name:gsub("[^%w_]", "_"):gsub("^(%d)", "_%1")) end

return plugin {
  api = 1,
  kind = "notifier",
  version = "1.0",
  summary = "Posts each alert to a Prometheus Alertmanager, which groups, silences and routes it.",
  needs = { http = { "{url}" } },
  options = {
    { name = "url", type = "url", required = true, example = "http://alertmanager:9093", doc = "Of the Alertmanager, for example http://alertmanager:9093." },
    { name = "alertname", type = "text", default = "AnomalyDetected", doc = "The label alertname." },
    { name = "labels", type = "list", default = "", doc = "More labels, each name=value." },
    { name = "record-labels", type = "list", default = "", doc = "Fields of the record that become labels, such as host." },
    { name = "resolve-after", type = "seconds", default = 300, min = 1, max = 86400,
      doc = "How long the alert counts as firing." },
    { name = "generator-url", type = "text", default = "", doc = "A link to this agent, shown with the alert." },
  },

  notify = function(alert, options)
    local labels = { alertname = options.alertname, severity = alert.severity, rule = alert.rule }
    if alert.key then labels.key = alert.key end
    for _, item in ipairs(options.labels) do
      local name, value = item:match("^([^=]+)=(.*)$")
      if name then labels[label(name)] = value end
    end
    for _, name in ipairs(options["record-labels"]) do
      local value = alert.record[name]
      if value ~= nil and value ~= null and type(value) ~= "table" then labels[label(name)] = tostring(value) end
    end
    local starts = time.iso(alert.time)
    local post = {
      labels = labels, startsAt = starts, endsAt = time.iso(time.now() + options["resolve-after"] * 1000 // 1),
      annotations = {
        summary = alert.subject, description = alert.text, record = alert.record_json,
        score = alert.score_text, grade = alert.grade_text,
      },
    }
    if options["generator-url"] ~= "" then post.generatorURL = options["generator-url"] end
    local answer = http.request { url = (options.url:gsub("/+$", "")) .. "/api/v2/alerts", json = array { post } }
    if answer.status == 200 then return "HTTP 200" end
    local why = "Alertmanager answered " .. answer.status .. " " .. answer.body:sub(1, 200)
    -- 400: it will not understand the same alert later either.
    if answer.status == 400 then return { refused = why } end
    return { retry = why, after = tonumber(answer.headers["retry-after"]) }
  end,
}
