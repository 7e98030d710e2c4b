"""Functions and views of the database: one file each, applied after the migrations whenever its text has changed.

A file is called NN_schema.name.sql and makes that one function or view, with its comments and with what it takes from
the public. NN says in which turn: whatever a file needs has a lower number, or the same one and an earlier name.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.errors import CscWarehouseError, listed
from csc_warehouse.sql_files import quoted, statement

LOGGER = logging.getLogger(__name__)
DIRECTORY = Path(__file__).parent
CANNOT_BE_REPLACED = ("42P13", "42P16")
"""What the server says of a function whose answer, or a view whose columns, "create or replace" cannot change."""
IS_NEEDED = "2BP01"
_MADE = text(statement(__name__, "made"))
_PRESENT = text(statement(__name__, "present"))
_VIEWS_UPON = text(statement(__name__, "views_upon"))
_REMEMBER = text(statement(__name__, "remember"))
_reported: set[str] = set()


@dataclass(frozen=True)
class Repeatable:
    """One file: the name of the function or view that it makes, and its text."""

    name: str
    statements: str

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the text, as the ledger holds it."""
        return hashlib.sha256(self.statements.encode()).hexdigest()


@dataclass(frozen=True)
class _Made:
    """A function or view as it stands in the database: whose it is, and what others may do with it."""

    oid: int
    kind: str
    signature: str
    owner: str
    grants: tuple[str, ...]


def files(directory: Path = DIRECTORY) -> list[Repeatable]:
    """Return the files of a folder in the order in which they are applied."""
    return [
        Repeatable(path.stem.partition("_")[2], path.read_text(encoding="utf-8"))
        for path in sorted(directory.glob("[0-9][0-9]_*.sql"))
    ]


def bring_up_to_date(connection: Connection, *, is_forced: bool, wanted: Sequence[Repeatable]) -> list[str]:
    """Apply every file whose text differs from what was applied last; return the names of what they made.

    Forced, all of them: after a migration nobody knows what still stands as its file has it. What is missing in the
    database is made again. All of it happens in the caller's transaction. A function or view that no file makes any
    more stays, and is named in the log, until a migration drops it.

    Raises CscWarehouseError where something else needs what cannot be replaced in place.
    """
    ledger = connection.execute(text("select name, sha256 from release.repeatables"))
    known = {str(row.name): str(row.sha256) for row in ledger}
    names = [file.name for file in wanted]
    present: set[str] = set(connection.execute(_PRESENT, {"names": sorted({*known, *names})}).scalars())
    applied = []
    gone: dict[str, list[_Made]] = {}
    for file in wanted:
        if is_forced or known.get(file.name) != file.digest or file.name not in present or file.name in gone:
            _make(connection, file, names, gone)
            connection.execute(_REMEMBER, {"name": file.name, "sha256": file.digest})
            applied.append(file.name)
    _settle_removed(connection, known.keys() - set(names), present)
    return applied


def _make(connection: Connection, file: Repeatable, names: Sequence[str], gone: dict[str, list[_Made]]) -> None:
    """Apply one file; owner and grants stay. Views that had to go for it are added to gone: their files come later.

    Of a function whose arguments are others now, the one with the old arguments goes.
    """
    before = _made(connection, file.name)
    try:
        with connection.begin_nested():
            _run(connection, file.statements)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in CANNOT_BE_REPLACED:
            raise
        _drop_with_views(connection, file.name, before, names, gone)
        _run(connection, file.statements)
    old = {made.oid for made in before}
    after = _made(connection, file.name)
    for made in after:
        if made.oid not in old:
            _restore_rights(connection, made, before or gone.get(file.name, []))
        elif len(after) > len(before):
            _drop(connection, file.name, made)


def _run(connection: Connection, statements: str) -> None:
    connection.exec_driver_sql(statements.replace("%", "%%"))


def _made(connection: Connection, name: str) -> list[_Made]:
    return [
        _Made(row.oid, row.kind, row.signature, row.owner_name, tuple(row.grants))
        for row in connection.execute(_MADE, {"name": name})
    ]


def _drop_with_views(
    connection: Connection, name: str, before: Sequence[_Made], names: Sequence[str], gone: dict[str, list[_Made]]
) -> None:
    """Drop what cannot be replaced, and first the views upon it, where all of them are files of the folder."""
    upon: list[str] = []
    for made in before:
        upon += connection.execute(_VIEWS_UPON, {"oid": made.oid}).scalars()
    foreign = [view for view in upon if view not in names]
    if foreign:
        raise _needed(name, listed(foreign))
    for view in dict.fromkeys(upon):
        gone[view] = _made(connection, view)
        for standing in gone[view]:
            _drop(connection, view, standing)
    for made in before:
        _drop(connection, name, made)


def _drop(connection: Connection, name: str, made: _Made) -> None:
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"drop {made.kind} {made.signature}")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != IS_NEEDED:
            raise
        detail = getattr(getattr(error.orig, "diag", None), "message_detail", None) or "something else"
        raise _needed(name, detail.splitlines()[0].partition(" depends on ")[0]) from error


def _needed(name: str, whom: str) -> CscWarehouseError:
    return CscWarehouseError(
        f"{name} cannot be brought up to date: its columns or arguments change, and {whom} stands upon it. Let a"
        " migration drop that first, or leave the columns and arguments as they were; nothing was changed."
    )


def _restore_rights(connection: Connection, made: _Made, before: Sequence[_Made]) -> None:
    """Give what was made anew to whom its predecessor belonged, and to others what they had of it."""
    for old in before:
        connection.exec_driver_sql(f"alter {made.kind} {made.signature} owner to {quoted(old.owner)}")
        for grant in old.grants:
            connection.exec_driver_sql(grant.replace(f" {old.signature} to ", f" {made.signature} to "))


def _settle_removed(connection: Connection, removed: set[str], present: set[str]) -> None:
    """Name what no file makes any more, once; forget it where a migration has dropped it."""
    for name in sorted(removed):
        if name not in present:
            connection.execute(text("delete from release.repeatables where name = :name"), {"name": name})
        elif name not in _reported:
            _reported.add(name)
            LOGGER.warning("No file makes %s any more: let a migration drop it.", name)
