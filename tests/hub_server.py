"""A Hugging Face hub on this machine, that serves files and can fail in the middle of one."""

import hashlib
import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlparse

REVISION = "0" * 40
STALL = 4
"""Seconds for which nothing comes; those who ask wait for `HF_HUB_DOWNLOAD_TIMEOUT`."""


class Hub(ThreadingHTTPServer):
    """Serves the files of `folder` as those of every repository.

    `fault` befalls each file whose name ends in `suffix`: cut (the connection is closed after
    half of it), reset, stall, or a status such as 503. None: nothing.
    """

    daemon_threads = True

    def __init__(self, folder: Path, suffix: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.folder, self.suffix = folder, suffix
        self.fault: str | None = None

    def shutdown_request(self, request: socket.socket) -> None:
        """End a connection; one that is closed with no time to linger is reset."""
        if self.fault == "reset":
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return self.close_request(request)
        return super().shutdown_request(request)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def hub(folder: Path, suffix: str) -> Iterator[Hub]:
    with Hub(folder, suffix) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class _Request(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_) -> None:
        pass

    def do_HEAD(self) -> None:
        self._file(body=False)

    def do_GET(self) -> None:
        if "/resolve/" in self.path:
            self._file(body=True)
        else:
            self._facts()

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = self.rfile.read(length).decode()
        files = [one for one in self._listing() if one["path"] in unquote(asked)]
        self._answer(json.dumps(files).encode())

    def _facts(self) -> None:
        """What the hub tells of a repository: its files, below a folder or all."""
        path = unquote(urlparse(self.path).path)
        if "/tree/" in path:
            below = path.partition("/tree/")[2].partition("/")[2]
            found = [one for one in self._listing() if one["path"].startswith(below)]
            return self._answer(json.dumps(found).encode()) if found else self._refuse(404)
        name = "/".join(path.split("/")[3:5])
        siblings = [{"rfilename": one["path"]} for one in self._listing()]
        facts = {"id": name, "sha": REVISION, "siblings": siblings, "private": False, "tags": []}
        return self._answer(json.dumps(facts).encode())

    def _listing(self) -> list[dict]:
        files = sorted(path for path in self.server.folder.rglob("*") if path.is_file())
        return [
            {
                "type": "file",
                "path": path.relative_to(self.server.folder).as_posix(),
                "size": path.stat().st_size,
                "oid": _etag(path),
            }
            for path in files
        ]

    def _file(self, body: bool) -> None:
        name = unquote(urlparse(self.path).path).partition("/resolve/")[2].partition("/")[2]
        path = self.server.folder / name
        if not path.is_file():
            return self._refuse(404)
        fault = self.server.fault if name.endswith(self.server.suffix) and body else None
        if fault and fault.isdigit():
            return self._refuse(int(fault))
        content = path.read_bytes()
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{_etag(path)}"')
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if not body:
            return None
        rest = content[start:]
        self.wfile.write(rest[: len(rest) // 2] if fault else rest)
        if fault == "stall":
            time.sleep(STALL)
        self.close_connection = True
        return None

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", "EntryNotFound" if status == 404 else "")
        self.send_header("Content-Length", "0")
        self.end_headers()


def _etag(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()
