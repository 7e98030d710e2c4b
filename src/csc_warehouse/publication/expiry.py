"""Old releases make room: rows that no kept release holds are deleted, tables that hold none are dropped."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.publication.published_relations import BLOCK, PublishedRelation, registered
from csc_warehouse.publication.session import Connection, patiently, transaction
from csc_warehouse.warehouse import Warehouse, locks

LOGGER = logging.getLogger(__name__)

DETACH_WAIT = "2s"
"""How long a detach waits for the readers of a table; what they hold is left for the next time."""
BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.QueryCanceled)


@dataclass(frozen=True)
class ExpirySummary:
    """What an expiry did: releases gone, tables dropped, rows deleted, tables left because readers hold them."""

    expired: tuple[int, ...]
    tables_dropped: int
    rows_deleted: int
    left: tuple[str, ...]


def expire(warehouse: Warehouse, *, keep: int) -> ExpirySummary:
    """Drop the rows of releases beyond the latest `keep`; never of one that readers see, could go back to, or signed.

    Readers are not made to wait; tables that a long query holds are left for the next time. An expiry that was
    killed is completed by the next. Raises CscWarehouseError while a publication runs.
    """
    if keep < 1:
        raise UsageError("keep must be 1 or more: the latest release is always kept.")
    with _alone(warehouse) as connection:
        with connection.transaction():
            kept = _kept(connection, keep)
            expired = tuple(
                sorted(
                    int(row[0])
                    for row in connection.execute(
                        "update release.releases set state = 'expired'"
                        " where state in ('stored', 'published', 'held') and release_id <> all (%s)"
                        " returning release_id",
                        [kept],
                    ).fetchall()
                )
            )
        relations = registered(connection) + registered(connection, is_current=False)
        connection.execute(f"set lock_timeout = '{DETACH_WAIT}'")
        dropped, deleted = 0, 0
        left: list[str] = []
        for relation in relations:
            if relation.kind == "range":
                deleted += _delete_ended(connection, relation.storage, kept)
                continue
            for block in _empty_blocks(connection, relation, kept):
                try:
                    _drop(connection, relation, block)
                except BUSY:
                    LOGGER.info("%s is held by a reader: it is left for the next expiry.", block.name)
                    left.append(block.name.replace('"', ""))
                    break  # the server takes no second table from a relation before it has finished with the first
                dropped += 1
            deleted += _delete_expired(connection, relation)
        _delete_ended(connection, sql.Identifier("release", "restricted_children"), kept)
    return ExpirySummary(expired, dropped, deleted, tuple(left))


@contextmanager
def _alone(warehouse: Warehouse) -> Iterator[Connection]:
    """Yield a connection outside transactions, as detaching concurrently needs, that holds off publications."""
    with locks.held(
        warehouse, locks.PUBLICATION, what="A publication is running", remedy="expire releases when it has ended."
    ):
        connection = warehouse.raw_connection(autocommit=True)
        try:
            yield connection
        finally:
            connection.close()


def _kept(connection: Connection, keep: int) -> list[int]:
    rows = connection.execute(
        "(select r.release_id from release.releases as r where r.state in ('stored', 'published', 'held')"
        " order by r.release_id desc limit %s)"
        " union select p.release_id from release.pointer as p"
        " union select max(q.release_id) from quality.publications as q"
        " inner join release.releases as r on r.release_id = q.release_id and r.state = 'published'"
        " inner join release.pointer as p on p.authority_code = q.authority_code and q.release_id < p.release_id"
        " where q.published_at is not null group by q.authority_code"
        " union select s.release_id from quality.signed_figures as s",
        [keep],
    )
    return sorted(int(release_id) for (release_id,) in rows)


@dataclass(frozen=True)
class _Block:
    """A table of releases of which none is kept."""

    name: str
    is_attached: bool
    is_pending: bool


def _empty_blocks(connection: Connection, relation: PublishedRelation, kept: Sequence[int]) -> list[_Block]:
    """List the tables of blocks that are past and hold no kept release; one whose detaching was begun comes first."""
    latest = max(kept, default=0)
    pasts = [
        first
        for first in range(1, latest - BLOCK + 1, BLOCK)
        if not any(first <= release_id < first + BLOCK for release_id in kept)
    ]
    rows = connection.execute(
        "select w.name, i.inhrelid is not null, coalesce(i.inhdetachpending, false)"
        " from unnest(%s::text[]) as w (name) left join pg_inherits as i on i.inhrelid = to_regclass(w.name)"
        " where to_regclass(w.name) is not null order by coalesce(i.inhdetachpending, false) desc, w.name",
        [[relation.block(first).as_string(connection) for first in pasts]],
    )
    return [_Block(str(name), bool(attached), bool(pending)) for name, attached, pending in rows]


def _drop(connection: Connection, relation: PublishedRelation, block: _Block) -> None:
    names = {"storage": relation.storage, "block": sql.SQL(block.name)}
    if block.is_attached:
        how = "finalize" if block.is_pending else "concurrently"
        connection.execute(
            sql.SQL("alter table {storage} detach partition {block} {how}").format(**names, how=sql.SQL(how))
        )
    connection.execute(sql.SQL("drop table {block}").format(**names))


def _delete_expired(connection: Connection, relation: PublishedRelation) -> int:
    """Delete the rows of expired releases from tables that hold kept ones too."""
    return connection.execute(
        sql.SQL(
            "delete from {storage} as s using release.releases as r"
            " where r.release_id = s.release_id and r.state = 'expired'"
        ).format(storage=relation.storage)
    ).rowcount


def _delete_ended(connection: Connection, table: sql.Identifier, kept: Sequence[int]) -> int:
    """Delete the rows that hold for none of the kept releases; rows without an end always stay."""
    return connection.execute(
        sql.SQL(
            "delete from {table} as s where s.to_release_id is not null and not exists ("
            "select from unnest({kept}::bigint[]) as k (release_id)"
            " where s.from_release_id <= k.release_id and k.release_id < s.to_release_id)"
        ).format(table=table, kept=sql.Literal(list(kept)))
    ).rowcount


def retire(warehouse: Warehouse, schema: str, name: str) -> None:
    """Take a published relation out of service: its view and every stored release of it are dropped for good.

    Raises CscWarehouseError when other views stand on it, naming them, or when it is not a published relation.
    """
    with transaction(warehouse) as connection:
        known = registered(connection) + registered(connection, is_current=False)
        found = [relation for relation in known if (relation.schema, relation.name) == (schema, name)]
        if not found:
            raise CscWarehouseError(f"{schema}.{name} is not a published relation.")
        dependants = connection.execute(
            "select distinct v.oid::regclass::text from pg_depend as d inner join pg_rewrite as w on w.oid = d.objid"
            " inner join pg_class as v on v.oid = w.ev_class"
            " where d.refobjid = to_regclass(%s) and v.oid <> d.refobjid order by 1",
            [found[0].view.as_string(connection)],
        ).fetchall()
    if dependants:
        listed = ", ".join(str(row[0]) for row in dependants)
        raise CscWarehouseError(f"{schema}.{name} cannot be retired: {listed} stand on it. Drop or change those first.")

    def drop(connection: Connection) -> None:
        connection.execute(sql.SQL("drop view if exists {}").format(found[0].view))
        connection.execute(sql.SQL("drop table if exists {}").format(found[0].storage))
        connection.execute(
            "delete from release.relations where schema_name = %s and relation_name = %s", [schema, name]
        )

    patiently(warehouse, drop, what=f"Retiring {schema}.{name}")
