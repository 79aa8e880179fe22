"""An SMTP server that answers as told. usage: smtp_peer.py JSON
JSON maps what the client says, as it begins, to what it hears, for example {"RCPT TO:<b@": "550 5.1.1 no", ".": "451 busy"};
"greeting" and "EHLO" may be set too. An answer of "drop" closes the connection, "hang" never answers.
Prints "ready PORT", and at the end of every session "session " and a JSON list of what was said."""

import json, socketserver, sys

says = json.loads(sys.argv[1])
defaults = {"EHLO": "250-peer\n250 SIZE 0", "HELO": "250 peer", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go",
            ".": "250 2.0.0 Ok: queued as 4711", "QUIT": "221 bye", "AUTH": "235 ok", "STARTTLS": "502 no"}


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.talk = []
        try:
            if self.say(says.get("greeting", "220 peer ESMTP")):
                while self.command():
                    pass
        except OSError:
            pass
        print("session", json.dumps(self.talk), flush=True)

    def say(self, answer):
        if answer == "hang":
            self.rfile.read()
        if answer in ("drop", "hang"):
            return False
        self.wfile.write((answer.replace("\n", "\r\n") + "\r\n").encode())
        return True

    def heard(self, line):  # the longest beginning wins
        for table in (says, defaults):
            starts = [start for start in table if line.upper().startswith(start.upper())]
            if starts:
                return table[max(starts, key=len)]
        return "500 what"

    def command(self):
        line = self.rfile.readline().decode("latin1").rstrip("\r\n")
        if not line:
            return False
        self.talk.append(line)
        answer = self.heard(line)
        if not self.say(answer):
            return False
        if line == "DATA" and answer.startswith("354"):
            while (text := self.rfile.readline()) not in (b".\r\n", b""):
                self.talk.append("| " + text.decode("latin1").rstrip("\r\n"))
                if len(self.talk) == says.get("drop after lines"):
                    return False
            return text and self.say(self.heard("."))
        return not line.startswith("QUIT")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


with Server(("127.0.0.1", 0), Session) as server:
    print("ready", server.server_address[1], flush=True)
    server.serve_forever()
