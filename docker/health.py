"""Exit 0 when the service named on the command line is well; the containers' health checks.

With --restart, a service that has not been well for ten checks in a row is ended, so that its container starts anew:
Docker starts again what ended, and leaves alone what lives and does nothing any more.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import urllib.request
from pathlib import Path

PORT_OF_API = 8080
PORT_OF_SCHEDULER = 8974
PORT_OF_BROKER = 6379
ESTABLISHED = "01"
CONNECTIONS = Path("/proc/net/tcp")
OK = 200
MOST_FAILURES = 10
"""Checks in a row: five minutes, and more than a start takes."""
COUNT = Path("/tmp/health_failures")  # noqa: S108  (in memory, and gone with the container)
FIRST_PROCESS = Path("/proc/1/comm")
INIT = "docker-init"
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


def is_given_up(is_well_now: bool, count: Path) -> bool:
    """Count failures in a row in a file, and tell whether they are so many that the service is to be ended."""
    failures = 0 if is_well_now else 1 + (int(count.read_text(encoding="ascii")) if count.exists() else 0)
    if failures:
        count.write_text(str(failures), encoding="ascii")
    else:
        count.unlink(missing_ok=True)
    return failures >= MOST_FAILURES


def main(service: str, *options: str) -> int:
    """Return 0 where the service is well; end it where it is given up."""
    try:
        is_well_now = is_well(service)
    except OSError as error:
        sys.stderr.write(f"{service} does not answer: {error}\n")
        is_well_now = False
    # below a first process of Docker's own nothing runs but this service: elsewhere nobody's process is ended
    is_apart = FIRST_PROCESS.read_text(encoding="ascii").strip() == INIT
    if "--restart" in options and is_apart and is_given_up(is_well_now, COUNT):
        os.kill(-1, signal.SIGKILL)
    return 0 if is_well_now else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
