"""Commands without a way to any network: in a network namespace of their own, with every attempt noted."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

NOTED = "CSC_TESTS_NOTED_CONNECTIONS"
WATCH = f'''
import os
import sys


def _note(event, arguments):
    # a bind is none: urllib3 tries one to learn whether the machine knows IPv6
    if event in ("socket.connect", "socket.sendto"):
        # of a socket of the file system the address is a path
        if isinstance(arguments[1], (str, bytes)):
            return
    elif event not in ("socket.getaddrinfo", "socket.gethostbyname"):
        return
    with open(os.environ["{NOTED}"], "a", encoding="utf-8") as file:
        file.write(f"{{event}} {{arguments[1:] if event.startswith('socket.c') else arguments}}\\n")


if "{NOTED}" in os.environ:
    sys.addaudithook(_note)
'''
"""A sitecustomize: Python runs it before anything else, in each process that is started with it on its path."""


@cache
def prefix() -> tuple[str, ...]:
    """Return what a command is put behind to have no network at all; nothing where this machine does not let us.

    Where it does not (a container without that right), what is noted still tells of every attempt; a test that claims
    more than that says so with leave_out_without_namespace().
    """
    # as root the server runs as another account, which a namespace of accounts would not know
    own = () if os.geteuid() == 0 else ("--user", "--map-current-user")
    command = ("unshare", *own, "--net", "--")
    try:
        done = subprocess.run([*command, "true"], capture_output=True, check=False)  # noqa: S603
    except FileNotFoundError:
        return ()
    return command if done.returncode == 0 else ()


def leave_out_without_namespace() -> None:
    """Skip the test that calls this, in the words that the checks report, where commands ran with a way out."""
    if not prefix():
        pytest.skip("left out: needs the right to make a network namespace (unshare --net), which this machine refuses")


def watch(folder: Path) -> Path:
    """Write the watching module into a folder of its own; return that folder, for PYTHONPATH."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    return folder
