"""A home with an empty warehouse in it: its server's files are made and migrated once, and copied by each test."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import cluster, open_warehouse
from tests.support.finished_night import KEPT_BELOW, OF_A_COPY
from tests.support.homes import temporary_home

_NAME = "empty-warehouse"


@contextmanager
def prepared_settings(exports: Path | None = None) -> Iterator[Settings]:
    """Yield settings of a home of its own whose warehouse is there, empty; exports lie below it unless given."""
    with temporary_home() as home:
        _copy(_prepared(), cluster.data_directory(home))
        yield load_settings(home=home, exports=exports or home / "exports")


def _copy(data: Path, target: Path) -> None:
    # --archive: the server's files stay its account's; those of a stopped server may be copied
    subprocess.run(["cp", "--archive", "--reflink=auto", str(data), str(target)], check=True)  # noqa: S603, S607


def _prepared() -> Path:
    """Return the files of a stopped server with an empty warehouse, made where no process of this test run has."""
    folder = Path(os.environ.get(KEPT_BELOW) or _own_folder())
    made = folder / _NAME
    with Path(folder, f"{_NAME}.lock").open("a", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not made.exists():
            with temporary_home() as home:
                warehouse = open_warehouse(load_settings(home=home, exports=home / "exports"))
                with warehouse.raw_connection(autocommit=True) as connection:
                    for setting in OF_A_COPY:
                        connection.execute(f"alter system set {setting}".encode())
                warehouse.engine.dispose()
                cluster.stop(home)
                unfinished = made.with_suffix(".new")
                shutil.rmtree(unfinished, ignore_errors=True)
                _copy(cluster.data_directory(home), unfinished)
                unfinished.rename(made)
    return made


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="csc")


def _own_folder() -> str:
    return _folder().name
