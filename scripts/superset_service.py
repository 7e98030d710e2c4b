"""Superset on this machine over what is published: install its home, start it, bring the dashboards in, stop it."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

import processes
import superset_assets
from airflow_home import only_one
from csc_warehouse.commands.console import ERROR, OUT, authority_of, speak_utf8
from csc_warehouse.errors import CscWarehouseError, UsageError, listed
from csc_warehouse.privacy import logins
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings, load_settings
from csc_warehouse.warehouse import Warehouse, cluster, open_warehouse, serving

LOGIN, ROLE = "superset", "csc_reader"
"""The login of the warehouse that Superset reads by, and the role that it has."""
ACCOUNTS = {"admin": "Admin", "reader": "Reader"}
"""The first accounts of Superset and their roles; their passwords are made at random, one file each."""
SECRETS = ("secret_key", "guest_token_secret", "async_queries_secret")
DEFAULT_PORT = 8088
PROGRAM = "superset"
BIN = PROJECT_DIRECTORY / ".venv-bi" / "bin"
CODE = PROJECT_DIRECTORY / "bi" / "superset"
HEALTHY_WITHIN_SECONDS = 180
SECRET_BYTES = 32


@dataclass(frozen=True)
class Place:
    """Where Superset of one home keeps what is its own."""

    folder: Path

    @property
    def port_file(self) -> Path:
        """Return the file of the port that it was started on."""
        return self.folder / "port"

    def password_file(self, account: str) -> Path:
        """Return the file of an account's password."""
        return self.folder / "secrets" / f"{account}_password"

    def has_done(self, step: str, mark: str) -> bool:
        """Say whether a step was done to its end with just this."""
        path = self.folder / f"{step}.done"
        return path.exists() and path.read_text() == mark

    def note_done(self, step: str, mark: str) -> None:
        """Remember that a step was done to its end."""
        (self.folder / f"{step}.done").write_text(mark)


def place(settings: Settings) -> Place:
    """Return where Superset of this home keeps what is its own."""
    return Place(settings.home / "superset")


def _require_publication(settings: Settings) -> Warehouse:
    """Return the open warehouse; raise UsageError where there are no published figures to look at."""
    nothing = f"Nothing is published in {settings.home} yet: make run first, then make bi."
    if settings.database_url is not None:
        raise UsageError(
            "CSC_WAREHOUSE_URL names a server of your own: make bi looks after the embedded one alone. How Superset is"
            " pointed at yours stands in docs/bi/superset.md."
        )
    if not cluster.data_directory(settings.home).exists():
        raise UsageError(nothing)
    warehouse = open_warehouse(settings)
    with warehouse.raw_connection() as connection:
        found = connection.execute("select count(*) from release.pointer").fetchone()
    if found is None or not found[0]:
        raise UsageError(nothing)
    return warehouse


def _write_secret(path: Path, value: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.touch(mode=0o600)
    partial.write_text(value)
    partial.rename(path)


def _make_secrets(where: Place) -> None:
    for path in (*(where.folder / "secrets" / name for name in SECRETS), *map(where.password_file, ACCOUNTS)):
        if not path.exists():
            _write_secret(path, secrets.token_urlsafe(SECRET_BYTES))


def _lets_in(settings: Settings, password_file: Path) -> bool:
    url = serving.address(settings, LOGIN).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        psycopg.connect(url, password=password_file.read_text(), connect_timeout=10).close()
    except (FileNotFoundError, psycopg.OperationalError):
        return False
    return True


def ensure_login(settings: Settings, warehouse: Warehouse, where: Place, authorities: Sequence[str] = ()) -> str:
    """Make the login that Superset reads by, or see that its password still lets it in; return whose rows it sees.

    authorities: whose rows alone it sees; none: as it is, and every authority where it is made now.
    Raises UsageError where somebody else's login has its name.
    """
    path = where.folder / "logins" / LOGIN
    with warehouse.transaction() as connection:
        known = {login.name: login for login in logins.present(connection)}.get(LOGIN)
    if known is not None and known.roles != (ROLE,):
        raise UsageError(f"The login {LOGIN} is there and has not just {ROLE}: csc-warehouse login remove {LOGIN}.")
    if known is not None and authorities and set(known.authorities) != set(authorities):
        logins.remove(warehouse, LOGIN)
        known = None
    if known is None:
        _write_secret(path, logins.add(warehouse, LOGIN, ROLE, authorities))
    elif not known.is_let_in or not _lets_in(settings, path):
        _write_secret(path, logins.renew_password(warehouse, LOGIN))
    sees = authorities if known is None else known.authorities
    return f"the rows of {listed(sees)}" if sees else "the rows of every authority"


def _environment(where: Place) -> dict[str, str]:
    """Return the environment of Superset's processes: nothing in it leads to the warehouse but the login's port."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CSC_", "SUPERSET_", "FLASK_"))}
    ours = {
        "CSC_SUPERSET_HOME": str(where.folder),
        "SUPERSET_CONFIG_PATH": str(CODE / "superset_config.py"),
        "SUPERSET_HOME": str(where.folder),
        "SCARF_ANALYTICS": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "ignore",
    }
    return {**kept, **ours}


def _accounts(where: Place, *arguments: str) -> None:
    """Run what works inside Superset's own database; raise CscWarehouseError with its last words when it fails."""
    done = subprocess.run(  # noqa: S603  (Superset's interpreter and our own arguments)
        [str(BIN / "python"), str(CODE / "accounts.py"), *arguments],
        env=_environment(where),
        cwd=where.folder,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise CscWarehouseError(f"Bringing Superset's own database up to date failed: {' '.join(words)}")


def _is_well(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.read() == b"OK")
    except (OSError, urllib.error.URLError):
        return False


def _start(where: Place, port: int) -> None:
    command = [
        str(BIN / "gunicorn"),
        *("--bind", f"127.0.0.1:{port}"),
        *("--workers", "1", "--worker-class", "gthread", "--threads", "8", "--timeout", "120"),
        "superset.app:create_app()",
    ]
    processes.start(where.folder, PROGRAM, command, _environment(where), inside=where.folder)
    where.port_file.write_text(str(port))
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    log = where.folder / f"{PROGRAM}.log"
    while not _is_well(port):
        if processes.find(where.folder, PROGRAM) is None:
            raise CscWarehouseError(f"Superset ended by itself: see {log}.")
        if time.monotonic() > deadline:
            raise CscWarehouseError(f"Superset did not answer in time: see {log}.")
        time.sleep(0.5)


def _port_of_running(where: Place) -> int | None:
    """Return the port of the Superset that runs, as it was started; None where none runs."""
    if processes.find(where.folder, PROGRAM) is None:
        return None
    try:
        return int(where.port_file.read_text())
    except (FileNotFoundError, ValueError):
        return None


def up(settings: Settings, *, port: int = DEFAULT_PORT, authorities: Sequence[str] = ()) -> str:
    """Do what is not done yet, up to dashboards that can be looked at, and return Superset's address.

    authorities: whose rows alone Superset sees; none: as it is. A second run changes nothing: what people made in
    Superset stays, and so do the dashboards until their files here change.
    Raises UsageError where nothing is published or a port is taken; CscWarehouseError where a step fails.
    """
    warehouse = _require_publication(settings)
    where = place(settings)
    where.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    running = _port_of_running(where)
    if running is not None and not where.has_done("database", _code_mark()):
        # another version of Superset, or of how it is run, than the one that is at work
        down(settings)
        port, running = running, None
    if running is None and not processes.is_free(port):
        raise UsageError(f"Port {port} is taken by another program: make bi BI_PORT=8089 (or any free one).")
    warehouse.engine.dispose()
    served = serving.serve(settings)
    _make_secrets(where)
    sees = ensure_login(settings, warehouse, where, authorities)
    warehouse.engine.dispose()
    told = serving.address(settings, LOGIN)
    _write_secret(
        where.folder / "warehouse.json",
        json.dumps({"host": told.host, "port": served, "database": told.database}),
    )
    if running is None:
        _prepare(where)
        OUT.print("Starting Superset ...")
        _start(where, port)
        running = port
    address = f"http://127.0.0.1:{running}"
    _bring_in(where, address, told.set(drivername="postgresql+psycopg2").render_as_string())
    _tell(where, address, sees)
    return address


def _code_mark() -> str:
    """Return what tells one version of Superset, and of how it is run, from another."""
    paths = (PROJECT_DIRECTORY / "requirements-bi.lock", *sorted(CODE.glob("*.py")))
    return superset_assets.digest(b"".join(path.read_bytes() for path in paths))


def _prepare(where: Place) -> None:
    mark = _code_mark()
    if not where.has_done("database", mark):
        OUT.print("Preparing Superset's own database ...")
        # a password as an argument would stand in the list of processes: its file does
        _accounts(where, "prepare", *(f"{name}:{role}:{where.password_file(name)}" for name, role in ACCOUNTS.items()))
        where.note_done("database", mark)


def _bring_in(where: Place, address: str, uri: str) -> None:
    contents = superset_assets.bundle(uri)
    mark = superset_assets.digest(contents)
    if where.has_done("dashboards", mark):
        return
    OUT.print("Bringing in the datasets, charts and dashboards ...")
    session = superset_assets.Session(address, "admin", where.password_file("admin").read_text())
    session.bring_in(contents)
    _accounts(where, "grant", superset_assets.connection_name())
    where.note_done("dashboards", mark)


def _tell(where: Place, address: str, sees: str) -> None:
    OUT.print(f"Superset is up: {address}", markup=False)
    for name, role in ACCOUNTS.items():
        OUT.print(f"  user {name} ({role}), password in {where.password_file(name)}", markup=False)
    OUT.print(f"  it reads as {LOGIN}, with the role {ROLE}: {sees}", markup=False)
    for path in sorted((superset_assets.ASSETS / "dashboards").glob("*.yaml")):
        dashboard = superset_assets.load(path)
        OUT.print(f"  {address}/superset/dashboard/{dashboard['slug']}/  {dashboard['dashboard_title']}", markup=False)
    OUT.print("  make bi-down stops it; csc-warehouse serve --off closes the server's port", markup=False)


def down(settings: Settings) -> bool:
    """Stop Superset of this home and return whether it ran; the warehouse's server goes on."""
    return processes.stop(place(settings).folder, [PROGRAM])


def main(arguments: list[str]) -> int:
    """Obey `up [--port N] [--authority CODE ...]` or `down`; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["up", "down"])
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--authority", action="append", default=[])
    chosen = parser.parse_args(arguments)
    name = "make bi" if chosen.what == "up" else "make bi-down"
    try:
        settings = load_settings()
        with only_one(settings, name):
            if chosen.what == "up":
                up(settings, port=chosen.port, authorities=[authority_of(settings, code) for code in chosen.authority])
            else:
                OUT.print("Stopped." if down(settings) else "Superset was not running.")
    except CscWarehouseError as error:
        ERROR.print(f"[bold red]{name}:[/bold red] {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    speak_utf8()
    sys.exit(main(sys.argv[1:]))
