"""The way to the database, embedded or the council's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import quote, urlencode

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool, Pool, QueuePool

from csc_warehouse.errors import UsageError, WarehouseUnavailableError
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import cluster, home, migrations

Driver = Literal["psycopg", "psycopg2", "libpq", "jdbc", "odbc"]
URL_FORM = "postgresql://user:password@host:5432/database"
MINIMUM_SERVER_VERSION = 150000
APPLICATION = "csc-warehouse"
"""How the warehouse's own sessions name themselves to the server."""
LOST_AFTER: dict[str, int] = {
    "keepalives_idle": 60,
    "keepalives_interval": 15,
    "keepalives_count": 4,
    "tcp_user_timeout": 120_000,
}
"""What libpq does about a server that a broken network no longer reaches: two minutes of silence end the session.
Without it a task would wait as long as it may run. What the URL says of these holds instead."""
_LOST_CLIENT = (
    "-c tcp_keepalives_idle=60 -c tcp_keepalives_interval=15 -c tcp_keepalives_count=4 -c tcp_user_timeout=120000"
)
"""The same on the server's side: what a night's session locked is free again when the task is tried once more."""


@dataclass(frozen=True)
class Warehouse:
    """An open warehouse: its settings, URL and engine (SQLAlchemy 2, psycopg 3)."""

    settings: Settings
    url: URL
    engine: Engine
    role: str | None = None
    """The group role that every session acts as; None: the login itself, which owns the warehouse."""

    def acting_as(self, role: str | None) -> Warehouse:
        """Return the same warehouse with sessions that may do what a group role may, and no more; None: the login."""
        return self if role == self.role else replace(self, engine=_engine(self.url, role), role=role)

    @property
    def session_options(self) -> str:
        """Return libpq's options of a session: what the URL says, then the role; a reset does not lift it."""
        return _session_options(self.url, self.role)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a SQLAlchemy connection in one transaction: all of it, or nothing."""
        with self.engine.begin() as connection:
            yield connection

    def raw_connection(self, *, autocommit: bool = False) -> psycopg.Connection:
        """Open a plain psycopg 3 connection, for COPY and server-side work; the caller closes it."""
        return psycopg.connect(
            self.url_for("libpq"),
            autocommit=autocommit,
            application_name=APPLICATION,
            options=self.session_options or None,
            **_lost_after(self.url),
        )

    def url_for(self, driver: Driver = "psycopg") -> str:
        """Return the connection string in the dialect that a driver reads."""
        return url_for(self.url, driver)


def _session_options(url: URL, role: str | None) -> str:
    given = url.query.get("options", "")
    options = [given] if isinstance(given, str) else list(given)
    if role is not None:
        # the last one of two that name the same setting holds
        options = [_LOST_CLIENT, *options, f"-c role={role}"]
    return " ".join(options).strip()


def _lost_after(url: URL) -> dict[str, Any]:
    return {name: value for name, value in LOST_AFTER.items() if name not in url.query}


def _engine(url: URL, role: str | None, pool: type[Pool] = NullPool) -> Engine:
    # a night is few statements, and no connection outlives its use;
    # an error message may reach a log: it must not carry the values of a statement
    arguments: dict[str, Any] = {"application_name": APPLICATION, **_lost_after(url)}
    options = _session_options(url, role)
    if options:
        arguments["options"] = options
    return create_engine(url, poolclass=pool, hide_parameters=True, connect_args=arguments)


def url_for(url: URL, driver: Driver) -> str:
    """Render a URL for a driver: SQLAlchemy's psycopg or psycopg2, libpq (psql, BI tools), JDBC or ODBC.

    JDBC's and ODBC's hold no password, as tools ask for it. Raises UsageError for these two where the server listens
    on a socket only.
    """
    if driver in ("psycopg", "psycopg2"):
        return url.set(drivername=f"postgresql+{driver}").render_as_string(hide_password=False)
    if driver == "libpq":
        return _for_libpq(url, url.password)
    if "host" in url.query:
        raise UsageError(
            f"{driver.upper()} cannot use the embedded cluster's socket: csc-warehouse serve opens a port, or set "
            "CSC_WAREHOUSE_URL to a server that listens on TCP."
        )
    if driver == "odbc":
        parts = {
            "Driver": "PostgreSQL Unicode",
            "Server": url.host or "localhost",
            "Port": str(url.port or 5432),
            "Database": url.database or "",
            "Uid": url.username or "",
        }
        return "".join(f"{key}={_for_odbc(key, part)};" for key, part in parts.items() if part)
    host = f"[{url.host}]" if ":" in (url.host or "") else url.host
    user = f"?user={quote(url.username, safe='')}" if url.username and url.password is None else ""
    return f"jdbc:postgresql://{host}:{url.port or 5432}/{quote(url.database or '', safe='')}{user}"


def _for_odbc(key: str, part: str) -> str:
    """Write a value as ODBC reads it: in braces where it is a driver's name, or has a sign that would end it."""
    if key == "Driver" or re.search(r"[^\w.:-]", part):
        return "{" + part.replace("}", "}}") + "}"
    return part


def for_a_program(url: URL) -> tuple[str, dict[str, str]]:
    """Return what psql, pg_dump and the like are called with: a connection string, and variables of the environment.

    Whoever is logged in to the machine reads a command's arguments: the password is among the variables.
    """
    password = url.password if url.password is not None else url.query.get("password")
    secret = {} if password is None else {"PGPASSWORD": str(password)}
    return _for_libpq(url.difference_update_query(["password"]), None), secret


def _for_libpq(url: URL, password: str | None) -> str:
    """Write a URL as libpq reads it, which takes neither a space nor a + for one."""
    account = quote(url.username or "", safe="")
    if password is not None:
        account += ":" + quote(password, safe="")
    host = f"[{url.host}]" if ":" in (url.host or "") else url.host or ""
    port = "" if url.port is None else f":{url.port}"
    asked = urlencode(list(url.normalized_query.items()), doseq=True, quote_via=quote, safe="")
    return (
        f"postgresql://{account}{'@' if account else ''}{host}{port}/{quote(url.database or '', safe='')}"
        f"{'?' if asked else ''}{asked}"
    )


def warehouse_url(settings: Settings, *, database: str = cluster.DATABASE) -> URL:
    """Return the database's URL, starting the embedded cluster where no other is configured."""
    if settings.database_url is None:
        return cluster.start(settings.home, database=database)
    try:
        url = make_url(settings.database_url)
    except (ArgumentError, ValueError) as error:
        # the address holds a password: it is not repeated
        raise UsageError(f"CSC_WAREHOUSE_URL is no address of a database: write it as {URL_FORM}.") from error
    if url.get_backend_name() != "postgresql":
        raise UsageError(
            f"CSC_WAREHOUSE_URL names {url.get_backend_name()}; it must be a PostgreSQL 15 or later: {URL_FORM}."
        )
    if not url.database:
        raise UsageError(f"CSC_WAREHOUSE_URL names no database: write it as {URL_FORM}.")
    return url.set(drivername="postgresql+psycopg")


def _first_line(error: DBAPIError) -> str:
    return (str(error.orig).strip().splitlines() or ["no reason given"])[0].rstrip(".")


def open_warehouse(settings: Settings) -> Warehouse:
    """Open the warehouse, bring its schemas up to date, and close its home to other accounts.

    Raises WarehouseUnavailableError when it cannot be reached, UsageError when it is too old.
    """
    home.make_private(settings.home, holds_server=settings.database_url is None)
    for folder in (settings.spool, settings.large_spool):
        home.sweep_scratch(folder)
    url = warehouse_url(settings)
    # one session looks and brings up to date: a new one costs the server as much as what it is asked here
    opening = _engine(url, None, QueuePool)
    try:
        _require_server(opening, url, settings)
        migrations.migrate(opening)
    finally:
        opening.dispose()
    return Warehouse(settings=settings, url=url, engine=_engine(url, None))


def _require_server(engine: Engine, url: URL, settings: Settings) -> None:
    """Check that the server answers and is new enough. Raises WarehouseUnavailableError and UsageError."""
    try:
        with engine.connect() as connection:
            version: int = connection.execute(text("select current_setting('server_version_num')::int")).scalar_one()
    except (OperationalError, ProgrammingError) as error:
        where = "embedded below " + str(settings.home) if settings.database_url is None else for_a_program(url)[0]
        raise WarehouseUnavailableError(
            f"The database ({where}) cannot be reached: {_first_line(error)}. "
            "Check that it runs and that CSC_WAREHOUSE_URL is right, then run the command again."
        ) from error
    if version < MINIMUM_SERVER_VERSION:
        raise UsageError(f"The server is PostgreSQL {version // 10000}; csc-warehouse needs 15 or later.")
