"""Logins of people and tools that read: one role each, a password that is shown once and kept nowhere."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError, UsageError, listed, offer
from csc_warehouse.privacy import roles
from csc_warehouse.privacy.grants import ANALYST, READING, REVIEWER, ROLES
from csc_warehouse.privacy.roles import OpenWarehouse
from csc_warehouse.sql_files import statement

LET_IN = "csc_logins"
"""The group whose members the embedded server lets in through its port; it may do nothing else."""
_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
_KEPT_NAMES = ("csc_", "pg_", "postgres", "public", "none", "current_", "session_")
PASSWORD_BYTES = 24
MOST_CONNECTIONS = 25
"""Of one login at a time: a tool that opens ever more leaves room for the night."""
PLANS_WITHOUT_LOOPS = (ANALYST, REVIEWER)
"""Roles whose logins plan without nested loops. Behind the views of marts the planner takes every code for one of 200
values, expects a single row after two or three dimensions, and compares each with each; hashing is right always."""
WITHOUT_LOOPS = "set enable_nestloop = off"
_PRESENT = statement(__name__, "present")


@dataclass(frozen=True)
class Login:
    """A login that reads the warehouse."""

    name: str
    roles: tuple[str, ...]
    """Those of the warehouse's group roles that it has, directly or through another group."""
    authorities: tuple[str, ...]
    """Authorities whose rows it was given; none: those of its role."""
    is_let_in: bool
    """The embedded server lets it in through its port."""
    is_above: bool
    """It has rights of the server's own, such as making roles."""

    @property
    def fault(self) -> str | None:
        """Return what keeps it from being let in, as the end of a sentence; None: nothing."""
        if self.is_above:
            return "has rights over the server itself"
        if len(self.roles) != 1:
            return f"has {listed(self.roles) if self.roles else 'no role'}, and a login has one role"
        if self.roles[0] not in READING:
            return f"has {self.roles[0]}, by which the night's steps work"
        return None


def present(connection: Connection) -> list[Login]:
    """List the logins that have a role of the warehouse or are let in, by name, but for the one that asks."""
    rows = connection.execute(text(_PRESENT), {"roles": list(ROLES), "let_in": LET_IN}).all()
    return [
        Login(
            name=str(row.login_name),
            roles=tuple(row.group_roles),
            authorities=tuple(row.authorities),
            is_let_in=bool(row.is_let_in),
            is_above=bool(row.is_above),
        )
        for row in rows
    ]


def add(warehouse: OpenWarehouse, name: str, role: str, authorities: Sequence[str] = ()) -> str:
    """Make a login with one role, which may come in through the server's port, and return its password.

    authorities: whose rows alone it sees; default: those of its role. The password reaches the server as a verifier,
    from which nobody learns it. Raises UsageError where the name is taken or none, or the role is none that reads.
    """
    _require_name(name)
    if role not in READING:
        raise UsageError(f"--role {role} is no role that reads: {offer(role, READING)}")
    if role == REVIEWER and authorities:
        raise UsageError(f"{REVIEWER} sees every authority: leave --authority out, or choose another role.")
    # the role has what it is to have, and the council's own analysts theirs, before one more reads
    roles.apply_grants(warehouse)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with warehouse.transaction() as connection:
        _make_group(connection)
        driver = _driver(connection)
        if driver.execute("select from pg_roles where rolname = %s", [name]).fetchone() is not None:
            raise UsageError(
                f"There is a role {name} already: choose another name, or give it a new password with "
                f"csc-warehouse login password {name}."
            )
        if driver.execute("select from pg_roles where rolname = %s", [role]).fetchone() is None:
            raise UsageError(f"The server has no role {role} yet: run a night first.")
        _execute(
            driver,
            "create role {name} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit"
            " connection limit {most} password {verifier} in role {role}, {let_in}",
            name=name,
            most=sql.Literal(MOST_CONNECTIONS),
            verifier=sql.Literal(_verifier(driver, name, password)),
            role=role,
            let_in=LET_IN,
        )
        _plan_as(driver, name, role)
        # a login of that name may have been there before, on this server or where a backup was made
        driver.execute("delete from release.analyst_authorities where role_name = %s", [name])
        for code in authorities:
            driver.execute(
                "insert into release.analyst_authorities (role_name, authority_code) values (%s, %s)", [name, code]
            )
    return password


def renew_password(warehouse: OpenWarehouse, name: str) -> str:
    """Give a login a new password, let it in through the server's port, end its sessions, and return the password.

    Raises UsageError where there is no such login, or it has more than one role or other rights.
    """
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with warehouse.transaction() as connection:
        _make_group(connection)
        login = found(connection, name)
        if login.fault is not None:
            raise UsageError(
                f"{name} {login.fault}: it is not let in. Make a login of its own with csc-warehouse login add."
            )
        driver = _driver(connection)
        _execute(
            driver,
            "alter role {name} password {verifier}",
            name=name,
            verifier=sql.Literal(_verifier(driver, name, password)),
        )
        _execute(driver, "grant {let_in} to {name}", let_in=LET_IN, name=name)
        _plan_as(driver, name, login.roles[0])
        _end_sessions(driver, name)
    return password


def remove(warehouse: OpenWarehouse, name: str) -> None:
    """Take a login that was added away, and end its sessions.

    Raises UsageError where there is none, or somebody else made it; CscWarehouseError where it owns something.
    """
    with warehouse.transaction() as connection:
        login = found(connection, name)
        if not login.is_let_in or login.is_above:
            raise UsageError(f"{name} was not made by csc-warehouse login add: it is its maker's to remove.")
        driver = _driver(connection)
        driver.execute("delete from release.analyst_authorities where role_name = %s", [name])
        try:
            # no session begins that the next statement would not see
            _execute(driver, "alter role {name} nologin", name=name)
            _end_sessions(driver, name)
            _execute(driver, "drop role {name}", name=name)
        except psycopg.errors.DependentObjectsStillExist as error:
            raise CscWarehouseError(
                f"{name} owns something, or was granted it by hand: take that away first (drop owned by {name})."
            ) from error


def found(connection: Connection, name: str) -> Login:
    """Return a login by its name; raise UsageError with the nearest names where there is none."""
    known = {login.name: login for login in present(connection)}
    if name not in known:
        raise UsageError(f"There is no login {name}: {offer(name, known)}")
    return known[name]


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.startswith(_KEPT_NAMES):
        raise UsageError(
            f"{name} cannot be the name of a login: take small letters, digits and _, from a letter on, 2 to 31 of "
            f"them, and none that begins with {listed(_KEPT_NAMES)}."
        )


def _make_group(connection: Connection) -> None:
    driver = _driver(connection)
    if driver.execute("select from pg_roles where rolname = %s", [LET_IN]).fetchone() is None:
        _execute(driver, "create role {let_in} nologin", let_in=LET_IN)
        _execute(
            driver,
            "comment on role {let_in} is {purpose}",
            let_in=LET_IN,
            purpose=sql.Literal("May come in through the server's port; no rights of its own."),
        )


def _driver(connection: Connection) -> psycopg.Connection:
    """Return the driver's own connection: its errors do not repeat a statement."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"{type(driver).__name__} is no connection of psycopg")
    return driver


def _verifier(driver: psycopg.Connection, name: str, password: str) -> str:
    return driver.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()


def _execute(driver: psycopg.Connection, template: LiteralString, **parts: str | sql.Literal) -> None:
    driver.execute(
        sql.SQL(template).format(
            **{key: sql.Identifier(part) if isinstance(part, str) else part for key, part in parts.items()}
        )
    )


def _plan_as(driver: psycopg.Connection, name: str, role: str) -> None:
    if role in PLANS_WITHOUT_LOOPS:
        _execute(driver, "alter role {name} set enable_nestloop = off", name=name)


def _end_sessions(driver: psycopg.Connection, name: str) -> None:
    driver.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [name])
