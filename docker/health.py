"""Exit 0 when the service named on the command line is well; the containers' health checks."""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path

PORT_OF_API = 8080
PORT_OF_SCHEDULER = 8974
PORT_OF_BROKER = 6379
ESTABLISHED = "01"
CONNECTIONS = Path("/proc/net/tcp")
OK = 200
PARTS = {"api-server": "metadatabase", "dag-processor": "dag_processor"}
"""What Airflow calls them in its health page."""


def has_broker(connections: str) -> bool:
    """Tell from the kernel's list of connections whether one to the broker stands: asking by Celery takes seconds."""
    rows = (line.split() for line in connections.splitlines()[1:])
    return any(int(row[2].partition(":")[2], 16) == PORT_OF_BROKER and row[3] == ESTABLISHED for row in rows)


def is_well(service: str) -> bool:
    """Ask the scheduler itself, or the API server about a part; what does not answer raises OSError."""
    if service == "worker":
        return has_broker(CONNECTIONS.read_text(encoding="ascii"))
    if service == "scheduler":
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT_OF_SCHEDULER}/health", timeout=10) as answer:
            return bool(answer.status == OK)
    host = "127.0.0.1" if service == "api-server" else "api-server"
    with urllib.request.urlopen(f"http://{host}:{PORT_OF_API}/api/v2/monitor/health", timeout=10) as answer:
        told = json.load(answer)
    return bool(told[PARTS.get(service, service)]["status"] == "healthy")


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1]) else 1)
