"""The embedded PostgreSQL cluster: one below each home, started on demand, safe when two commands race."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from sqlalchemy import URL

from csc_warehouse.errors import WarehouseUnavailableError
from csc_warehouse.warehouse import home as homes
from csc_warehouse.warehouse import listening, server, sockets
from csc_warehouse.warehouse.server import binaries

if TYPE_CHECKING:
    import psycopg

__all__ = ["DATABASE", "binaries", "data_directory", "is_running", "open_port", "start", "stop"]

LOGGER = logging.getLogger(__name__)
START_ATTEMPTS = 6
RECOVERY_SECONDS = 300
"""How long a killed server may take to recover before a command gives up on it."""
_RECOVERING = ("starting up", "not yet accepting connections", "in recovery mode")
_PORT_TAKEN = "could not create any TCP/IP sockets"
_LEFT_BEHIND = ("pre-existing shared memory", "lock file")
"""What a killed server's last processes still hold for a moment: worth another try."""
DATABASE = "warehouse"
STOP_SECONDS = (30.0, 10.0)
"""How long the server may take for its fast shutdown, and for its immediate one."""
LOGGING = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
}
"""What the server writes to its log: its own doings, what kills it and who reads what is restricted; not the errors of
statements, and no statement, neither beside a line nor (terse) as what a process did that was killed."""
_PID, _SOCKETS, _STATUS = 0, 4, 7
"""Lines of postmaster.pid."""


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Hold an advisory lock on a file: the kernel drops it with the process, so that none is left behind."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, homes.PRIVATE_FILE), "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def data_directory(home: Path) -> Path:
    """Return the cluster's data directory below a home."""
    return home / "postgres"


def _pid_lines(data: Path) -> list[str]:
    """Return what the server last wrote of itself, line by line; nothing where none runs."""
    try:
        text = (data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.split("\n")]


def _pid(data: Path) -> int | None:
    lines = _pid_lines(data)
    return int(lines[_PID]) if lines and lines[_PID].isdecimal() else None


def _discard_stale_pid_file(data: Path) -> None:
    """Remove a pid file whose process is gone or is no PostgreSQL: a killed machine leaves it, and pids are reused."""
    pid = _pid(data)
    if pid is None:
        return
    try:
        process = psutil.Process(pid)
        # ours tells of its socket folder, whose name is made from the data directory's; older ones of the directory
        words = " ".join(process.cmdline())
        is_ours = "postgres" in process.name() and (sockets.name_of(data) in words or str(data) in words)
    except psutil.NoSuchProcess:
        is_ours = False
    if not is_ours:
        LOGGER.info("Removing the pid file of a server that is gone (pid %s).", pid)
        lines = _pid_lines(data)
        (data / "postmaster.pid").unlink(missing_ok=True)
        _remove_sockets(data, lines)


def _remove_sockets(data: Path, lines: list[str]) -> None:
    """Remove the socket folder that a server which has ended wrote of, where it is one of this data directory."""
    folder = Path(lines[_SOCKETS]) if len(lines) > _SOCKETS else data
    if folder.name.startswith(sockets.name_of(data)):
        sockets.remove(folder, data.stat().st_uid)


def socket_folder(home: Path) -> Path | None:
    """Return the folder of the socket of a home's server, also when it does not run; None before there is one."""
    data = data_directory(home)
    if is_running(home) and _has_named_its_socket(data):
        return _socket_folder(data)
    return sockets.expected(data) if (data / "PG_VERSION").exists() else None


def _has_named_its_socket(data: Path) -> bool:
    """Tell whether a server has written where its socket is: one that starts, or recovers, has not yet."""
    lines = _pid_lines(data)
    return len(lines) > _SOCKETS and bool(lines[_SOCKETS])


def is_running(home: Path) -> bool:
    """Tell whether the cluster below a home has a live server."""
    data = data_directory(home)
    if not (data / "postmaster.pid").exists():
        return False
    _discard_stale_pid_file(data)
    return (data / "postmaster.pid").exists()


def open_port(home: Path) -> int | None:
    """Return the port of this machine that a home's server listens on; None where it runs without, or not at all."""
    return listening.open_port(_pid_lines(data_directory(home))) if is_running(home) else None


def start(home: Path, *, database: str = DATABASE) -> URL:
    """Start the cluster unless it runs, make the database unless it is there, and return its URL.

    Safe to call from several processes at once. No folder above the home is changed. Raises WarehouseUnavailableError
    with the server's own last words.
    """
    homes.make_private(home, holds_server=True)
    data = data_directory(home)
    with _exclusive(home / "postgres.lock"):
        account = server.account_of(data)
        _prepare(data, account)
        _discard_stale_pid_file(data)
        if not (data / "postmaster.pid").exists():
            _start_server(data, account)
        _wait_until_ready(data, _pid(data))
        url = URL.create(
            "postgresql+psycopg",
            username="postgres",
            host="localhost",
            database=database,
            query={"host": str(_socket_folder(data))},
        )
        _ensure_database(url, data)
    return url


def _prepare(data: Path, account: server.Account) -> None:
    """See that there is a data directory, and that it is the server's account's."""
    if not (data / "PG_VERSION").exists():
        if (data / "global" / "pg_control").exists() or any((data / "pg_wal").glob("*[0-9A-F]")):
            # damaged, and its log may be all that is left of the last minutes
            words = f'"{data}" is not a valid data directory: its file PG_VERSION is gone'
            raise WarehouseUnavailableError(server.refusal(data, account, [words]))
        # an initdb that was killed half way holds no data yet, and can only be begun again
        shutil.rmtree(data, ignore_errors=True)
        server.initialise(data, account)
    if account.is_another and (data / "PG_VERSION").stat().st_uid != account.uid:
        # copied or unpacked by root
        for folder, folders, files in os.walk(data):
            for name in (".", *folders, *files):
                os.chown(Path(folder, name), account.uid, account.gid, follow_symlinks=False)
    # the wheel's list of who uses a server, in homes of before
    (data / ".handle_pids.json").unlink(missing_ok=True)
    if data.stat().st_mode & homes.OTHERS:
        data.chmod(homes.PRIVATE_FOLDER)


def _start_server(data: Path, account: server.Account) -> None:
    log = data / "log"
    port = listening.port_to_open(data.parent)
    for attempt in range(START_ATTEMPTS):
        begin = log.stat().st_size if log.exists() else 0
        try:
            folder = sockets.make(data, account.uid, account.gid)
            sockets.lead_to(folder, port or listening.SOCKET_PORT)
            pid = server.launch(data, folder, account, port)
        except OSError as error:
            raise WarehouseUnavailableError(server.refusal(data, account, [error.strerror or str(error)])) from error
        if _wait_until_ready(data, pid):
            return
        words = _last_words(log, begin)
        if port is not None and _PORT_TAKEN in " ".join(words):
            # another program was quicker
            port = listening.port_to_open(data.parent)
        elif attempt + 1 == START_ATTEMPTS or not any(sign in " ".join(words) for sign in _LEFT_BEHIND):
            break
        time.sleep(1 + attempt)
        _discard_stale_pid_file(data)
    raise WarehouseUnavailableError(server.refusal(data, account, words or ["it ended without a word"]))


def _last_words(log: Path, begin: int) -> list[str]:
    with log.open("rb") as file:
        file.seek(begin)
        lines = file.read().decode("utf-8", "replace").strip().splitlines()[-20:]
    return [line for line in lines if "FATAL:" in line or "PANIC:" in line][-1:] or lines[-3:]


def _wait_until_ready(data: Path, pid: int | None) -> bool:
    """Wait while a server starts or recovers from a kill; return whether it takes connections."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while pid is not None and time.monotonic() < deadline:
        lines = _pid_lines(data)
        if lines and lines[_PID] == str(pid) and len(lines) > _STATUS and lines[_STATUS].startswith("ready"):
            return True
        if not server.is_alive(pid):
            return False
        time.sleep(0.02)
    return False


def _socket_folder(data: Path) -> Path:
    """Return the folder of the running server's socket.

    Raises WarehouseUnavailableError where it is not there, or another account may have put one into its place.
    """
    lines = _pid_lines(data)
    named = lines[_SOCKETS] if len(lines) > _SOCKETS else ""
    folder = data / named
    if not named or not sockets.is_trusted(folder, data.stat().st_uid):
        raise WarehouseUnavailableError(
            f"The embedded PostgreSQL below {data.parent} runs, but the folder of its socket ({named or 'not known'})"
            " is gone or is not its own: something cleans it up, or this command sees another /tmp than the server."
            " Run csc-warehouse stop and then the command again; nothing is lost."
        )
    return folder


def _connect_when_recovered(socket: str, data: Path) -> psycopg.Connection:
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
                    f"The embedded PostgreSQL below {data.parent} is not ready: "
                    f"{str(error).strip().splitlines()[-1]}. Run the command again in a minute, and csc-warehouse stop"
                    " before it if that does not help; nothing is lost."
                ) from error
        time.sleep(0.5)


def _ensure_database(url: URL, data: Path) -> None:
    from psycopg import sql

    with _connect_when_recovered(str(url.query["host"]), data) as connection:
        exists = connection.execute("select 1 from pg_database where datname = %s", [url.database]).fetchone()
        if not exists:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(str(url.database))))
        # an error quotes the value that it stumbled over, and a statement may ask for a child by name; whoever made it
        # sees both, the server's log neither
        settings = connection.execute(
            "select name, setting from pg_settings where name = any(%s)", [list(LOGGING)]
        ).fetchall()
        if dict(settings) != LOGGING:
            for name, value in LOGGING.items():
                connection.execute(sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value)))
            connection.execute("select pg_reload_conf()")


def stop(home: Path) -> bool:
    """Stop the cluster; return whether one ran. Open transactions are rolled back, committed work is kept.

    Raises WarehouseUnavailableError when the server does not end.
    """
    data = data_directory(home)
    if not data.exists():
        return False
    with _exclusive(home / "postgres.lock"):
        if not is_running(home):
            return False
        lines = _pid_lines(data)
        pid = int(lines[_PID])
        os.kill(pid, 2)  # SIGINT: PostgreSQL's fast shutdown
        if not server.has_ended(pid, STOP_SECONDS[0]):
            os.kill(pid, 3)  # SIGQUIT: immediate; the next start recovers from the write-ahead log
            if not server.has_ended(pid, STOP_SECONDS[1]):
                raise WarehouseUnavailableError(
                    f"PostgreSQL (process {pid}) of {home} does not end: it is frozen, or waits for its disk. Let it go"
                    f" on (kill -CONT {pid}) or mend the disk, then run csc-warehouse stop again."
                )
        _remove_sockets(data, lines)
    return True
