"""The seal on a candidate: what is published is what was checked, to the row."""

from __future__ import annotations

from psycopg import sql

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.publication.published_relations import CANDIDATE_SUFFIX, PUBLISHED_SCHEMAS
from csc_warehouse.publication.session import Connection, transaction
from csc_warehouse.warehouse import Warehouse


def seal(warehouse: Warehouse, release_id: int) -> None:
    """Remember the candidate as it was checked; the seal of an earlier check of the release is replaced."""
    with transaction(warehouse) as connection:
        connection.execute(
            "insert into release.candidate_seals (release_id, fingerprint) values (%s, %s)"
            " on conflict (release_id) do update set fingerprint = excluded.fingerprint",
            [release_id, _fingerprint(connection)],
        )


def require_unchanged(warehouse: Warehouse, release_id: int) -> None:
    """Check that nobody has written to the candidate since it was checked.

    Raises CscWarehouseError otherwise: its verdict is then about other rows.
    """
    if not is_unchanged(warehouse, release_id):
        raise CscWarehouseError(
            f"The candidate of release {release_id} has changed since it was checked, so the checks do not speak of it:"
            " run csc-warehouse check, then publish. Readers still see the last release."
        )


def is_unchanged(warehouse: Warehouse, release_id: int) -> bool:
    """Tell whether a candidate was checked and nobody has written to it since."""
    with transaction(warehouse) as connection:
        row = connection.execute(
            "select fingerprint from release.candidate_seals where release_id = %s", [release_id]
        ).fetchone()
        return row is not None and row[0] == _fingerprint(connection)


def _fingerprint(connection: Connection) -> str:
    """Return what any insert, update, delete or replacement of a table of the candidate changes.

    Each write leaves its transaction's number on the rows that it wrote, a deletion leaves fewer rows: counting both
    takes a tenth of the time that the contents would.
    """
    tables = connection.execute(
        "select n.nspname, c.relname, c.oid::bigint, c.relfilenode::bigint from pg_class as c"
        " inner join pg_namespace as n on n.oid = c.relnamespace"
        " where c.relkind = 'r' and n.nspname = any(%s) order by 1, 2",
        [[schema + CANDIDATE_SUFFIX for schema in PUBLISHED_SCHEMAS]],
    ).fetchall()
    counts = [
        sql.SQL("select {}, count(*), max(xmin::text::bigint) from {}").format(name, sql.Identifier(schema, table))
        for schema, table, *_ in tables
        for name in [sql.Literal(f"{schema}.{table}")]
    ]
    if not counts:
        return ""
    query = sql.SQL("select md5(string_agg(t::text, ';' order by t.name)) from ({}) as t (name, row_count, written)")
    row = connection.execute(query.format(sql.SQL(" union all ").join(counts))).fetchone()
    files = ";".join(f"{schema}.{table}:{oid}:{node}" for schema, table, oid, node in tables)
    return f"{row[0] if row else ''} {files}"
