local function flag(condition) return condition and 1 or 0 end

local function present(value) return value ~= nil and value ~= null end

local reading = { "^Get", "^List", "^Describe", "^Head", "^Lookup", "^Batch?Get", "^Query", "^Scan", "^Search" }

local function reads(event)
  if present(event.readOnly) then return event.readOnly == true or event.readOnly == "true" end
  for _, pattern in ipairs(reading) do
    if event.eventName:find(pattern) then return true end
  end
  return false
end

-- The most telling name that the event has for whoever called.
local function who(identity)
  if not present(identity) then return "unknown" end
  if present(identity.arn) then return identity.arn end
  return present(identity.invokedBy) and identity.invokedBy or identity.type or "unknown"
end

return plugin {
  api = 1,
  kind = "decoder",
  version = "1.0",
  summary = "Turns the log files that AWS CloudTrail puts into S3 into one record an API call, with numbers to score.",
  keys = "{keys}",
  items = "Records",
  options = {
    { name = "keys", type = "text", default = "AWSLogs/*/CloudTrail/*.json.gz",
      doc = "Which objects are log files of CloudTrail; * stands for anything, and [AWS] prefix comes before it." },
    { name = "only", type = "list", default = "",
      doc = "Event sources such as iam.amazonaws.com; empty takes all of them." },
    { name = "read-events", type = "flag", default = true, doc = "Whether calls that change nothing are records, too." },
  },

  decode = function(event, object, options)
    if #options.only > 0 then
      local wanted = false
      for _, source in ipairs(options.only) do wanted = wanted or source == event.eventSource end
      if not wanted then return nil end
    end
    local is_read = reads(event)
    if is_read and not options["read-events"] then return nil end
    local at = time.parse(event.eventTime) or error("eventTime is no time")
    local identity = present(event.userIdentity) and event.userIdentity or {}
    local days = at // 86400000
    local hour = at // 3600000 % 24
    local weekday = (days + 3) % 7 + 1
    local failed = present(event.errorCode)
    local denied = failed and (event.errorCode:find("AccessDenied") or event.errorCode:find("Unauthorized")) ~= nil
    local agent = present(event.userAgent) and event.userAgent or ""
    local login = event.eventName == "ConsoleLogin"
    local mfa = present(event.additionalEventData) and event.additionalEventData.MFAUsed == "Yes"
    local source = present(event.sourceIPAddress) and event.sourceIPAddress or ""
    return {
      time = event.eventTime, id = event.eventID, eventName = event.eventName, eventSource = event.eventSource,
      region = event.awsRegion, account = event.recipientAccountId or identity.accountId,
      user = who(event.userIdentity), userType = identity.type or "unknown", sourceIP = source,
      errorCode = failed and event.errorCode or null,
      -- Numbers for detect.lua: features = { "hour", "is_error", … }.
      hour = hour, weekday = weekday, is_weekend = flag(weekday >= 6), is_night = flag(hour < 6 or hour >= 22),
      is_read = flag(is_read), is_error = flag(failed), is_denied = flag(denied), is_root = flag(identity.type == "Root"),
      is_service = flag(source:find("%.amazonaws%.com$") ~= nil), is_console = flag(agent:find("^Mozilla") ~= nil or login),
      is_login = flag(login), is_login_without_mfa = flag(login and not mfa and not failed),
      is_iam = flag(event.eventSource == "iam.amazonaws.com" or event.eventSource == "sts.amazonaws.com"),
      parameters = present(event.requestParameters) and #json.encode(event.requestParameters) or 0,
    }
  end,
}
