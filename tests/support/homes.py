"""Homes for tests: stopped and removed at the end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import cluster


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Yield an empty home and take its cluster down afterwards."""
    path = Path(tempfile.mkdtemp(prefix="csc"))
    try:
        yield path
    finally:
        cluster.stop(path)
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def temporary_settings(exports: Path | None = None) -> Iterator[Settings]:
    """Yield settings of a home of its own; exports lie below it unless given."""
    with temporary_home() as home:
        yield load_settings(home=home, exports=exports or home / "exports")
