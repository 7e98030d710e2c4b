"""A mail server, a webhook and a proxy of the tests' own, on this machine: they keep what they were told."""

from __future__ import annotations

import http.server
import socketserver
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Listener:
    """Where it listens, and what it was told."""

    port: int = 0
    heard: list[str] = field(default_factory=list)
    told: list[list[str]] = field(default_factory=list)
    """Of a mail server: whom each message goes to."""


@contextmanager
def _serving(server: socketserver.TCPServer, listener: Listener) -> Iterator[Listener]:
    listener.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def mail_server(refused: Collection[str] = ()) -> Iterator[Listener]:
    """Yield a mail server that offers no encryption, and takes every message but for refused recipients."""
    listener = Listener()

    class Dialogue(socketserver.StreamRequestHandler):
        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self._say("220 test")
            told: list[str] = []
            while line := self.rfile.readline().decode().strip():
                word = line.upper().split(" ")[0]
                recipient = line.partition("<")[2].partition(">")[0]
                if word == "RCPT" and recipient in refused:
                    self._say("550 no such person")
                    continue
                if word == "RCPT":
                    told.append(recipient)
                if word == "DATA":
                    self._say("354 go on")
                    rows = []
                    while (row := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                        rows.append(row)
                    listener.heard.append("\n".join(rows))
                    listener.told.append(told)
                    told = []
                self._say("221 bye" if word == "QUIT" else "250 fine")
                if word == "QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Dialogue) as server, _serving(server, listener):
        yield listener


@contextmanager
def webhook(status: int = 200) -> Iterator[Listener]:
    """Yield a webhook that answers everything with one status."""
    listener = Listener()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            listener.heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server, _serving(server, listener):
        yield listener


@contextmanager
def recording_proxy() -> Iterator[Listener]:
    """Yield a proxy that passes nothing on, answers with an empty page, and keeps the first line of each request."""
    listener = Listener()

    class Answer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            listener.heard.append(self.rfile.readline().decode(errors="replace").strip())
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as server, _serving(server, listener):
        yield listener
