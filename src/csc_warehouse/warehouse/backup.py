"""Backup and restore of a warehouse: the database and the archive of deliveries in one file, without the key."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL, text

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import Settings, child_environment
from csc_warehouse.sql_files import quoted
from csc_warehouse.warehouse import cluster, dumped_logins, home, kept_archive, sealing, tar_files
from csc_warehouse.warehouse.engine import Warehouse, for_a_program, open_warehouse, warehouse_url

LOGGER = logging.getLogger(__name__)
HOLDS_SOMETHING = "select exists (select from landing.deliveries) or exists (select from release.releases)"
_SCHEMAS = """
select n.nspname from pg_namespace as n
where n.nspname <> all (array['public', 'information_schema']) and n.nspname not like 'pg\\_%'
"""
_NOT_READ = re.compile(r"permission denied for (schema|table|view|sequence)")
_EXTENSION = re.compile(r"\d+; \d+ \d+ (?:COMMENT - )?EXTENSION (?:- )?(?P<name>\S+)")
_OF_SCHEMAS = re.compile(r"\d+; \d+ \d+ (SCHEMA - |ACL - SCHEMA )")
DATABASE_MEMBER = "warehouse.dump"
READERS_MEMBER = "readers.json"
ARCHIVE_MEMBER = "archive"
_DATED = re.compile(r"csc-warehouse-\d{4}-\d{2}-\d{2}\.tar(\.sealed)?")
"""How the upkeep names backups; a file of another name in their folder is somebody's own."""
_UNFINISHED = ".backup-"
"""Folder beside a backup in which it is made; what a kill left of one goes with the next."""


def dated(folder: Path) -> list[Path]:
    """Return the upkeep's backups in a folder, oldest first: their names hold the day."""
    return sorted(path for path in folder.glob("csc-warehouse-*.tar*") if _DATED.fullmatch(path.name))


def _program(settings: Settings, name: str) -> str:
    """Return the path of a PostgreSQL program: the embedded cluster's own, else the one on the PATH."""
    if settings.database_url is None:
        return str(cluster.binaries() / name)
    found = shutil.which(name)
    if found is None:
        raise UsageError(f"{name} is not installed: install PostgreSQL's client programs of the server's version.")
    return found


def _reached(settings: Settings, url: URL) -> tuple[str, dict[str, str]]:
    """Return what a program is called with: a connection string, and variables of the environment."""
    address, variables = for_a_program(url)
    if settings.database_url is None:
        # the embedded server's programs know no TLS, which the environment may ask for on the way to another server
        variables["PGSSLMODE"] = "disable"
    return address, variables


def _call(command: list[str], variables: dict[str, str], what: str) -> str:
    outcome = subprocess.run(  # noqa: S603  (PostgreSQL's programs and our own arguments)
        command, env=child_environment(**variables), capture_output=True, text=True, errors="replace", check=False
    )
    if outcome.returncode != 0:
        said = outcome.stderr.strip().splitlines() or ["no message"]
        # lines after it may quote the row that the server stumbled over
        first = next((line for line in said if "error:" in line), said[0])
        if Path(command[0]).name == "pg_dump" and _NOT_READ.search(first):
            raise CscWarehouseError(
                f"{what} failed: {first}. Somebody else has made something in this database that its login may not"
                " read: have an administrator say grant pg_read_all_data to that login, and run again."
            )
        raise CscWarehouseError(f"{what} failed: {first}. Nothing was changed; mend the cause and run again.")
    return outcome.stdout


def keys_of(settings: Settings, *, to_open: bool = False) -> sealing.Keys | None:
    """Return the keys that backups are sealed with; None: none is configured. Raises UsageError as read_keys does."""
    path = settings.config.maintenance.backup_key_file
    return None if path is None else sealing.read_keys(path, to_open=to_open)


def backup(warehouse: Warehouse, out: Path) -> Path:
    """Write database and archive to one tar file, whole or not at all, sealed where a key is configured; return it.

    The pseudonym key is left out on purpose: whoever has both can name children. Raises CscWarehouseError, also where
    the archive lacks what the ledger has (what lies at that path stays), and UsageError where the key file cannot be
    read.
    """
    settings = warehouse.settings
    keys = keys_of(settings)
    # before anything is written: an earlier backup may be the only place where the archive still is
    kept_archive.require_whole(warehouse)
    out.parent.mkdir(parents=True, exist_ok=True)
    home.sweep_scratch(out.parent, _UNFINISHED)
    with ExitStack() as folders:
        directory = folders.enter_context(home.scratch(out.parent, _UNFINISHED))
        # what is not sealed yet stays in the home, which holds the same anyhow
        plain = directory if keys is None else folders.enter_context(home.scratch(settings.spool))
        dump = plain / DATABASE_MEMBER
        address, variables = _reached(settings, warehouse.url)
        _call(
            [_program(settings, "pg_dump"), "--format=custom", f"--file={dump}", f"--dbname={address}"],
            variables,
            "Dumping the database",
        )
        reading = plain / READERS_MEMBER
        reading.write_text(dumped_logins.readers(warehouse), encoding="utf-8")
        partial = directory / "whole.tar"
        with _new_tar(partial, keys) as tar:
            tar.add(dump, DATABASE_MEMBER)
            tar.add(reading, READERS_MEMBER)
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
    keys = keys_of(settings, to_open=True)
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


def _possible(empty: Warehouse, content: str) -> str:
    """Return a dump's table of contents without extensions that this server has not: nothing here is made of one."""
    with empty.transaction() as connection:
        available: set[str] = set(connection.execute(text("select name from pg_available_extensions")).scalars())
    kept, lacking = [], set()
    for line in content.splitlines(keepends=True):
        extension = _EXTENSION.match(line)
        if extension is None or extension["name"] in available:
            kept.append(line)
        else:
            lacking.add(extension["name"])
    for name in sorted(lacking):
        LOGGER.warning("The backup names the extension %s, which this server has not: it is left out.", name)
    return "".join(kept)


def _make_logins(empty: Warehouse, statements: str, directory: Path, level: int) -> None:
    """Make the roles that own or may read something in a backup and are not known here, and tell which."""
    kept = directory / READERS_MEMBER
    made = dumped_logins.make_missing(
        empty, dumped_logins.named(statements), kept.read_text(encoding="utf-8") if kept.exists() else "[]"
    )
    if made:
        LOGGER.log(
            level,
            "Logins that this server did not know were made, without a password: %s. Give each that is still to read"
            " one (csc-warehouse login password NAME), and drop the others.",
            ", ".join(made),
        )


def _bring_back_of_people(
    empty: Warehouse, program: str, dump: Path, content: str, entries: Mapping[str, set[str]]
) -> None:
    """Bring back what people have made, with their rights and no more; what does not come back is told, no more."""
    owners = dumped_logins.plain_roles(empty, entries)
    lacking = sorted(set(entries) - set(owners))
    listed = dump.with_name("people.list")
    wanted = set().union(*(entries[owner] for owner in owners))
    # in the dump's order: one person's view may read another's
    parts = _parts("".join(line for line in content.splitlines(keepends=True) if line in wanted))
    try:
        if owners:
            with dumped_logins.restoring(empty, owners) as url:
                address, variables = _reached(empty.settings, url)
                into = ["--exit-on-error", f"--use-list={listed}", f"--dbname={address}"]
                for part in parts:
                    listed.write_text(part, encoding="utf-8")
                    _call([program, *into, str(dump)], variables, "Restoring what people have made")
    except (psycopg.Error, CscWarehouseError):
        # what the server says may hold a row of theirs
        lacking = sorted(entries)
    if lacking:
        LOGGER.warning(
            "Everything of the warehouse's own was brought back, and not all that these logins own beside it: %s. Take"
            " it from the backup with pg_restore, as its owner.",
            ", ".join(lacking),
        )


def restore(settings: Settings, source: Path, *, is_trial: bool = False) -> Warehouse:
    """Restore a backup of this version or an earlier one into an empty warehouse, open it and bring it up to date.

    is_trial: nobody will read it, so that nobody need be told whose logins lack a password.

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
    address, variables = _reached(settings, warehouse_url(settings))
    if settings.archive.exists() and any(settings.archive.iterdir()):
        raise UsageError(f"{settings.home} already holds an archive: restore into an empty CSC_WAREHOUSE_HOME.")
    with home.scratch(settings.spool) as directory:
        _unpack(source, keys, directory)
        dump = directory / DATABASE_MEMBER
        if not dump.exists():
            raise UsageError(f"{source} holds no {DATABASE_MEMBER}: it is not a backup made by csc-warehouse backup.")
        _drop_schemas(empty)
        program, what = _program(settings, "pg_restore"), "Restoring the database"
        content = _possible(empty, _call([program, "--list", str(dump)], variables, what))
        own, of_people = dumped_logins.divided(content)
        statements = _call([program, "--schema-only", "--file=-", str(dump)], variables, what)
        _make_logins(empty, statements, directory, logging.DEBUG if is_trial else logging.WARNING)
        for part in _parts(own):
            listed = directory / "part.list"
            listed.write_text(part, encoding="utf-8")
            into = ["--exit-on-error", "--single-transaction", f"--use-list={listed}", f"--dbname={address}"]
            _call([program, *into, str(dump)], variables, what)
        if of_people and not is_trial:
            _bring_back_of_people(empty, program, dump, content, of_people)
        archive = directory / ARCHIVE_MEMBER
        if archive.exists():
            os.replace(archive, settings.archive)
    return open_warehouse(settings)
