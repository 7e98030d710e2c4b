"""Commands of recovery: protect and recover, back to any moment on the embedded server; the key of the backups."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from csc_warehouse.commands.console import OUT
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import load_settings

if TYPE_CHECKING:
    from csc_warehouse.warehouse.point_in_time import Recovery


def protect(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A folder on another disk than the home.")],
) -> None:
    """Keep the embedded server's log from now on, and a verified copy of its files, so that recover can use them.

    The first time the server is started anew, so nothing may use it. Run it again each week: it makes a new copy, keeps
    the two newest and removes the log from before them. The folder holds what the database holds: sealed where
    maintenance.backup_key_file names a key, else unencrypted. The pseudonym key and the archive are not in it: a home
    that is lost whole needs the archive from the last backup too.

    Example: csc-warehouse protect --to /backups/csc
    """
    from csc_warehouse.warehouse import point_in_time

    done = point_in_time.protect(load_settings(), to)
    anew = " The server was started anew for it." if done.is_new else ""
    OUT.print(
        f"{done.base} is a verified copy, one of {done.bases}, and the log is kept beside it: at most"
        f" {point_in_time.LOST_AT_MOST_SECONDS} seconds of the database are lost with the home. The archive is not in"
        f" it: that comes from the last backup.{anew}",
        markup=False,
    )


def recover(
    source: Annotated[Path, typer.Option("--from", metavar="DIR", help="The folder that protect was given.")],
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Such as 2018-12-31T14:30, by this machine's clock. Default: the last kept."),
    ] = None,
) -> None:
    """Bring the embedded server's database back as it was at a moment, whatever became of its files.

    What lies in their place is put aside, not removed. What was landed or decided later stands in the archive and its
    journal: rebuild, before the next run, brings it back, and no erased child stays. Where the archive is gone too, put
    it back from the last backup first (docs/runbooks/recovery.md, "The archive is lost").

    Example: csc-warehouse recover --from /backups/csc --until 2018-12-31T14:30
    """
    from csc_warehouse.warehouse import kept_archive, point_in_time

    settings = load_settings()
    done = point_in_time.recover(settings, source, None if until is None else _moment(until))
    aside = f" What lay there is in {done.put_aside}: remove it when all is well." if done.put_aside else ""
    last = "No change after that copy is kept" if done.last is None else f"Its last change is of {_to_the_second(done)}"
    short = f", and no later one is kept: the log ends before {until}" if done.is_short else ""
    saved = f" Of its log, {done.saved} pieces lay in the home alone, and were used." if done.saved else ""
    # only whether there is one: what it lacks is told by the evening's check, once the database is up to date
    is_there = any(settings.archive.glob("objects/*/*"))
    first = "" if is_there else f" {settings.archive} holds no archived file: {kept_archive.NEXT_STEP}"
    OUT.print(
        f"The database is back, from {done.base.name} and its log, in {done.seconds:.0f} seconds. {last}{short}.{saved}"
        f"{aside}{first} {'Now' if is_there else 'Then'} csc-warehouse rebuild, which brings back what was erased,"
        " withdrawn or decided since, then run, and protect again: the log goes on from here.",
        markup=False,
    )


def rotate_backup_key() -> None:
    """Make a key that backups are sealed with from now on, the first one or in place of the one before.

    It goes to the top of the file that maintenance.backup_key_file names; those before it stay in the file, and open
    what was sealed with them. Take a line out when no backup of its time is kept any more.

    Example: csc-warehouse rotate-backup-key
    """
    from csc_warehouse.warehouse import sealing

    path = load_settings().config.maintenance.backup_key_file
    if path is None:
        raise UsageError("The configuration names no maintenance.backup_key_file: write there where the key is to lie.")
    count = sealing.add_key(path)
    OUT.print(
        f"{path} holds a new key, and {count - 1} before it. Keep a copy in a safe apart from the backups: without it"
        " nobody can open them.",
        markup=False,
    )


def unseal_backup(
    source: Annotated[Path, typer.Option("--from", metavar="FILE", help="A sealed backup.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write; it must not be there.")],
) -> None:
    """Write what a sealed backup holds to a plain tar file, as to take one archived file out of it.

    Example: csc-warehouse unseal-backup --from csc-warehouse-2018-12-31.tar.sealed --out /srv/safe/plain.tar
    """
    from csc_warehouse.warehouse import sealing

    key = load_settings().config.maintenance.backup_key_file
    if key is None:
        raise UsageError("The configuration names no maintenance.backup_key_file: the key that the backup opens with.")
    if not source.is_file():
        raise UsageError(f"{source} is no file: name the sealed backup.")
    if out.exists():
        raise UsageError(f"{out} is there already: name another file.")
    sealing.unseal_file(source, out, sealing.read_keys(key, to_open=True))
    OUT.print(f"{out} is plain, and names children: remove it when it has served.", markup=False)


def _to_the_second(done: Recovery) -> str:
    return "" if done.last is None else f"{done.last.astimezone():%Y-%m-%d %H:%M:%S}"


def _moment(told: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(told).astimezone()
    except ValueError as error:
        raise UsageError(f"--until {told} is no moment: write it as 2018-12-31T14:30.") from error


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for command in (protect, recover):
        app.command()(command)
    app.command("rotate-backup-key")(rotate_backup_key)
    app.command("unseal-backup")(unseal_backup)
