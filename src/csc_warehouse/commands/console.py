"""What every command shares: dates, progress and plain output."""

from __future__ import annotations

import atexit
import contextlib
import datetime
import getpass
import os
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from csc_warehouse.commands.telling import SafeConsole, Teller, tell_as_json
from csc_warehouse.errors import UsageError
from csc_warehouse.exit_codes import ExitCode
from csc_warehouse.nightly import Progress as ProgressCallback
from csc_warehouse.settings import Settings, child_environment, load_settings

LOCAL = ZoneInfo("Europe/London")


OUT = SafeConsole(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 160)
ERROR = Teller(stderr=True, soft_wrap=True, highlight=False)


def speak_utf8() -> None:
    """Begin this program again in UTF-8 where the machine's locale is another, such as LC_ALL=C.

    A Welsh letter in the name of a folder could neither be printed there, nor be opened by every library.
    """
    before = child_environment()
    if sys.getfilesystemencoding() != "utf-8" and before.get("PYTHONUTF8") != "1":
        again = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, again, child_environment(PYTHONUTF8="1"))  # noqa: S606  (this very program)


def tell_as_configured() -> None:
    """Tell as the configuration says; where it cannot be used, whoever needs it says so, in the form that it names."""
    try:
        form: object = load_settings().config.log_form
    except UsageError:
        form = _form_in_faulty(child_environment().get("CSC_WAREHOUSE_CONFIG"))
    if form == "json":
        tell_as_json(ERROR)


def _form_in_faulty(path: str | None) -> object:
    """Return what a configuration that cannot be used says of log_form; None where it is no TOML or not to be read."""
    with contextlib.suppress(OSError, ValueError):
        return tomllib.loads(Path(path or "").read_text(encoding="utf-8")).get("log_form")
    return None


def leave(run: Callable[[], int | None]) -> NoReturn:
    """Run a program's main function and end this process with its exit code, without taking the interpreter apart.

    Looking through all that dbt and Great Expectations have loaded takes seconds, and DuckDB's binding tells on the
    standard error of every object that is left when its turn comes. What was registered for the end is done.
    """
    try:
        code: object = run()
    except SystemExit as end:
        code = end.code
    if not isinstance(code, int | None):
        ERROR.print(str(code), markup=False, level="error")
        code = ExitCode.ERROR
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        # the reader of a pipe that went away needs nothing more
        with contextlib.suppress(BrokenPipeError):
            stream.flush()
    os._exit(code or 0)


def parse_date(value: str | None) -> datetime.date | None:
    """Read an ISO date (2018-12-17); raise a usage error that shows the form."""
    if value is None:
        return None
    try:
        return datetime.date.fromisoformat(value)
    except ValueError as error:
        raise typer.BadParameter(f"{value} is no date: write it as 2018-12-17.") from error


def authority_of(settings: Settings, given: str | None) -> str:
    """Return the code of the authority that was asked for; default: the home authority. Raises UsageError otherwise."""
    from csc_warehouse.reporting import arguments

    return arguments.authority(settings.config, given)


def local_time(at: datetime.datetime) -> str:
    """Return an instant as people here read it: to the minute, by the clock on the wall."""
    return f"{at.astimezone(LOCAL):%d %B %Y, %H:%M}".lstrip("0")


def logged_in() -> str:
    """Return who is logged in, to be recorded; raise a usage error where nobody is."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise UsageError("Nobody is logged in whose name could be recorded: give --by.") from error


def required_date(value: str) -> datetime.date:
    """Read an ISO date that has to be given."""
    date = parse_date(value)
    if date is None:
        raise typer.BadParameter("a date is needed, as 2018-12-17.")
    return date


Authority = Annotated[
    str | None, typer.Option("--authority", metavar="CODE", help="ONS code. Default: the home authority.")
]
AsAt = Annotated[
    str | None,
    typer.Option("--as-at", metavar="DATE", help="Business date, as 2018-12-17. Default: the latest landed."),
]
Exports = Annotated[
    Path | None,
    typer.Option("--exports", metavar="DIR", help="Folder of the deliveries. Default: CSC_WAREHOUSE_EXPORTS."),
]


@contextmanager
def shown_progress() -> Iterator[ProgressCallback]:
    """Yield a callback that shows a bar on a terminal, and a line every few seconds in a log."""
    if sys.stderr.isatty() and not ERROR.is_json:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=ERROR, transient=True) as bar:
            task: TaskID = bar.add_task("starting", total=None)

            def show(what: str, done: int, of: int) -> None:
                bar.update(task, description=what, completed=done, total=of)

            yield show
        return
    last = [0.0, 0]

    def tell(what: str, done: int, of: int) -> None:
        seconds = time.monotonic()
        if seconds - last[0] >= 2 or done in (0, of):
            last[0] = seconds
            ERROR.print(f"{what} ({done} of {of})", markup=False)

    yield tell
