"""Where the embedded server listens, and whom it lets in: its socket always, a port of this machine where asked for.

The port is kept in the home, so that it outlives the server; the list of whom the server lets in is written anew at
each start, and nothing that was changed in it by hand holds.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import socket
from pathlib import Path

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.warehouse import home as homes

LOGGER = logging.getLogger(__name__)
ADDRESS = "127.0.0.1"
"""The one address that the server ever listens on: nothing of it can be reached from another machine."""
SOCKET_PORT = 5432
"""The number that the socket is called by, whatever port the server listens on."""
LET_IN = "csc_logins"
"""The group of those who may come in through the port."""
FILE = "serving.json"
LOWEST_PORT, HIGHEST_PORT = 1024, 65535
FIRST_PORT, LAST_PORT = 5433, 5532
"""Where a free port is looked for; 5432 is left to a server that the machine may have of its own."""
_PID_PORT, _PID_ADDRESS = 3, 5
"""Lines of postmaster.pid."""


def chosen_port(home: Path) -> int | None:
    """Return the port that a home's server is to listen on; None: on its socket alone.

    Raises CscWarehouseError where the file that says so cannot be understood.
    """
    path = home / FILE
    try:
        port = json.loads(path.read_text(encoding="utf-8"))["port"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise _not_understood(path) from error
    if not isinstance(port, int) or isinstance(port, bool) or not LOWEST_PORT <= port <= HIGHEST_PORT:
        raise _not_understood(path)
    return port


def _not_understood(path: Path) -> CscWarehouseError:
    return CscWarehouseError(
        f"{path} does not say on which port the server listens: remove it, then run csc-warehouse serve."
    )


def choose(home: Path, port: int | None) -> None:
    """Keep the port that a home's server listens on from its next start; None: on its socket alone."""
    path = home / FILE
    if port is None:
        path.unlink(missing_ok=True)
        return
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"port": port}) + "\n", encoding="utf-8")
    new.chmod(homes.PRIVATE_FILE)
    new.replace(path)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        # what PostgreSQL asks for too: a port whose last connections linger is free
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((ADDRESS, port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            return False
    return True


def free_port() -> int:
    """Return the first free port of those that a server of ours takes. Raises UsageError where none is."""
    found = next((port for port in range(FIRST_PORT, LAST_PORT + 1) if is_free(port)), None)
    if found is None:
        raise UsageError(f"No port from {FIRST_PORT} to {LAST_PORT} is free: choose another with --port.")
    return found


def port_to_open(home: Path) -> int | None:
    """Return the port for a server that is about to start; None where none was chosen, or another program has it.

    A night needs no port: a server whose port is taken, or not known, starts without, and the log says so.
    """
    try:
        port = chosen_port(home)
    except CscWarehouseError as error:
        LOGGER.warning("%s", error)
        return None
    if port is not None and not is_free(port):
        LOGGER.warning(
            "Port %s is taken by another program: the embedded server starts without it, and no tool can connect. End "
            "that program, or choose another with csc-warehouse serve --port.",
            port,
        )
        return None
    return port


def open_port(pid_lines: list[str]) -> int | None:
    """Return the port that a running server listens on, from the lines of its postmaster.pid; None: none."""
    if len(pid_lines) <= _PID_ADDRESS or pid_lines[_PID_ADDRESS] != ADDRESS:
        return None
    return int(pid_lines[_PID_PORT])


def write_rules(data: Path, port: int | None, *, owner: int, group: int) -> None:
    """Write whom the server lets in: by its socket, which is its account's alone; by its port, with a password.

    Through the port come the members of one group, to the warehouse's own database. The first line that fits decides,
    so the last one refuses everybody else, superusers too: membership is not theirs by being one.
    """
    rules = [
        "# Written by csc-warehouse at each start of the server.",
        "local all all trust",
        "local replication all trust",
    ]
    if port is not None:
        rules.append(f"host warehouse +{LET_IN} {ADDRESS}/32 scram-sha-256")
    rules += ["host all all all reject", "host replication all all reject"]
    path = data / "pg_hba.conf"
    new = data / "pg_hba.conf.new"
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, homes.PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(rules) + "\n")
        if owner != os.geteuid():
            os.fchown(file.fileno(), owner, group)
    new.replace(path)
