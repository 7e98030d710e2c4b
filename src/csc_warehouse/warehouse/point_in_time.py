"""Back to any moment: the embedded server's log is kept as it is written, beside whole copies of its files.

PostgreSQL's own tools do it: archive_command, pg_basebackup, restore_command. What is kept lies in one
folder, on another disk than the home: `base-<moment>` for each copy, `log` for the log. Where a key is configured, a
copy is one sealed file and each piece of the log another: `sealed_copies` and `sealing` know them.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from csc_warehouse.errors import CscWarehouseError, UsageError, WarehouseUnavailableError
from csc_warehouse.settings import Settings, child_environment
from csc_warehouse.warehouse import cluster, home, log_folder, sealed_copies, sealing, server, surviving_log
from csc_warehouse.warehouse.backup import keys_of

LOG = log_folder.LOG
BASE, UNFINISHED, ASIDE = "base-", ".base-", ".before-"
MANIFEST, WAL = "backup_manifest", "pg_wal"
STAMP = "%Y-%m-%dT%H%M%SZ"
KEPT_BASES = 2
"""So many of the newest copies stay, and the log from the older one on."""
LOST_AT_MOST_SECONDS = 60
"""A piece of the log that has not filled is handed over after so long."""
SECONDS_FOR_A_PIECE = 60.0
_BUSY = """
select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
"""
_RECOVERY = ("restore_command", "recovery_target_time", "recovery_target_action", "hot_standby")


@dataclass(frozen=True)
class Protection:
    """What is kept now: the newest copy, how many there are, and whether the server had to be started anew for it."""

    base: Path
    bases: int
    is_new: bool


@dataclass(frozen=True)
class Recovery:
    """What came back: from which copy, how long it took, and where the old files were put.

    last: when the last change in it was committed; None: no later one than the copy is kept. saved: so many pieces of
    the log lay in the home alone. is_short: the log ends before the moment that was asked for.
    """

    base: Path
    seconds: float
    put_aside: Path | None
    last: datetime.datetime | None
    saved: int
    is_short: bool


def _connect(settings: Settings) -> psycopg.Connection:
    host = str(cluster.start(settings.home).query["host"])
    return psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True)


def _require_embedded(settings: Settings) -> None:
    if settings.database_url is not None:
        raise UsageError(
            "This protects the embedded server; CSC_WAREHOUSE_URL names another. docs/runbooks/recovery.md says how its"
            " administrator does the same."
        )


def archive_command(log: Path) -> str:
    """Return the shell command that keeps a piece of the log: whole or not at all, never over another content."""
    # the server puts its own names for %p and %f, and one per cent sign for two
    folder = shlex.quote(str(log)).replace("%", "%%")
    kept, part = f"{folder}/%f", f"{folder}/.%f.part"
    return (
        f"if test -f {kept}; then cmp -s %p {kept}; else cp %p {part} && sync {part} && mv {part} {kept}"
        f" && sync {folder}; fi"
    )


def restore_command(log: Path) -> str:
    """Return the shell command that gives a piece of the log back.

    The server takes what fails with less than 126 for the end of the log, and it must not take a folder that is away
    or a piece that cannot be read for it.
    """
    folder = shlex.quote(str(log)).replace("%", "%%")
    return f"test -d {folder} || exit 126; test -f {folder}/%f || exit 1; cp {folder}/%f %p || exit 126"


def protect(settings: Settings, folder: Path) -> Protection:
    """Keep the server's log from now on, and a verified copy of its files; the two newest copies stay.

    Safe to call again, and at any time after the first. Raises UsageError where the folder is no place for it or, the
    first time, while somebody uses the database: the server is started anew then. CscWarehouseError where a piece of
    the log does not arrive, or a copy does not verify.
    """
    _require_embedded(settings)
    keys = keys_of(settings)
    folder = folder.absolute()
    if folder.is_relative_to(settings.home):
        raise UsageError(f"{folder} lies in the home that it protects: name a folder on another disk.")
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / LOG
    account = server.account_of(cluster.data_directory(settings.home))
    log.mkdir(exist_ok=True, mode=home.PRIVATE_FOLDER)
    if account.is_another:
        # the server's account passes through, and lists nothing
        folder.chmod(home.PASSABLE_FOLDER)
        os.chown(log, account.uid, account.gid)
    command = sealed_copies.archive_command(settings, account, keys, log) if keys else archive_command(log)
    is_new = _keep_log(settings, command)
    _see_that_it_arrives(settings, log, sealing.SUFFIX if keys else "")
    base = _copy_files(settings, folder, keys)
    kept = _forget_old(folder, keys)
    return Protection(base, len(kept), is_new)


def _keep_log(settings: Settings, command: str) -> bool:
    """Set the server to keep its log by a command; return whether it had to be started anew."""
    with _connect(settings) as connection:
        mode, standing = (connection.execute(f"show {name}").fetchone() for name in ("archive_mode", "archive_command"))
        is_new = mode != ("on",)
        if is_new and (connection.execute(_BUSY).fetchone() or (0,))[0]:
            raise UsageError(
                "Somebody uses the database, and the server must be started anew once to keep its log: run the command"
                " again when no night runs and no tool is connected."
            )
        if is_new or standing != (command,):
            for name, value in (
                ("archive_mode", "on"),
                ("archive_command", command),
                ("archive_timeout", f"{LOST_AT_MOST_SECONDS}s"),
            ):
                connection.execute(sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value)))
            connection.execute("select pg_reload_conf()")
    if is_new:
        cluster.stop(settings.home)
        cluster.start(settings.home)
    return is_new


def _see_that_it_arrives(settings: Settings, log: Path, suffix: str) -> None:
    """Wait until a piece of the log that is handed over now lies in its folder."""
    with _connect(settings) as connection:
        # something must have been written since the last piece
        connection.execute("select pg_logical_emit_message(true, 'csc-warehouse', 'is the log kept?')")
        row = connection.execute("select pg_walfile_name(pg_switch_wal())").fetchone()
    piece = log / f"{row[0] if row else ''}{suffix}"
    deadline = time.monotonic() + SECONDS_FOR_A_PIECE
    while not piece.exists():
        if time.monotonic() > deadline:
            raise CscWarehouseError(
                f"The server's log does not arrive in {log}: see that there is space and that the account"
                f" {server.account_of(cluster.data_directory(settings.home)).name} may reach it, then run the command"
                " again. Until then nothing is protected."
            )
        time.sleep(0.05)


def _copy_files(settings: Settings, folder: Path, keys: sealing.Keys | None) -> Path:
    """Copy the server's files while it runs, verify the copy and only then give it its name."""
    home.sweep_scratch(folder, UNFINISHED)
    host = str(cluster.start(settings.home).query["host"])
    with home.scratch(folder, UNFINISHED) as scratch:
        copy = scratch / "copy"
        stamp = datetime.datetime.now(datetime.UTC).strftime(STAMP)
        if keys is not None:
            sealed_copies.make(host, copy, keys)
            sealed_copies.verify(copy, keys)
            return copy.rename(folder / f"{BASE}{stamp}{sealing.SUFFIX}")
        _call(
            "pg_basebackup",
            f"--dbname=host={host} user=postgres",
            f"--pgdata={copy}",
            "--checkpoint=fast",
            "--wal-method=stream",
            "--manifest-checksums=SHA256",
            "--no-password",
        )
        verify(copy)
        base = folder / f"{BASE}{datetime.datetime.now(datetime.UTC).strftime(STAMP)}"
        copy.rename(base)
    return base


def verify(base: Path) -> None:
    """Read a copy whole and compare it with its manifest; raise CscWarehouseError naming what differs.

    pg_verifybackup does the same; the wheel's one cannot be run.
    """
    manifest = json.loads((base / MANIFEST).read_text(encoding="utf-8"))
    listed = sealed_copies.listed_in(manifest)
    found = (path.relative_to(base) for path in base.rglob("*") if path.is_file())
    # the piece of the log that makes the copy whole is not in its manifest
    there = {str(path) for path in found if path.parts[0] != WAL}
    wrong = sorted(there.symmetric_difference({*listed, MANIFEST}))
    for name in sorted(there & listed.keys()):
        with (base / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if (base / name).stat().st_size != listed[name]["Size"] or digest != listed[name]["Checksum"]:
            wrong.append(name)
    if wrong:
        raise CscWarehouseError(
            f"The copy {base} is damaged ({wrong[0]}, {len(wrong)} files in all): remove it, and use the one before or"
            " make a new one with csc-warehouse protect."
        )


def _call(name: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603  (PostgreSQL's programs and our own arguments)
        [str(cluster.binaries() / name), *arguments],
        env=child_environment(),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CscWarehouseError(f"{name} failed: {last}. Mend the cause and run the command again.")


def bases(folder: Path) -> list[Path]:
    """Return the copies in a folder, the oldest first; those whose making was broken off are none."""
    found = (path for path in folder.glob(f"{BASE}*") if (path / MANIFEST).exists() or path.suffix == sealing.SUFFIX)
    return sorted(found, key=_stamp_of)


def _stamp_of(base: Path) -> str:
    return base.name.removeprefix(BASE).removesuffix(sealing.SUFFIX)


def made_at(base: Path) -> datetime.datetime:
    """Return when a copy was made, as its name says."""
    return datetime.datetime.strptime(_stamp_of(base), STAMP).replace(tzinfo=datetime.UTC)


def _forget_old(folder: Path, keys: sealing.Keys | None) -> list[Path]:
    """Remove all but the newest copies, and the log from before the oldest that stays; return what stays."""
    found = bases(folder)
    for old in found[:-KEPT_BASES]:
        if old.is_file():
            old.unlink()
            continue
        # without its manifest it is no copy any more, should the removal be broken off
        (old / MANIFEST).unlink()
        shutil.rmtree(old)
    kept = found[-KEPT_BASES:]
    first = _first_piece(kept[0], keys)
    for options in ((), ("-x", sealing.SUFFIX)):
        _call("pg_archivecleanup", *options, str(folder / LOG), first)
    return kept


def _first_piece(base: Path, keys: sealing.Keys | None) -> str:
    """Return the name of the first piece of the log that a copy needs."""
    if base.is_file():
        label = sealed_copies.label(base, sealed_copies.require(keys, base))
    else:
        label = (base / "backup_label").read_text(encoding="utf-8")
    return label.split("(file ", 1)[1].split(")", 1)[0]


def recover(settings: Settings, folder: Path, until: datetime.datetime | None = None) -> Recovery:
    """Bring the server's files back as they were at a moment; None: at the last one that is kept.

    What lies in the home's place for them is put aside, never removed; what it alone holds of the log is saved first.
    Where the log ends before the moment, the database comes back as of that end. Raises UsageError where no copy is old
    enough, CscWarehouseError where a copy is damaged or the server does not come up.
    """
    _require_embedded(settings)
    started = time.monotonic()
    folder = folder.absolute()
    base = _base_for(folder, until)
    keys = keys_of(settings, to_open=True)
    log = folder / LOG
    # with keys, pieces that the home still holds are sealed now
    is_sealed = keys is not None or base.is_file() or any(log.glob(f"*{sealing.SUFFIX}"))
    if base.is_file():
        sealed_copies.verify(base, sealed_copies.require(keys, base))
    else:
        verify(base)
    first = _first_piece(base, keys)
    if is_sealed:
        sealed_copies.check_log(log, sealed_copies.require(keys, log), first, until)
    data = cluster.data_directory(settings.home)
    home.make_private(settings.home, holds_server=True)
    if data.exists():
        cluster.stop(settings.home)
    new = data.with_name(f"{data.name}.recovering")
    old = data
    if new.exists() and not data.exists():
        # one that was killed between two renamings had put the old files aside
        old = max(data.parent.glob(f"{data.name}{ASIDE}*"), default=data)
    shutil.rmtree(new, ignore_errors=True)
    if base.is_file():
        sealed_copies.unpack(base, new, sealed_copies.require(keys, base))
    else:
        shutil.copytree(base, new, symlinks=True)
    account = server.account_of(data)
    saved = surviving_log.save(old, new, first, surviving_log.Kept(log, account, keys))
    (new / "recovery.signal").touch()
    wanted = {
        # the log is fetched by the server's account, from a folder that is its own
        "restore_command": (
            sealed_copies.restore_command(settings, account, sealed_copies.require(keys, log), log)
            if is_sealed
            else restore_command(log)
        ),
        "recovery_target_action": "promote",
        # nobody reads until it has come to its end
        "hot_standby": "off",
    }
    if until is not None:
        wanted["recovery_target_time"] = until.astimezone(datetime.UTC).isoformat(sep=" ")
    with (new / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in wanted.items())
    _leave_newer_than(base, folder)
    put_aside = _put_aside(data)
    new.rename(data)
    is_short = not _reaches(settings, data, until)
    with _connect(settings) as connection:
        row = connection.execute("select pg_last_xact_replay_timestamp()").fetchone()
        for name in _RECOVERY:
            connection.execute(sql.SQL("alter system reset {}").format(sql.Identifier(name)))
        connection.execute("select pg_reload_conf()")
    return Recovery(base, time.monotonic() - started, put_aside, row[0] if row else None, saved, is_short)


def _reaches(settings: Settings, data: Path, until: datetime.datetime | None) -> bool:
    """Start the server on its way back; return whether it came to the moment, or the log had ended before.

    The database is quiet most of the day, so that the last thing that was written is mostly older than the moment. The
    server ends there, and is then sent on to the end of the log.
    """
    try:
        cluster.start(settings.home)
    except WarehouseUnavailableError as error:
        if until is None or server.TOO_SHORT not in str(error):
            raise
    else:
        return True
    auto = data / "postgresql.auto.conf"
    lines = auto.read_text(encoding="utf-8").splitlines(keepends=True)
    auto.write_text("".join(line for line in lines if not line.startswith("recovery_target_time")), encoding="utf-8")
    cluster.start(settings.home)
    return False


def _base_for(folder: Path, until: datetime.datetime | None) -> Path:
    found = bases(folder)
    if not found:
        raise UsageError(f"{folder} holds no copy that csc-warehouse protect made: name the folder that was given it.")
    if until is None:
        return found[-1]
    stamp = until.astimezone(datetime.UTC).strftime(STAMP)
    # a copy is whole at some moment of the second that it is named by
    old_enough = [path for path in found if _stamp_of(path) < stamp]
    if not old_enough:
        raise UsageError(f"The oldest copy in {folder} is of {_stamp_of(found[0])}: no moment before it can come back.")
    return old_enough[-1]


def _leave_newer_than(base: Path, folder: Path) -> None:
    """Rename copies of the branch that is left: nothing goes on from them, and no log is kept or removed for them."""
    for copy in bases(folder):
        if _stamp_of(copy) > _stamp_of(base):
            copy.rename(copy.with_name(f"left-{copy.name}"))


def _put_aside(data: Path) -> Path | None:
    if not data.exists():
        return None
    stamp = datetime.datetime.now(datetime.UTC).strftime(STAMP)
    aside = data.with_name(f"{data.name}{ASIDE}{stamp}")
    data.rename(aside)
    return aside
