"""An HTTP server that answers properly, or as badly as its path says. usage: http_peer.py [tls]
Prints "ready PORT", or "ready PORT CERTIFICATE" with TLS. One thread a connection, only on loopback."""

import hashlib, json, signal, socket, socketserver, ssl, struct, subprocess, sys, tempfile, threading

changed = threading.Condition()
counts = {"connections": 0, "held": 0, "peak": 0, "hung": 0, "left": 0, "released": 0}


def count(**steps):
    with changed:
        for name, step in steps.items():
            counts[name] += step
        counts["peak"] = max(counts["peak"], counts["held"])
        changed.notify_all()


def wait_for(condition):
    with changed:
        return changed.wait_for(condition, timeout=100)


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        count(connections=1)
        self.number = counts["connections"]
        while self.request_line():
            pass

    def request_line(self):
        line = self.rfile.readline()
        if not line:
            return False
        self.headers = []
        while (header := self.rfile.readline()) not in (b"\r\n", b""):
            name, value = header.decode("latin1").rstrip("\r\n").split(":", 1)
            self.headers.append([name, value[1:] if value.startswith(" ") else value])
        length = next((int(v) for n, v in self.headers if n.lower() == "content-length"), 0)
        self.body = self.rfile.read(length)
        self.line = line.decode("latin1").rstrip("\r\n")
        method, target, _ = self.line.split(" ", 2)
        path = target.split("?")[0].strip("/").replace("-", "_").split("/")
        return getattr(self, "do_" + path[0], self.do_echo)(method, path)

    def answer(self, body=b"", status="200 OK", headers=(), method="GET"):
        head = ["HTTP/1.1 " + status, "Content-Length: %d" % len(body), *headers]
        self.wfile.write(("\r\n".join(head) + "\r\n\r\n").encode("latin1") + (b"" if method == "HEAD" else body))
        return True

    def do_echo(self, method, path):
        seen = {"line": self.line, "headers": self.headers, "length": len(self.body), "connection": self.number,
                "sha256": hashlib.sha256(self.body).hexdigest()}
        return self.answer(json.dumps(seen).encode(), method=method, headers=["X-Twice: a", "x-twice:  b "])

    def do_status(self, method, path):
        return self.answer(b"<Error/>", path[1] + " Said So", method=method)

    def do_redirect(self, method, path):
        return self.answer(status="302 Found", headers=["Location: /echo"])

    def do_head(self, method, path):  # a large object's HEAD
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        return True

    def do_continue(self, method, path):
        self.wfile.write(b"HTTP/1.1 100 Continue\r\nX-Interim: yes\r\n\r\n")
        return self.answer(b"done", headers=["X-Final: yes"])

    def do_trailer(self, method, path):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: yes\r\n\r\n")
        return True

    def do_endless(self, method, path):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                self.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        except OSError:
            return False

    def do_endless_headers(self, method, path):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while True:
                self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        except OSError:
            return False

    def do_announced(self, method, path):  # says 10 GB, sends a little and waits
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n" + b"x" * 5000)
        return self.do_hang(method, path)

    def do_cut(self, method, path):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
        return False

    def do_nothing(self, method, path):
        return False

    def do_garbage(self, method, path):
        self.wfile.write(b"220 mail.example.com ESMTP\r\n" * 5)
        return False

    def do_reset(self, method, path):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        return False

    def do_hang(self, method, path):  # never answers, and notices when the client goes
        count(hung=1)
        try:
            self.rfile.read(1)
        except OSError:
            pass
        count(left=1)
        return False

    def do_await(self, method, path):  # /await/hung/3: answers when three have hung
        return self.answer(status="200 OK" if wait_for(lambda: counts[path[1]] >= int(path[2])) else "504 Late")

    def do_hold(self, method, path):  # answers after /release
        count(held=1)
        wait_for(lambda: counts["released"])
        count(held=-1)
        return self.answer()

    def do_release(self, method, path):
        count(released=1)
        return self.answer()

    def do_counts(self, method, path):
        return self.answer(json.dumps(counts).encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # clients that go in the middle are what this server is for

    def finish_request(self, request, client_address):
        if tls:
            request = tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)


tls = None
if sys.argv[1:] == ["tls"]:
    keep = tempfile.TemporaryDirectory()  # removed at the end, also after SIGTERM
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    folder = keep.name
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", folder + "/key.pem",
                    "-out", folder + "/cert.pem"], check=True, stderr=subprocess.DEVNULL)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
with Server(("127.0.0.1", 0), Connection) as server:
    print("ready", server.server_address[1], folder + "/cert.pem" if tls else "", flush=True)
    server.serve_forever()
