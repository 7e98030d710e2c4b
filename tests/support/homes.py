"""Homes for tests: stopped and removed at the end."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import cluster, server, sockets

SOCKETS = 4
"""Line of postmaster.pid with the folder of its socket."""
SECONDS = 10.0
"""How long a server may take to end."""


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Yield an empty home and take its cluster down afterwards."""
    path = Path(tempfile.mkdtemp(prefix="csc"))
    try:
        yield path
    finally:
        _take_down(path)
        shutil.rmtree(path, ignore_errors=True)


def _take_down(home: Path) -> None:
    """End a home's server as a power cut would: what it would still write to the disk is removed next."""
    data = cluster.data_directory(home)
    if cluster.is_running(home):
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        folder, pid = Path(lines[SOCKETS]), int(lines[0])
        os.kill(pid, signal.SIGQUIT)
        if server.has_ended(pid, SECONDS):
            sockets.remove(folder, data.stat().st_uid)
    # one that is frozen, or has left its file behind
    cluster.stop(home)


@contextmanager
def temporary_settings(exports: Path | None = None) -> Iterator[Settings]:
    """Yield settings of a home of its own; exports lie below it unless given."""
    with temporary_home() as home:
        yield load_settings(home=home, exports=exports or home / "exports")
