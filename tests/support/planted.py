"""A child with marks that nobody else has, planted in small deliveries, and the search for it everywhere."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise

CHILD = "7654321"
MARKS = (CHILD, "Zzyzxmarker", "Quillonmark", "UPNMARK00017", "LL99 9ZQ", "Reasonmark", "9000417")
"""Number, names, pupil number, postcode, a reason in free text, and the number of the child's contact."""
WRONG, RIGHT = "10/05/2018 16:00", "08/05/2018 12:00"
"""When the child's contact was decided: two days after it was received, or two hours."""


def deliver(exports: Path, day: datetime.date, *, decided: str = WRONG, **changes: str) -> Path:
    """Write a RAISe full with the planted child and eleven others, each with a contact; changes: of the child's row."""
    others = [str(7000000 + number) for number in range(11)]
    clients = [
        {"CLIENT_NO": number, "SURNAME": "Other", "DOB": "01/02/2009", "SEX": "1", "RESP_LA": "W06000006"}
        for number in others
    ]
    planted = {
        "CLIENT_NO": CHILD,
        "SURNAME": "Zzyzxmarker",
        "FORENAMES": "Quillonmark",
        "DOB": "03/04/2010",
        "SEX": "2",
        "POSTCODE": "LL99 9ZQ",
        "RESP_LA": "W06000006",
        "UPN": "UPNMARK00017",
        "LAST_UPDATED": "08/05/2018",
    }
    contact = {
        "RECEIVED": "08/05/2018 10:00",
        "SOURCE": "POL",
        "OUTCOME": "NFA",
        "TEAM": "AIT",
        "WORKER": "Some Body",
        "STATUS": "OPEN",
        "RECORDED": "08/05/2018 10:05",
    }
    contacts = [
        contact | {"CONTACT_NO": str(9000500 + place), "CLIENT_NO": number, "DECIDED": "08/05/2018 15:00"}
        for place, number in enumerate(others)
    ]
    contacts.append(contact | {"CONTACT_NO": "9000417", "CLIENT_NO": CHILD, "REASON": "Reasonmark", "DECIDED": decided})
    moves = [{"MOVE_NO": "9000900", "CLIENT_NO": CHILD, "MOVE_DATE": "soon", "RECORDED": "08/05/2018 10:05"}]
    return write_raise(
        exports, day, {"CLIENT": [*clients, planted | changes], "CONTACT": contacts, "SCHOOL_MOVE": moves}
    )


def columns_naming(warehouse: Warehouse, words: tuple[str, ...] = MARKS) -> list[str]:
    """Return every column of every table, in every schema, in which one of the words stands, whatever its type."""
    found = []
    with warehouse.raw_connection() as connection:
        columns = connection.execute(
            "select n.nspname, c.relname, a.attname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
            " join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
            " order by 1, 2, 3"
        ).fetchall()
        for schema, table, column in columns:
            row: Any = connection.execute(
                f'select exists (select from "{schema}"."{table}" where "{column}"::text ilike any(%s))',
                [[f"%{word}%" for word in words]],
            ).fetchone()
            if row[0]:
                found.append(f"{schema}.{table}.{column}")
    return found


def files_naming(home: Path, words: tuple[str, ...] = MARKS) -> list[str]:
    """Return every file of a home in which one of the words stands, but the server's own and the deliveries."""
    wanted = [word.lower().encode() for word in words]
    return sorted(
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.is_file()
        and not {"postgres", "exports", "objects", "spool"} & set(path.relative_to(home).parts)
        and any(word in content.lower() for content in _contents(path) for word in wanted)
    )


def _contents(path: Path) -> Iterator[bytes]:
    if path.suffix in {".xlsx", ".zip"}:
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    else:
        yield path.read_bytes()
