return plugin {
  api = 1,
  kind = "notifier",
  version = "1.0",
  summary = "Publishes each alert to an Amazon SNS topic, as the pipeline on AWS did: the record as JSON.",
  needs = { aws = { "sns:Publish" } },
  options = {
    { name = "topic-arn", type = "text", required = true, example = "arn:aws:sns:eu-west-1:123456789012:anomalies",
      doc = "The topic, arn:aws:sns:REGION:ACCOUNT:NAME; its region is the one that is called." },
    { name = "subject", type = "text", default = "Anomaly detected",
      doc = "Subject of the mails that SNS sends, at most 100 characters." },
    { name = "message", type = "choice", of = { "record", "alert", "text" }, default = "record",
      doc = "What is published: the record as JSON, the whole alert as JSON, or words for people." },
  },

  notify = function(alert, options)
    local region = options["topic-arn"]:match("^arn:[%w-]+:sns:([%w-]+):%d+:[%w_-]+%.?f?i?f?o?$")
    if not region then return { refused = "topic-arn is no ARN of an SNS topic" } end
    local message = alert.record_json
    if options.message == "alert" then message = json.encode(alert) end
    if options.message == "text" then message = alert.text end
    local answer = aws.request {
      service = "sns", action = "Publish", version = "2010-03-31", region = region,
      parameters = { TopicArn = options["topic-arn"], Subject = options.subject, Message = message },
    }
    return "message " .. (answer.body:match("<MessageId>([^<]+)</MessageId>") or "without an id")
  end,
}
