"""The logins of a backup: whose views lie in it and who may read, on a server that never heard of them.

Logins belong to a server and not to a database, so that no dump has them: a view of an analyst's own, or a right that
somebody was granted, could not come back where its owner is not known.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse.engine import Warehouse

_NAME = r'("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)'
_NAMED = re.compile(
    rf"^(?:ALTER [^\n]* OWNER TO {_NAME}"
    rf"|(?:ALTER DEFAULT PRIVILEGES FOR ROLE {_NAME} [^\n]*)?GRANT [^\n]* TO {_NAME}(?: WITH GRANT OPTION)?"
    rf"|ALTER DEFAULT PRIVILEGES FOR ROLE {_NAME} [^\n]*|SET SESSION AUTHORIZATION {_NAME});$",
    re.MULTILINE,
)
GROUPS = ("csc_analyst", "csc_reader", "csc_public", "csc_reviewer")
"""Roles by which people read; nobody is given another one, whatever a backup says."""
_READERS = statement(__name__, "readers")
_NO_ROLES = frozenset({"none", "public", "current_user", "session_user", "current_role"})
_ENTRY = re.compile(r"\d+; \d+ \d+ ")
_KEEPER = re.compile(r"^\d+; \d+ \d+ TABLE (?:landing|quality|release) \S+ (\S+)$", re.MULTILINE)
"""Nobody but the warehouse's logins makes tables there: one after the other, where a council has changed its own."""


def readers(warehouse: Warehouse) -> str:
    """Return as JSON who has one of the roles that read: name, can_log_in and groups of each; no password."""
    with warehouse.transaction() as connection:
        return json.dumps(
            [dict(row) for row in connection.execute(text(_READERS), {"groups": list(GROUPS)}).mappings()]
        )


def named(statements: str) -> set[str]:
    """Return the roles to whom a dump's statements give something; a name in capitals is a word of SQL's."""
    found = (name for match in _NAMED.finditer(statements) for name in match.groups() if name)
    return {_plain(name) for name in found} - _NO_ROLES


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def make_missing(warehouse: Warehouse, names: Iterable[str], kept: str) -> list[str]:
    """Make those roles that the server lacks, without a password, and return their names.

    kept: what `readers` returned where the backup was made; whoever stands in it may read again as before, once a
    password was given. Raises CscWarehouseError naming them where this login may make no roles.
    """
    known: dict[str, Mapping[str, Any]] = {str(reader["name"]): reader for reader in json.loads(kept)}
    with warehouse.raw_connection() as connection:
        rows = connection.execute("select rolname from pg_roles").fetchall()
        # pg_ is the server's own: nobody makes one of its roles
        missing = sorted(name for name in {*names, *known} - {str(name) for (name,) in rows} if name[:3] != "pg_")
        try:
            for name in missing:
                _make(connection, name, known.get(name, {}))
        except psycopg.errors.InsufficientPrivilege as error:
            raise CscWarehouseError(
                "This backup holds what belongs to logins that this server has not, and whoever restores it here may"
                f" make no roles: have its administrator make {', '.join(missing)} (create role ... nologin), and"
                " restore again."
            ) from error
    return missing


def _make(connection: psycopg.Connection, name: str, reader: Mapping[str, Any]) -> None:
    can_log_in = sql.SQL("login" if reader.get("can_log_in") else "nologin")
    connection.execute(sql.SQL("create role {} {}").format(sql.Identifier(name), can_log_in))
    for group in sorted({*reader.get("groups", ())}.intersection(GROUPS)):
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(group), sql.Identifier(name)))


def divided(content: str) -> tuple[str, dict[str, set[str]]]:
    """Divide a dump's table of contents: what is the warehouse's own, and the entries of people, by their owners."""
    keepers = {*_KEEPER.findall(content), "pg_database_owner"}
    own: list[str] = []
    others: dict[str, set[str]] = {}
    for line in content.splitlines(keepends=True):
        owner = line.rstrip("\n").rpartition(" ")[2]
        if _ENTRY.match(line) and owner and owner not in keepers and not owner.startswith("csc_"):
            others.setdefault(owner, set()).add(line)
        else:
            own.append(line)
    return "".join(own), others


@contextmanager
def restoring(warehouse: Warehouse, owners: Iterable[str]) -> Iterator[URL]:
    """Yield the address of a login that may act as some owners, and as nobody else; it is gone afterwards.

    What people have made may run functions of theirs while it is restored (a check of a row, a generated column): they
    run as this login, and not as whoever restores. Raises psycopg.Error where this login may not make it.
    """
    name, password = f"csc_restoring_{secrets.token_hex(6)}", secrets.token_urlsafe(24)
    who = sql.Identifier(name)
    with warehouse.raw_connection() as connection:
        connection.execute(sql.SQL("create role {} login password {}").format(who, sql.Literal(password)))
        for owner in owners:
            connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(owner), who))
        database = sql.Identifier(str(warehouse.url.database))
        connection.execute(sql.SQL("grant create on database {} to {}").format(database, who))
    try:
        yield warehouse.url.set(username=name, password=password)
    finally:
        with warehouse.raw_connection() as connection:
            connection.execute(sql.SQL("drop owned by {} cascade").format(who))
            connection.execute(sql.SQL("drop role {}").format(who))


def plain_roles(warehouse: Warehouse, names: Iterable[str]) -> list[str]:
    """Return those of some names that are roles here and have no rights over the server itself."""
    asked = (
        "select rolname from pg_roles where rolname = any(%s) and not (rolsuper or rolcreaterole or rolcreatedb"
        " or rolreplication or rolbypassrls) order by 1"
    )
    with warehouse.raw_connection() as connection:
        return [str(name) for (name,) in connection.execute(asked, [list(names)]).fetchall()]
