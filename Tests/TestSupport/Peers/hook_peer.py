"""Takes what notifiers post, and judges it as the real receivers do. usage: hook_peer.py SECRET
Prints "ready PORT", then a line "got {…}" a request. Paths: /webhook checks the signature, /slack the form of an incoming
webhook's message, /api/v2/alerts that of the Alertmanager; /away answers 503 the first time. Only on loopback."""

import datetime, hashlib, hmac, http.server, json, re, sys, time

secret = sys.argv[1].encode()
seen = {"away": 0}


def webhook(headers, body):
    timestamp = headers["X-Anomalies-Timestamp"]
    signed = timestamp.encode() + b"." + body
    wanted = "sha256=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, headers["X-Anomalies-Signature"]):
        return 401, "wrong signature"
    if abs(time.time() - int(timestamp)) > 300:
        return 401, "stale"
    return 200, "ok"


# https://api.slack.com/messaging/webhooks and /reference/messaging/attachments
def slack(headers, body):
    message = json.loads(body)
    if headers["Content-Type"] != "application/json":
        return 400, "invalid_payload"
    if not isinstance(message.get("text"), str) or not message["text"]:
        return 400, "no_text"
    for attachment in message.get("attachments", []):
        if not re.fullmatch("#[0-9a-fA-F]{6}|good|warning|danger", attachment["color"]):
            return 400, "invalid_color"
        for field in attachment["fields"]:
            if not isinstance(field["value"], str) or not isinstance(field["short"], bool):
                return 400, "invalid_attachments"
    return 200, "ok"


# https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
def alertmanager(headers, body):
    alerts = json.loads(body)
    if not isinstance(alerts, list) or headers["Content-Type"] != "application/json":
        return 400, "not a list"
    for alert in alerts:
        if not set(alert) <= {"labels", "annotations", "startsAt", "endsAt", "generatorURL"} or not alert["labels"]:
            return 400, "unknown or missing fields"
        for name, value in {**alert["labels"], **alert["annotations"]}.items():
            if not re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name) or not isinstance(value, str):
                return 400, "label " + name
        starts, ends = (datetime.datetime.fromisoformat(alert[name]) for name in ("startsAt", "endsAt"))
        if starts.tzinfo is None or not starts < ends:
            return 400, "times"
    return 200, ""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            status, answer = self.judge(body)
        except Exception as error:
            status, answer = 400, repr(error)
        text = body.decode()
        print("got " + json.dumps({"path": self.path, "status": status, "answer": answer, "body": text}), flush=True)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer.encode())))
        self.end_headers()
        self.wfile.write(answer.encode())

    def judge(self, body):
        if self.path == "/away":
            seen["away"] += 1
            return (503, "away") if seen["away"] == 1 else webhook(self.headers, body)
        kinds = {"/webhook": webhook, "/slack": slack, "/api/v2/alerts": alertmanager}
        return kinds[self.path](self.headers, body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("ready", server.server_port, flush=True)
server.serve_forever()
