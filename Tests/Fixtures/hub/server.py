"""A model hub for tests, on this machine only.

Usage: server.py FOLDER. Reads FOLDER/config.json, writes the port to FOLDER/port, a byte to FOLDER/begun when a request
comes and a line to FOLDER/log.jsonl when it is answered. Ends when standard input ends.

config.json: "repository", "commit", "token" (others get 401), "raw" (the text of the list, instead of a true one), and
"files", each with "path", "data" (Base64), and, where it is to misbehave: "lfs" (named by SHA-256), "size" and "hash"
(what the list says), "unnamed" (the list gives neither), "breaks" (bytes after which the first, second, … answer breaks),
"statuses" (of the first, second, … answer), "elsewhere" (a redirect to another host), "whole" (ignores Range), "delay"
(seconds between pieces of 4096 bytes).
"""
import base64, hashlib, json, os, sys, threading, time
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
            return self.plain(200, config.get("raw", json.dumps(true)).encode())
        start = f"/{repository}/resolve/{config['commit']}/"
        file = files.get(unquote(path[len(start):])) if path.startswith(start) else None
        if file is None:
            return self.plain(404, b"no such file")
        if file.get("statuses"):
            status = file["statuses"].pop(0)
            if status != 200:
                return self.plain(status, b"x" * 5000)
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
        self.send_header("ETag", '"other"' if file.get("elsewhere") else f'"{name(file)}"')
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        if not has_body:
            return
        with lock:
            breaks = file.get("breaks")
            stop = min(end, start + breaks.pop(0)) if breaks else end
        while start < stop:
            piece = data[start:min(start + 4096, stop)]
            self.wfile.write(piece)
            self.wfile.flush()
            start += len(piece)
            self.sent += len(piece)
            time.sleep(file.get("delay", 0))
        if stop < end:
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
