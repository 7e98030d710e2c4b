"""Whether two warehouses show the same: the checksum of every relation, and of those that differ the keys.

Numbers and instants of a build are no part of it (`NOT_COMPARED`): releases, runs, and when something was judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from csc_warehouse.publication.published_relations import CANDIDATE_SUFFIX, PUBLISHED_SCHEMAS
from csc_warehouse.warehouse import Warehouse

Connection = psycopg.Connection[tuple[object, ...]]
Relation = tuple[str, str]
"""Schema and name."""

NOT_COMPARED = ("release_id", "run_id")
"""Columns that differ between two builds of one thing."""
JUDGED: Mapping[str, tuple[str, ...]] = {
    "check_results": ("check_result_id", "recorded_at", "first_failed_at"),
    "indicator_grades": ("graded_at",),
    "indicator_bounds": (),
}
"""Tables of quality that hold what was found of a release, with the columns that say when or in which order."""
WORKLISTS = "failing_records"
MOST_KEYS = 5
"""How many rows of a difference are named."""


@dataclass(frozen=True)
class Sum:
    """How many rows a relation has, and the sum of their digests: neither depends on the order of the rows."""

    rows: int
    digest: int


@dataclass(frozen=True)
class Difference:
    """A relation that two warehouses do not show alike."""

    relation: str
    rows_here: int
    rows_there: int
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]

    def __str__(self) -> str:
        """Return it as lines: the relation, then keys of rows that are on one side only."""
        lines = [f"{self.relation}: {self.rows_here} rows, of the whole build {self.rows_there}"]
        lines += [f"  only in the night: {row}" for row in self.only_here]
        lines += [f"  only in the whole build: {row}" for row in self.only_there]
        return "\n".join(lines)


def sums(warehouse: Warehouse, release_id: int) -> dict[Relation, Sum]:
    """Return the checksum of every relation of the candidate, of what was judged of it, and of the worklists."""
    with warehouse.raw_connection() as connection:
        return {
            relation: _sum(connection, _rows(connection, relation, release_id)) for relation in relations(connection)
        }


def differences(here: Warehouse, of_here: int, there: Warehouse, of_there: int) -> list[Difference]:
    """Return the relations whose checksums differ between two candidates, or that only one of them has.

    of_here, of_there: the releases that were judged.
    """
    found, expected = sums(here, of_here), sums(there, of_there)
    differing = sorted(
        relation for relation in found.keys() | expected.keys() if found.get(relation) != expected.get(relation)
    )
    told = []
    for relation in differing:
        rows_here, rows_there = _texts(here, relation, of_here), _texts(there, relation, of_there)
        told.append(
            Difference(
                ".".join(relation),
                len(rows_here),
                len(rows_there),
                _only(rows_here, rows_there),
                _only(rows_there, rows_here),
            )
        )
    return told


def relations(connection: Connection) -> list[Relation]:
    """Return what is compared: every relation of the candidate, what was judged, and the worklists."""
    rows = connection.execute(
        "select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'v', 'm') and (n.nspname = any(%s) or n.nspname = 'quality' and c.relname = any(%s)"
        " or n.nspname = 'restricted' and c.relname = %s)",
        [[schema + CANDIDATE_SUFFIX for schema in PUBLISHED_SCHEMAS], list(JUDGED), WORKLISTS],
    ).fetchall()
    return sorted((str(schema), str(name)) for schema, name in rows)


def columns(connection: Connection, relation: Relation) -> list[str]:
    """Return the columns of a relation in their order."""
    rows = connection.execute(
        "select attname from pg_attribute where attrelid = format('%%I.%%I', %s::text, %s::text)::regclass"
        " and attnum > 0 and not attisdropped order by attnum",
        relation,
    ).fetchall()
    return [str(name) for (name,) in rows]


def _rows(connection: Connection, relation: Relation, release_id: int) -> sql.Composed:
    """Return the query of a relation's rows, each as one text of all columns that are compared."""
    schema, name = relation
    left_out = [*NOT_COMPARED, *(JUDGED.get(name, ()) if schema == "quality" else ())]
    is_of_release = schema == "quality" and "release_id" in columns(connection, relation)
    return sql.SQL("select (to_jsonb(t) - {}::text[])::text as row_text from {} as t{}").format(
        sql.Literal(left_out),
        sql.Identifier(schema, name),
        sql.SQL(" where release_id = {}").format(sql.Literal(release_id)) if is_of_release else sql.SQL(""),
    )


def _sum(connection: Connection, rows: sql.Composed) -> Sum:
    query = sql.SQL("select count(*), coalesce(sum(hashtextextended(row_text, 0)), 0) from ({}) as rows").format(rows)
    count, digest = connection.execute(query).fetchone() or (0, 0)
    return Sum(int(str(count)), int(str(digest)))


def _texts(warehouse: Warehouse, relation: Relation, release_id: int) -> list[str]:
    with warehouse.raw_connection() as connection:
        if relation not in relations(connection):
            return []
        return [str(row) for (row,) in connection.execute(_rows(connection, relation, release_id)).fetchall()]


def _only(rows: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """Return the first rows that the others lack; the council is made up, and its rows may be shown."""
    return tuple(sorted(set(rows) - set(others))[:MOST_KEYS])
