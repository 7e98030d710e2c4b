"""The embedded server opened to tools on this machine, and closed again: off until somebody asks for it."""

from __future__ import annotations

from pathlib import Path

import psycopg
from sqlalchemy import URL

from csc_warehouse.errors import CscWarehouseError, UsageError, listed
from csc_warehouse.settings import Settings
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import cluster, listening

TURN_ON = "csc-warehouse serve lets it listen on this machine"
_AT_WORK = statement(__name__, "at_work")


def serve(settings: Settings, *, port: int | None = None, is_cutting_off: bool = False) -> int:
    """Let the embedded server listen on 127.0.0.1, from now on and after each start, and return the port.

    port: default the one it had last, else the first free one. Where its port changes the server is started anew.
    Raises UsageError where the port cannot be used, or a council's own server is configured; CscWarehouseError where
    somebody is at work and is not to be cut off.
    """
    _require_embedded(settings)
    home = settings.home
    cluster.start(home)
    now = cluster.open_port(home)
    kept = _kept_port(home)
    wanted = port if port is not None else now or kept or listening.free_port()
    if not listening.LOWEST_PORT <= wanted <= listening.HIGHEST_PORT:
        raise UsageError(
            f"{wanted} is no port that an ordinary account may use: choose one from {listening.LOWEST_PORT} to "
            f"{listening.HIGHEST_PORT}."
        )
    if wanted == now:
        listening.choose(home, wanted)
        return wanted
    if not listening.is_free(wanted):
        raise UsageError(f"Port {wanted} is taken by another program: choose another with --port.")
    _start_anew(home, wanted, is_cutting_off=is_cutting_off)
    if cluster.open_port(home) != wanted:
        raise CscWarehouseError(
            f"The server runs, and does not listen on port {wanted}: another program was quicker. Choose another port."
        )
    return wanted


def close(settings: Settings, *, is_cutting_off: bool = False) -> bool:
    """Let the embedded server listen on its socket alone again; return whether it listened on a port, or was to.

    Whoever is connected through the port is cut off. Raises as serve().
    """
    _require_embedded(settings)
    home = settings.home
    was_kept = (home / listening.FILE).exists()
    if cluster.open_port(home) is None:
        listening.choose(home, None)
        return was_kept
    _start_anew(home, None, is_cutting_off=is_cutting_off)
    return True


def address(settings: Settings, login: str | None = None) -> URL:
    """Return where tools connect to the embedded server, as a login; without its password, which is kept nowhere.

    Raises UsageError, saying how, where it does not listen.
    """
    _require_embedded(settings)
    cluster.start(settings.home)
    port = cluster.open_port(settings.home)
    if port is None:
        raise UsageError(
            f"The embedded server listens on its socket alone, which JDBC and ODBC cannot use: {TURN_ON}, or set "
            "CSC_WAREHOUSE_URL to a server of your own."
        )
    return URL.create(
        "postgresql+psycopg", username=login, host=listening.ADDRESS, port=port, database=cluster.DATABASE
    )


def _require_embedded(settings: Settings) -> None:
    if settings.database_url is not None:
        raise UsageError(
            "CSC_WAREHOUSE_URL names a server of your own: where it listens, and whom it lets in, is its "
            "administrator's business (docs/bi/README.md)."
        )


def _kept_port(home: Path) -> int | None:
    try:
        return listening.chosen_port(home)
    except CscWarehouseError:
        # it is about to be chosen anew
        return None


def _start_anew(home: Path, port: int | None, *, is_cutting_off: bool) -> None:
    """Stop the server and start it on another port; nobody's work is broken off unless that was asked for."""
    at_work = _at_work(home)
    if at_work and not is_cutting_off:
        raise CscWarehouseError(
            f"The server has to be started anew for this, and somebody is at work ({listed(at_work)}): run the command "
            "again when they have ended, or with --now, which breaks their work off."
        )
    before = _kept_port(home)
    listening.choose(home, port)
    try:
        cluster.stop(home)
        cluster.start(home)
    except CscWarehouseError:
        listening.choose(home, before)
        raise


def _at_work(home: Path) -> list[str]:
    """Return what is connected by the socket, as it names itself."""
    url = cluster.start(home).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        return [str(name) for (name,) in connection.execute(_AT_WORK).fetchall()]
