"""Exit 0 when the service named on the command line is well; the containers' health checks."""

from __future__ import annotations

import json
import sys
import urllib.request

PORT_OF_API = 8080
PORT_OF_SCHEDULER = 8974


def is_well(service: str) -> bool:
    """Ask the scheduler itself, or the API server about a part; a part that does not answer raises OSError."""
    if service == "scheduler":
        address = f"http://127.0.0.1:{PORT_OF_SCHEDULER}/health"
    else:
        host = "127.0.0.1" if service == "api-server" else "api-server"
        address = f"http://{host}:{PORT_OF_API}/api/v2/monitor/health"
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  (two addresses of our own)
        told = json.load(answer)
    part = {"api-server": "metadatabase", "dag-processor": "dag_processor"}.get(service, service)
    return bool(told[part]["status"] == "healthy")


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1]) else 1)
