"""Backup and restore of a warehouse: the database and the archive of deliveries in one file, without the key."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import text

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import Settings, child_environment
from csc_warehouse.sql_files import quoted
from csc_warehouse.warehouse import cluster, home, sealing, tar_files
from csc_warehouse.warehouse.engine import Warehouse, for_a_program, open_warehouse, warehouse_url

HOLDS_SOMETHING = "select exists (select from landing.deliveries) or exists (select from release.releases)"
_SCHEMAS = """
select n.nspname from pg_namespace as n
where n.nspname <> all (array['public', 'information_schema']) and n.nspname not like 'pg\\_%'
"""
_OF_SCHEMAS = re.compile(r"\d+; \d+ \d+ (SCHEMA - |ACL - SCHEMA )")
DATABASE_MEMBER = "warehouse.dump"
ARCHIVE_MEMBER = "archive"
_UNFINISHED = ".backup-"
"""Folder beside a backup in which it is made; what a kill left of one goes with the next."""


def _program(settings: Settings, name: str) -> str:
    """Return the path of a PostgreSQL program: the embedded cluster's own, else the one on the PATH."""
    if settings.database_url is None:
        return str(cluster.binaries() / name)
    found = shutil.which(name)
    if found is None:
        raise UsageError(f"{name} is not installed: install PostgreSQL's client programs of the server's version.")
    return found


def _call(command: list[str], secret: dict[str, str], what: str) -> str:
    outcome = subprocess.run(  # noqa: S603  (PostgreSQL's programs and our own arguments)
        command, env=child_environment(**secret), capture_output=True, text=True, errors="replace", check=False
    )
    if outcome.returncode != 0:
        last = (outcome.stderr.strip().splitlines() or ["no message"])[-1]
        raise CscWarehouseError(f"{what} failed: {last}. Nothing was changed; mend the cause and run again.")
    return outcome.stdout


def keys_of(settings: Settings) -> sealing.Keys | None:
    """Return the keys that backups are sealed with; None: none is configured. Raises UsageError as read_keys does."""
    path = settings.config.maintenance.backup_key_file
    return None if path is None else sealing.read_keys(path)


def backup(warehouse: Warehouse, out: Path) -> Path:
    """Write database and archive to one tar file, whole or not at all, sealed where a key is configured; return it.

    The pseudonym key is left out on purpose: whoever has both can name children. Raises CscWarehouseError, and
    UsageError where the key file cannot be read.
    """
    settings = warehouse.settings
    keys = keys_of(settings)
    out.parent.mkdir(parents=True, exist_ok=True)
    home.sweep_scratch(out.parent, _UNFINISHED)
    with ExitStack() as folders:
        directory = folders.enter_context(home.scratch(out.parent, _UNFINISHED))
        # what is not sealed yet stays in the home, which holds the same anyhow
        plain = directory if keys is None else folders.enter_context(home.scratch(settings.spool))
        dump = plain / DATABASE_MEMBER
        address, secret = for_a_program(warehouse.url)
        _call(
            [_program(settings, "pg_dump"), "--format=custom", f"--file={dump}", f"--dbname={address}"],
            secret,
            "Dumping the database",
        )
        partial = directory / "whole.tar"
        with _new_tar(partial, keys) as tar:
            tar.add(dump, DATABASE_MEMBER)
            if settings.archive.exists():
                tar.add(settings.archive, ARCHIVE_MEMBER)
        partial.chmod(0o600)
        os.replace(partial, out)
    return out


@contextmanager
def _new_tar(path: Path, keys: sealing.Keys | None) -> Iterator[tarfile.TarFile]:
    if keys is None:
        with tarfile.open(path, "w") as tar:
            yield tar
    else:
        with sealing.sealing(path, keys) as sealed, tarfile.open(fileobj=sealed, mode="w|") as tar:
            yield tar


def _keys_for(source: Path, settings: Settings) -> sealing.Keys | None:
    """Return the keys that open a backup; None: it is not sealed.

    Raises UsageError where the file is no backup, or sealed and no key is named.
    """
    if not source.is_file() or not (sealing.is_sealed(source) or tarfile.is_tarfile(source)):
        raise UsageError(f"{source} is not a backup made by csc-warehouse backup.")
    if not sealing.is_sealed(source):
        return None
    keys = keys_of(settings)
    if keys is None:
        raise UsageError(f"{source} is sealed: name the file with its key as maintenance.backup_key_file.")
    return keys


def _unpack(source: Path, keys: sealing.Keys | None, directory: Path) -> None:
    if keys is None:
        with tarfile.open(source) as tar:
            tar_files.take_out(tar, directory)
    else:
        with sealing.unsealing(source, keys) as content, tarfile.open(fileobj=content, mode="r|") as tar:
            tar_files.take_out(tar, directory)
    # a backup keeps the modes of what it was made from
    home.close(directory)


def _drop_schemas(empty: Warehouse) -> None:
    """Take the empty schemas of this version away: a backup brings its own, of the version that made it."""
    with empty.engine.begin() as connection:
        names: list[str] = list(connection.execute(text(_SCHEMAS)).scalars())
        for name in names:
            connection.exec_driver_sql(f"drop schema {quoted(name)} cascade")
    empty.engine.dispose()


def _parts(content: str) -> tuple[str, str]:
    """Divide a dump's table of contents: the schemas with who may create in them, and all that lies in them.

    A role is given a table only where it may create in its schema, and pg_restore gives rights last: no superuser is
    held to that, every other login is.
    """
    lines = content.splitlines(keepends=True)
    schemas = [line for line in lines if _OF_SCHEMAS.match(line)]
    return "".join(schemas), "".join(line for line in lines if not _OF_SCHEMAS.match(line))


def restore(settings: Settings, source: Path) -> Warehouse:
    """Restore a backup of this version or an earlier one into an empty warehouse, open it and bring it up to date.

    Raises UsageError when the file is no backup, is sealed and no key is named, or the warehouse already holds
    deliveries or releases; CscWarehouseError where it is not as it was sealed, or with another key.
    """
    keys = _keys_for(source, settings)
    # roles live outside a database's dump: opening the empty warehouse makes them before the tables that they own
    empty = open_warehouse(settings)
    with empty.engine.connect() as connection:
        if connection.execute(text(HOLDS_SOMETHING)).scalar():
            raise UsageError("This warehouse already holds deliveries or releases: restore into an empty one.")
    empty.engine.dispose()
    address, secret = for_a_program(warehouse_url(settings))
    if settings.archive.exists() and any(settings.archive.iterdir()):
        raise UsageError(f"{settings.home} already holds an archive: restore into an empty CSC_WAREHOUSE_HOME.")
    with home.scratch(settings.spool) as directory:
        _unpack(source, keys, directory)
        dump = directory / DATABASE_MEMBER
        if not dump.exists():
            raise UsageError(f"{source} holds no {DATABASE_MEMBER}: it is not a backup made by csc-warehouse backup.")
        _drop_schemas(empty)
        program, what = _program(settings, "pg_restore"), "Restoring the database"
        for part in _parts(_call([program, "--list", str(dump)], secret, what)):
            listed = directory / "part.list"
            listed.write_text(part, encoding="utf-8")
            into = ["--exit-on-error", "--single-transaction", f"--use-list={listed}", f"--dbname={address}"]
            _call([program, *into, str(dump)], secret, what)
        archive = directory / ARCHIVE_MEMBER
        if archive.exists():
            os.replace(archive, settings.archive)
    return open_warehouse(settings)
