"""What is held about a child, as a page for whoever asked: by section, readable by its owner alone."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from csc_warehouse.errors import UsageError
from csc_warehouse.reporting.pages import render
from csc_warehouse.settings import Config
from csc_warehouse.version import origin

FILE = "subject.html"
WORKED_OUT = ("dim\\_%", "fct\\_%", "indicator\\_records")
"""Published relations of marts that say something of a child beyond what indicators repeat."""


@dataclass(frozen=True)
class Section:
    """One part of the page: a heading, a sentence, and a table whose rows are as long as its headings."""

    title: str
    note: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def write(
    out: Path, sections: Sequence[Section], *, authority_name: str, made_on: datetime.date, config: Config
) -> Path:
    """Write the page into a folder and return its path. Raises UsageError where it cannot be written."""
    content = render.page(
        "subject.html.j2",
        origin=origin(config),
        sections=sections,
        authority_name=authority_name,
        made_on=made_on,
    )
    try:
        return render.write(out / FILE, content, mode=render.PRIVATE)
    except OSError as error:
        raise UsageError(f"{out} cannot be written ({error.strerror}): name a folder of your own.") from error


def worked_out(cursor: psycopg.Cursor, authority_code: str, ids: Sequence[str]) -> list[Section]:
    """Return what readers' relations say of a child, one section for each, given by its canonical ids."""
    cursor.execute(
        "select child_key from restricted.child_keys where authority_code = %s and canonical_child_id = any(%s)",
        [authority_code, list(ids)],
    )
    keys = [row[0] for row in cursor.fetchall()]
    cursor.execute(
        "select c.relname, coalesce(obj_description(c.oid, 'pg_class'), '') from pg_class as c"
        " join pg_namespace as n on n.oid = c.relnamespace"
        " join pg_attribute as a on a.attrelid = c.oid and a.attname = 'child_key' and not a.attisdropped"
        " where n.nspname = 'marts' and c.relkind = 'v' and c.relname like any(%s) order by c.relname",
        [list(WORKED_OUT)],
    )
    sections = []
    for relation, description in cursor.fetchall():
        cursor.execute(
            sql.SQL("select * from marts.{} where authority_code = %s and child_key = any(%s)").format(
                sql.Identifier(relation)
            ),
            [authority_code, keys],
        )
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
        if rows:
            sections.append(as_section(f"Worked out: {relation}", description, names, rows))
    return sections


def as_section(title: str, note: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Section:
    """Return rows as a section, without the columns that are blank in all of them; names become words."""
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    kept = [index for index in range(len(names)) if any(row[index] for row in texts)]
    return Section(
        title,
        note,
        [names[index].replace("_", " ") for index in kept],
        [[row[index] for index in kept] for row in texts],
    )
