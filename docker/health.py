"""Exit 0 when the service named on the command line is well; the containers' health checks."""

from __future__ import annotations

import json
import sys
import urllib.request

PORT_OF_API = 8080
PORT_OF_SCHEDULER = 8974
OK = 200
PARTS = {"api-server": "metadatabase", "dag-processor": "dag_processor"}
"""What Airflow calls them in its health page."""


def is_well(service: str) -> bool:
    """Ask the scheduler itself, or the API server about a part; what does not answer raises OSError."""
    if service == "scheduler":
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT_OF_SCHEDULER}/health", timeout=10) as answer:
            return bool(answer.status == OK)
    host = "127.0.0.1" if service == "api-server" else "api-server"
    with urllib.request.urlopen(f"http://{host}:{PORT_OF_API}/api/v2/monitor/health", timeout=10) as answer:
        told = json.load(answer)
    return bool(told[PARTS.get(service, service)]["status"] == "healthy")


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1]) else 1)
