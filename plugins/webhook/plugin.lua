return plugin {
  api = 1,
  kind = "notifier",
  version = "1.0",
  summary = "Posts each alert as JSON to a URL of yours, signed, so that the receiver knows who sent it and when.",
  needs = { http = { "{url}" } },
  options = {
    { name = "url", type = "url", required = true, example = "https://alerts.example.com/anomalies", doc = "Where alerts are posted." },
    { name = "secret", type = "secret", required = true, example = "a long random text",
      doc = "Known to the receiver, too: X-Anomalies-Signature is sha256= and HMAC-SHA256 of timestamp, a dot and body." },
    { name = "timeout", type = "seconds", default = 10, min = 1, max = 20, doc = "How long to wait for the answer." },
  },

  notify = function(alert, options)
    local body = json.encode(alert)
    local timestamp = tostring(time.now() // 1000)
    local answer = http.request {
      url = options.url, method = "POST", body = body, timeout = options.timeout,
      headers = {
        ["Content-Type"] = "application/json",
        ["X-Anomalies-Id"] = alert.id,
        ["X-Anomalies-Timestamp"] = timestamp,
        ["X-Anomalies-Signature"] = "sha256=" .. hash.hmac_sha256(options.secret, timestamp .. "." .. body),
      },
    }
    if answer.status >= 200 and answer.status < 300 then return "HTTP " .. answer.status end
    -- 410: the receiver will never want it; anything else may pass.
    if answer.status == 410 then return { refused = "the receiver answered 410 Gone" } end
    return { retry = "the receiver answered " .. answer.status, after = tonumber(answer.headers["retry-after"]) }
  end,
}
