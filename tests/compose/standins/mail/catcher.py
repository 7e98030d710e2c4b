#!/usr/bin/python3
"""What the mail catcher does of which the trial makes use: takes mail on 1025, counts it on 8025, says it is well."""

from __future__ import annotations

import http.server
import socketserver
import sys
import threading
import urllib.request

CAUGHT: list[bytes] = []


class Catcher(socketserver.StreamRequestHandler):
    """Says yes to whatever a program says that sends mail."""

    def handle(self) -> None:
        """Answer one connection."""
        self.wfile.write(b"220 mail\r\n")
        for line in self.rfile:
            word = line.strip().upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                CAUGHT.append(b"".join(lines))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


class Page(http.server.BaseHTTPRequestHandler):
    """Says how many were caught."""

    def do_GET(self) -> None:
        """Answer one question."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(len(CAUGHT)).encode())


if __name__ == "__main__":
    if sys.argv[1:] == ["readyz"]:
        urllib.request.urlopen("http://127.0.0.1:8025/", timeout=5).close()
    else:
        page = http.server.ThreadingHTTPServer(("0.0.0.0", 8025), Page)  # noqa: S104  (a container's own address)
        threading.Thread(target=page.serve_forever, daemon=True).start()
        socketserver.ThreadingTCPServer(("0.0.0.0", 1025), Catcher).serve_forever()  # noqa: S104
