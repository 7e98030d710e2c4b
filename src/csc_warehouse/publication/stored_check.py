"""What readers see against what was checked: a stored release is its candidate, relation for relation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from csc_warehouse.publication.ledger import as_at_dates
from csc_warehouse.publication.published_relations import CANDIDATE_SUFFIX, PublishedRelation, registered
from csc_warehouse.publication.release_tables import RESERVED, Column, columns_of
from csc_warehouse.publication.release_writing import UNHASHABLE, WORKING_MEMORY
from csc_warehouse.publication.seal import is_unchanged
from csc_warehouse.publication.session import Connection, transaction
from csc_warehouse.publication.views import AUTHORITY, FRESH_UNTIL, SOURCE, SYSTEMS, follows_systems, rows_at_release
from csc_warehouse.warehouse import Warehouse

_LATEST = (
    "select release_id from release.releases where state in ('stored', 'published', 'held')"
    " order by release_id desc limit 1"
)


@dataclass(frozen=True)
class StoredCheck:
    """How many relations of a release were compared with its candidate, and what each that differs says.

    release_id None: no candidate is there to compare with, as none was stored, or it was written to since.
    """

    release_id: int | None
    compared: int
    differing: tuple[str, ...]


def check_stored(warehouse: Warehouse) -> StoredCheck:
    """Compare the release that was stored last with the candidate that it was made from, by counts and sums of hashes.

    Large relations are stored as what differs from the release before, so that a fault there would stay for good.
    """
    with transaction(warehouse) as connection:
        found = connection.execute(_LATEST).fetchone()
    if found is None or not is_unchanged(warehouse, int(found[0])):
        return StoredCheck(None, 0, ())
    release_id = int(found[0])
    with transaction(warehouse) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.execute(f"set local work_mem = '{WORKING_MEMORY}'")
        relations = registered(connection)
        stored = columns_of(connection, [("release", relation.storage_name) for relation in relations])
        built = columns_of(connection, [(r.schema + CANDIDATE_SUFFIX, r.name) for r in relations])
        authorities = sorted(as_at_dates(connection, release_id))
        sentences = []
        for relation in relations:
            columns = [c for c in stored.get(("release", relation.storage_name), ()) if c.name not in RESERVED]
            names = {column.name for column in built.get((relation.schema + CANDIDATE_SUFFIX, relation.name), ())}
            sentence = _difference(
                connection, relation, [c for c in columns if c.name in names], release_id, authorities
            )
            if sentence:
                sentences.append(sentence)
    return StoredCheck(release_id, len(relations), tuple(sentences))


def _difference(
    connection: Connection,
    relation: PublishedRelation,
    columns: Sequence[Column],
    release_id: int,
    authorities: Sequence[str],
) -> str:
    """Return what differs between what is stored and what was built; nothing where it is the same."""
    is_following = follows_systems(relation, [column.name for column in columns])
    systems: sql.Composable = sql.SQL("")
    if is_following:
        systems = sql.SQL(
            " left join {systems} as y on y.authority_code = s.authority_code and y.source_name = s.{source}"
        ).format(systems=rows_at_release(SYSTEMS, release_id), source=sql.Identifier(SOURCE))
    kept = sql.SQL(" where s.{} = any ({})").format(sql.Identifier(AUTHORITY), sql.Literal(list(authorities)))
    of_these: sql.Composable = kept if relation.kind == "range" else sql.SQL("")
    asked = [
        _counted(columns, rows_at_release(relation, release_id), systems, of_these, is_following=is_following),
        _counted(columns, relation.candidate, sql.SQL(""), of_these, is_following=False),
    ]
    stored, built = (connection.execute(query).fetchone() or (0, None) for query in asked)
    if stored == built:
        return ""
    if stored[0] != built[0]:
        return f"{relation} has {stored[0]} rows where {built[0]} were built"
    return f"{relation} has as many rows as were built ({built[0]}), and not the same"


def _counted(
    columns: Sequence[Column],
    rows: sql.Composable,
    systems: sql.Composable,
    of_these: sql.Composable,
    *,
    is_following: bool,
) -> sql.Composed:
    values = [
        sql.SQL("{value}::{type}").format(
            value=sql.SQL("coalesce(s.{0}, y.as_at_date)").format(sql.Identifier(column.name))
            if is_following and column.name == FRESH_UNTIL
            else sql.Identifier("s", column.name),
            type=sql.SQL("text" if column.type_name in UNHASHABLE else column.type_name),
        )
        for column in columns
    ]
    return sql.SQL(
        "select count(*), sum(hash_record_extended(row({values}), 0)) from {rows} as s{systems}{of_these}"
    ).format(values=sql.SQL(", ").join(values), rows=rows, systems=systems, of_these=of_these)
