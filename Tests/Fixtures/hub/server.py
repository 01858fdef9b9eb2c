"""A model hub for tests, on this machine only.

Usage: server.py FOLDER. Reads FOLDER/config.json, writes the port to FOLDER/port, a byte to FOLDER/begun when a request
comes and a line to FOLDER/log.jsonl when it is answered. Ends when standard input ends.

config.json: "repository", "commit", "token" (others get 401), "raw" (the text of the list, instead of a true one),
"list" (how the list misbehaves), and "files", each with "path", "data" (Base64), and, where it is to misbehave: "lfs"
(named by SHA-256), "size" and "hash" (what the list says), "unnamed" (the list gives neither), "breaks" (bytes after
which the first, second, … answer breaks), "elsewhere" (a redirect to another host), "whole" (ignores Range).

The list and the files misbehave in these ways too: "statuses" (of the first, second, … answer), "headers" (sent in place
of the true ones; null sends none), "delay" (seconds between pieces of the body), "piece" (bytes of one, else 4096),
"silent" (seconds before the answer), "endless" (a header that does not end), "loop" (a redirect to itself), "more" (bytes
behind the body), "gzip" (a compressed body).
"""
import base64, gzip, hashlib, json, os, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlparse

folder = sys.argv[1]
config = json.load(open(os.path.join(folder, "config.json")))
files = {file["path"]: file for file in config.get("files", [])}
lock = threading.Lock()
log = open(os.path.join(folder, "log.jsonl"), "a")
begun = open(os.path.join(folder, "begun"), "a")


def name(file):
    data = base64.b64decode(file["data"])
    if file.get("lfs"):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def sibling(file):
    line = {"rfilename": file["path"]}
    if file.get("unnamed"):
        return line
    line["size"] = file.get("size", len(base64.b64decode(file["data"])))
    listed = file.get("hash", name(file))
    line["blobId"] = "0" * 40 if file.get("lfs") else listed
    if file.get("lfs"):
        line["lfs"] = {"sha256": listed, "size": line["size"], "pointerSize": 130}
    return line


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.serve(False)

    def do_GET(self):
        self.serve(True)

    def serve(self, has_body):
        self.sent = 0
        self.changed = {}
        with lock:
            number = begun.tell()
            begun.write(".")
            begun.flush()
        try:
            self.answer(urlparse(self.path).path, has_body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        with lock:
            entry = {"number": number, "method": self.command, "path": self.path, "sent": self.sent}
            for header in ["Range", "Authorization", "Host"]:
                if self.headers[header]:
                    entry[header.lower()] = self.headers[header]
            log.write(json.dumps(entry) + "\n")
            log.flush()

    def send_header(self, key, value):
        value = self.changed.get(key, value)
        if value is not None:
            super().send_header(key, value)

    def end_headers(self):
        for key, value in self.changed.items():
            if key not in ["Content-Length", "Content-Range", "ETag"] and value is not None:
                super().send_header(key, value)
        super().end_headers()

    def misbehaves(self, how):
        """Answers in place of a true answer, where that is wanted."""
        self.changed = how.get("headers", {})
        time.sleep(how.get("silent", 0))
        if how.get("statuses"):
            status = how["statuses"].pop(0)
            if status != 200:
                self.plain(status, b"x" * 5000)
                return True
        if how.get("loop"):
            self.plain(302, b"moved", {"Location": self.path})
            return True
        if how.get("endless"):
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        return False

    def body(self, data, how):
        piece = how.get("piece", 4096)
        data += b"y" * how.get("more", 0)
        for start in range(0, len(data), piece):
            self.wfile.write(data[start:start + piece])
            self.wfile.flush()
            self.sent += len(data[start:start + piece])
            time.sleep(how.get("delay", 0))

    def plain(self, status, data=b"", headers={}):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def answer(self, path, has_body):
        token = config.get("token")
        repository = config["repository"]
        if path.startswith("/store/"):
            return self.file(files[unquote(path[len("/store/"):])], has_body)
        if token and self.headers["Authorization"] != "Bearer " + token:
            return self.plain(401, b"no")
        if path == f"/api/models/{repository}/revision/main":
            true = {"sha": config["commit"], "siblings": [sibling(file) for file in files.values()]}
            how = config.get("list", {})
            if self.misbehaves(how):
                return
            data = config.get("raw", json.dumps(true)).encode()
            self.send_response(200)
            if how.get("gzip"):
                data = gzip.compress(data)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            return self.body(data, how)
        start = f"/{repository}/resolve/{config['commit']}/"
        file = files.get(unquote(path[len(start):])) if path.startswith(start) else None
        if file is None:
            return self.plain(404, b"no such file")
        if self.misbehaves(file):
            return
        if file.get("elsewhere"):
            port = self.server.server_port
            return self.plain(302, b"moved", {
                "Location": f"http://localhost:{port}/store/{file['path']}",
                "X-Linked-ETag": f'"{name(file)}"',
                "X-Linked-Size": str(len(base64.b64decode(file["data"]))),
            })
        self.file(file, has_body)

    def file(self, file, has_body):
        data = base64.b64decode(file["data"])
        tag = name(file)
        if file.get("gzip"):
            data = gzip.compress(data)
        start, end = 0, len(data)
        if self.headers["Range"] and not file.get("whole"):
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            start, end = int(first), min(int(last) + 1, end) if last else end
            if start >= len(data):
                return self.plain(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        else:
            self.send_response(200)
        if file.get("gzip"):
            self.send_header("Content-Encoding", "gzip")
        self.send_header("ETag", '"other"' if file.get("elsewhere") else f'"{tag}"')
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        if not has_body:
            return
        with lock:
            breaks = file.get("breaks")
            stop = min(end, start + breaks.pop(0)) if breaks else end
        self.body(data[start:stop], file)
        if stop < end or file.get("more"):
            self.close_connection = True


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
with open(os.path.join(folder, "port.new"), "w") as file:
    file.write(str(server.server_port))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
