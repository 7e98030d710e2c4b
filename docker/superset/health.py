"""Exit 0 when Superset answers; the container's health check."""

from __future__ import annotations

import sys
import urllib.request

ADDRESS = "http://127.0.0.1:8088/health"


def is_well() -> bool:
    """Ask Superset; raise OSError when it does not answer."""
    with urllib.request.urlopen(ADDRESS, timeout=10) as answer:
        return bool(answer.read() == b"OK")


if __name__ == "__main__":
    sys.exit(0 if is_well() else 1)
