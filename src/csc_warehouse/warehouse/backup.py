"""Backup and restore of a warehouse: the database and the archive of deliveries in one file, without the key."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import cluster
from csc_warehouse.warehouse.engine import Warehouse, open_warehouse, url_for, warehouse_url

DATABASE_MEMBER = "warehouse.dump"
ARCHIVE_MEMBER = "archive"


def _program(settings: Settings, name: str) -> str:
    """Return the path of a PostgreSQL program: the embedded cluster's own, else the one on the PATH."""
    if settings.database_url is None:
        return str(cluster.binaries() / name)
    found = shutil.which(name)
    if found is None:
        raise UsageError(f"{name} is not installed: install PostgreSQL's client programs of the server's version.")
    return found


def _call(command: list[str], what: str) -> None:
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if outcome.returncode != 0:
        last = (outcome.stderr.strip().splitlines() or ["no message"])[-1]
        raise CscWarehouseError(f"{what} failed: {last}. Nothing was changed; mend the cause and run again.")


def backup(warehouse: Warehouse, out: Path) -> Path:
    """Write database and archive to one tar file, whole or not at all, and return its path.

    The pseudonym key is left out on purpose: whoever has both can name children. Raises CscWarehouseError.
    """
    settings = warehouse.settings
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".backup-") as directory:
        dump = Path(directory) / DATABASE_MEMBER
        _call(
            [_program(settings, "pg_dump"), "--format=custom", f"--file={dump}", warehouse.url_for("libpq")],
            "Dumping the database",
        )
        partial = Path(directory) / "whole.tar"
        with tarfile.open(partial, "w") as tar:
            tar.add(dump, DATABASE_MEMBER)
            if settings.archive.exists():
                tar.add(settings.archive, ARCHIVE_MEMBER)
        partial.chmod(0o600)
        os.replace(partial, out)
    return out


def restore(settings: Settings, source: Path) -> Warehouse:
    """Restore a backup into an empty warehouse and open it.

    Raises UsageError when the file is no backup or the warehouse already holds deliveries.
    """
    if not source.is_file() or not tarfile.is_tarfile(source):
        raise UsageError(f"{source} is not a backup made by csc-warehouse backup.")
    # roles live outside a database's dump: opening the empty warehouse makes them before the tables that they own
    open_warehouse(settings).engine.dispose()
    url = url_for(warehouse_url(settings), "libpq")
    if settings.archive.exists() and any(settings.archive.iterdir()):
        raise UsageError(f"{settings.home} already holds an archive: restore into an empty CSC_WAREHOUSE_HOME.")
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.home, prefix=".restore-") as directory:
        with tarfile.open(source) as tar:
            tar.extractall(directory, filter="data")
        dump = Path(directory) / DATABASE_MEMBER
        if not dump.exists():
            raise UsageError(f"{source} holds no {DATABASE_MEMBER}: it is not a backup made by csc-warehouse backup.")
        _call(
            [
                _program(settings, "pg_restore"),
                "--clean",
                "--if-exists",
                "--exit-on-error",
                "--single-transaction",
                f"--dbname={url}",
                str(dump),
            ],
            "Restoring the database",
        )
        archive = Path(directory) / ARCHIVE_MEMBER
        if archive.exists():
            os.replace(archive, settings.archive)
    return open_warehouse(settings)
