"""The tables behind the published views: made, and brought up to date with the candidate, before anything is copied."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from psycopg import sql

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy import roles, safeguards
from csc_warehouse.publication import views
from csc_warehouse.publication.published_relations import BLOCK, CANDIDATE_SUFFIX, PublishedRelation, registered
from csc_warehouse.publication.session import Connection, patiently, transaction
from csc_warehouse.warehouse import Warehouse

LOGGER = logging.getLogger(__name__)

OWN_COLUMNS = {
    "partition": {"release_id": "bigint not null"},
    "range": {
        "from_release_id": "bigint not null",
        "to_release_id": "bigint",
        "row_hash": "bigint not null",
    },
}
RESERVED = frozenset(name for columns in OWN_COLUMNS.values() for name in columns)

STORED_AS = {"character varying": "text", "character": "text"}
"""Lengths are the contract's business; a view's column could not follow when one grows."""
BLOCKS_LEAD = BLOCK // 2
"""A table is attached at least so many releases before the first that is written to it."""
SAFE_WIDENINGS = frozenset(
    {
        ("smallint", "integer"),
        ("smallint", "bigint"),
        ("smallint", "numeric"),
        ("integer", "bigint"),
        ("integer", "numeric"),
        ("bigint", "numeric"),
        ("real", "double precision"),
    }
)
"""From what the build makes to what is stored: these lose nothing when they are stored."""


@dataclass(frozen=True)
class Column:
    """A column's name and its type without length."""

    name: str
    type_name: str


@dataclass(frozen=True)
class StoredRelation:
    """A published relation with the columns that its storage has: what store() copies and the view shows."""

    relation: PublishedRelation
    columns: tuple[Column, ...]


def columns_of(
    connection: Connection, relations: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Column, ...]]:
    """Read the columns of several relations, in their order, by (schema, name); missing relations are left out."""
    rows = connection.execute(
        "select w.schema_name, w.relation_name, a.attname, format_type(a.atttypid, null)"
        " from unnest(%s::text[], %s::text[]) as w (schema_name, relation_name)"
        " inner join pg_namespace as n on n.nspname = w.schema_name"
        " inner join pg_class as c on c.relnamespace = n.oid and c.relname = w.relation_name"
        " and c.relkind in ('r', 'p', 'v', 'm', 'f')"
        " inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " order by w.schema_name, w.relation_name, a.attnum",
        [[schema for schema, _ in relations], [name for _, name in relations]],
    )
    found: dict[tuple[str, str], tuple[Column, ...]] = {}
    for schema, name, column, type_name in rows:
        found[schema, name] = (
            *found.get((schema, name), ()),
            Column(str(column), STORED_AS.get(str(type_name), str(type_name))),
        )
    return found


def synchronise(warehouse: Warehouse, release_id: int) -> list[StoredRelation]:
    """Bring storage, views, row policies, comments and grants up to date with the candidate; return what to store.

    Everything is judged before anything is changed. Objects that need no change are not touched, and each change
    is a short transaction that gives way to readers. Raises CscWarehouseError naming the relation and what to do
    when a column was dropped, or changed its type or key: readers' own views stand on it.
    """
    with transaction(warehouse) as connection:
        relations = registered(connection)
        _refuse_lost_relations(registered(connection, is_current=False))
        if not relations:
            raise CscWarehouseError(
                "No relation is registered for publication: build first, so that the models' metadata are known."
            )
        candidates = columns_of(connection, [(r.schema + CANDIDATE_SUFFIX, r.name) for r in relations])
        stored = columns_of(connection, [("release", r.storage_name) for r in relations])
        plans = [
            (
                relation,
                _planned_columns(
                    relation,
                    candidates.get((relation.schema + CANDIDATE_SUFFIX, relation.name)),
                    stored.get(("release", relation.storage_name)),
                ),
            )
            for relation in relations
        ]
        for relation, _ in plans:
            _refuse_other_key(connection, relation)
        owner = views.OWNER if views.has_owner(connection) else None
        due = [_due(connection, relation, columns, owner, release_id) for relation, columns in plans]
    roles.apply_grants(warehouse)
    changing = [one for one in due if one.is_anything]
    for one in changing:
        patiently(
            warehouse,
            partial(_bring_up_to_date, due=one),
            what=f"Bringing the storage of {one.relation} up to date",
        )
        LOGGER.info("Storage of %s is up to date (%s new columns).", one.relation, len(one.new_columns))
    if changing:
        roles.apply_grants(warehouse)
    require_row_security(warehouse)
    return [StoredRelation(relation, columns) for relation, columns in plans]


def require_row_security(warehouse: Warehouse) -> None:
    """Stop where readers would see rows that are not theirs, unless the configuration accepts that.

    Raises CscWarehouseError saying where row-level security does not hold and what to do.
    """
    with warehouse.acting_as(None).transaction() as connection:
        lacking = safeguards.lacking_roles(connection)
        clauses = safeguards.without_row_security(connection)
    if not lacking and not clauses:
        return
    sentence = safeguards.refusal(lacking) if lacking else safeguards.unguarded(clauses)
    if not warehouse.settings.config.safeguards.without_roles:
        raise CscWarehouseError(sentence)
    LOGGER.warning("Published by safeguards.without_roles although: %s", sentence)


def _refuse_lost_relations(lost: Sequence[PublishedRelation]) -> None:
    if lost:
        raise CscWarehouseError(
            f"{lost[0]} is published, and the build no longer makes it: restore its model, "
            f"or retire it for good (csc-warehouse retire {lost[0]})."
        )


def _planned_columns(
    relation: PublishedRelation, candidate: tuple[Column, ...] | None, stored: tuple[Column, ...] | None
) -> tuple[Column, ...]:
    """Return the columns that storage is to have: those it has, then new ones. Raise CscWarehouseError otherwise."""
    if candidate is None:
        raise CscWarehouseError(f"{relation} is to be published, but the build did not make it: build again.")
    reserved = sorted(RESERVED & {column.name for column in candidate})
    if reserved:
        raise CscWarehouseError(f"{relation} has a column {reserved[0]}, a name that releases use: rename it.")
    names = {column.name for column in candidate}
    needed = {*relation.key_columns, *(column for columns in relation.indexes for column in columns)}
    needed |= set() if relation.is_shared else {views.AUTHORITY}
    absent = sorted(needed - names)
    if absent:
        raise CscWarehouseError(
            f"{relation} has no column {absent[0]}, which its publication needs (key, index or authority): "
            "add it, or correct the model's metadata."
        )
    if stored is None:
        return candidate
    own = OWN_COLUMNS[relation.kind]
    if set(own) - {column.name for column in stored}:
        raise CscWarehouseError(
            f"{relation} is stored another way than by {relation.kind}: keep meta.publication as it was, "
            "or retire the relation first."
        )
    kept = tuple(column for column in stored if column.name not in own)
    made = {column.name: column.type_name for column in candidate}
    for column in kept:
        type_name = made.get(column.name)
        if type_name is None:
            raise CscWarehouseError(
                f"{relation} is published with a column {column.name} that the build no longer makes: readers' own "
                "views stand on it. Keep it in the model (null where it has no meaning any more)."
            )
        if type_name != column.type_name and (type_name, column.type_name) not in SAFE_WIDENINGS:
            raise CscWarehouseError(
                f"{relation}.{column.name} is published as {column.type_name} and the build now makes {type_name}: "
                "readers' own views stand on it. Cast it back in the model, or give the new content a new column."
            )
    known = {column.name for column in kept}
    return kept + tuple(column for column in candidate if column.name not in known)


def _key_of_storage(relation: PublishedRelation) -> tuple[str, ...]:
    """Return the primary key of the stored table."""
    if not relation.key_columns:
        return ()
    if relation.kind == "range":
        return (*relation.key_columns, "from_release_id")
    return ("release_id", *relation.key_columns)


def _stored_key(connection: Connection, relation: PublishedRelation) -> tuple[str, ...]:
    rows = connection.execute(
        "select a.attname from pg_index as i"
        " cross join lateral unnest(i.indkey) with ordinality as k (attnum, place)"
        " inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum"
        " where i.indrelid = to_regclass(%s) and i.indisprimary order by k.place",
        [relation.storage.as_string(connection)],
    )
    return tuple(str(name) for (name,) in rows)


def _refuse_other_key(connection: Connection, relation: PublishedRelation) -> None:
    stored = _stored_key(connection, relation)
    if stored and set(stored) != set(_key_of_storage(relation)):
        raise CscWarehouseError(
            f"{relation} is stored by the key ({', '.join(stored)}) and its contract now says "
            f"({', '.join(relation.key_columns)}): keep the key, or publish the new grain under a new name."
        )


@dataclass(frozen=True)
class _Due:
    """What one relation's storage lacks."""

    relation: PublishedRelation
    columns: tuple[Column, ...]
    is_new: bool
    new_columns: tuple[Column, ...]
    indexes: tuple[tuple[str, ...], ...]
    blocks: tuple[int, ...]
    is_view_due: bool
    is_policy_due: bool

    @property
    def is_anything(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(
            self.is_new or self.new_columns or self.indexes or self.blocks or self.is_view_due or self.is_policy_due
        )

    @property
    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [column.name for column in self.columns]


def _due(
    connection: Connection,
    relation: PublishedRelation,
    columns: tuple[Column, ...],
    owner: str | None,
    release_id: int,
) -> _Due:
    """Find what one relation's storage lacks; bring its comments up to date, which disturbs nobody."""
    names = [column.name for column in columns]
    present = columns_of(connection, [("release", relation.storage_name)]).get(("release", relation.storage_name))
    has_view, view_owner, view_digest, policy_digest = connection.execute(
        "select c.oid is not null, pg_get_userbyid(c.relowner), r.view_sha256, r.policy_sha256"
        " from release.relations as r left join pg_class as c on c.oid = to_regclass(%s) and c.relkind = 'v'"
        " where r.schema_name = %s and r.relation_name = %s",
        [relation.view.as_string(connection), relation.schema, relation.name],
    ).fetchone() or (False, None, None, None)
    is_owned = owner is None or view_owner == owner
    due = _Due(
        relation=relation,
        columns=columns,
        is_new=present is None,
        new_columns=tuple(column for column in columns if present is not None and column not in present),
        indexes=_missing_indexes(connection, relation),
        blocks=_missing_blocks(connection, relation, release_id),
        is_view_due=not has_view
        or not is_owned
        or view_digest != views.digest(views.rows_at_pointer(relation, names), connection),
        is_policy_due=present is None or policy_digest != views.digest(views.row_policy(relation, names), connection),
    )
    if not due.is_view_due and views.put_comments(connection, relation, names):
        LOGGER.info("Comments of %s brought up to date.", relation)
    return due


def _bring_up_to_date(connection: Connection, due: _Due) -> None:
    """Make or change what one relation's storage lacks."""
    relation = due.relation
    if due.is_new:
        _create(connection, relation, due.columns)
    for column in due.new_columns:
        connection.execute(
            sql.SQL("alter table {storage} add column {column} {type}").format(
                storage=relation.storage, column=sql.Identifier(column.name), type=sql.SQL(column.type_name)
            )
        )
    for first in due.blocks:
        _attach_block(connection, relation, first)
    for index in due.indexes:
        _create_index(connection, relation, index)
    query = views.rows_at_pointer(relation, due.names)
    policy = views.row_policy(relation, due.names)
    if due.is_policy_due:
        views.put_policy(connection, relation, policy)
    if due.is_view_due:
        views.put_view(connection, relation, query)
    views.put_comments(connection, relation, due.names)
    connection.execute(
        "update release.relations set view_sha256 = %s, policy_sha256 = %s"
        " where schema_name = %s and relation_name = %s",
        [views.digest(query, connection), views.digest(policy, connection), relation.schema, relation.name],
    )


def _create(connection: Connection, relation: PublishedRelation, columns: Sequence[Column]) -> None:
    definitions = [f"{name} {type_name}" for name, type_name in OWN_COLUMNS[relation.kind].items()]
    listed = sql.SQL(", ").join(
        [
            *(sql.SQL(definition) for definition in definitions),
            *(sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type_name)) for column in columns),
        ]
    )
    # rows that end are updated in place: the room left in each page keeps their index entries as they are
    storing = "partition by range (release_id)" if relation.kind == "partition" else "with (fillfactor = 90)"
    connection.execute(
        sql.SQL("create table {storage} ({columns}) {storing}").format(
            storage=relation.storage, columns=listed, storing=sql.SQL(storing)
        )
    )
    if relation.kind == "partition" and relation.key_columns:
        add_key(connection, relation)
    elif relation.kind == "partition":
        _create_index(connection, relation, ())
    # a range table gets its key after its first rows, which is twice as fast


def add_key(connection: Connection, relation: PublishedRelation) -> None:
    """Give a stored table its primary key, unless it has it."""
    key = _key_of_storage(relation)
    if key and not _stored_key(connection, relation):
        connection.execute(
            sql.SQL("alter table {storage} add primary key ({columns})").format(
                storage=relation.storage, columns=sql.SQL(", ").join(map(sql.Identifier, key))
            )
        )


def _missing_blocks(connection: Connection, relation: PublishedRelation, release_id: int) -> tuple[int, ...]:
    """List the first releases of the blocks that this release and the BLOCKS_LEAD after it need and do not have.

    A transaction that has read a relation goes on with the tables that it knew then; at READ COMMITTED it would see
    the pointer move to a release in a table that it does not know, and find nothing. So tables are attached many
    releases before anything is written to them.
    """
    if relation.kind != "partition":
        return ()
    needed = range(1 + (release_id - 1) // BLOCK * BLOCK, release_id + BLOCKS_LEAD + 1, BLOCK)
    rows = connection.execute(
        "select w.first from unnest(%s::bigint[], %s::text[]) as w (first, name)"
        " where not exists (select from pg_inherits as i where i.inhrelid = to_regclass(w.name)) order by w.first",
        [list(needed), [relation.block(first).as_string(connection) for first in needed]],
    )
    return tuple(int(first) for (first,) in rows)


def _attach_block(connection: Connection, relation: PublishedRelation, first: int) -> None:
    """Make an empty table for a block of releases and attach it, which makes no reader wait."""
    names = {
        "storage": relation.storage,
        "block": relation.block(first),
        "first": sql.Literal(first),
        "end": sql.Literal(first + BLOCK),
    }
    connection.execute(sql.SQL("create table {block} (like {storage} including defaults)").format(**names))
    connection.execute(
        sql.SQL("alter table {storage} attach partition {block} for values from ({first}) to ({end})").format(**names)
    )


def _index_name(relation: PublishedRelation, columns: Sequence[str]) -> str:
    suffix = hashlib.sha256("|".join(columns).encode()).hexdigest()[:8]
    return f"{relation.storage_name[:50]}__{suffix}"


def _missing_indexes(connection: Connection, relation: PublishedRelation) -> tuple[tuple[str, ...], ...]:
    rows = connection.execute(
        "select c.relname from pg_index as i inner join pg_class as c on c.oid = i.indexrelid"
        " where i.indrelid = to_regclass(%s)",
        [relation.storage.as_string(connection)],
    )
    present = {str(name) for (name,) in rows}
    return tuple(columns for columns in relation.indexes if _index_name(relation, columns) not in present)


def _create_index(connection: Connection, relation: PublishedRelation, columns: Sequence[str]) -> None:
    """Index columns of a stored relation; where a table holds whole releases, within each: readers ask for one."""
    own = ["release_id"] if relation.kind == "partition" else []
    connection.execute(
        sql.SQL("create index {name} on {storage} ({columns})").format(
            name=sql.Identifier(_index_name(relation, columns)),
            storage=relation.storage,
            columns=sql.SQL(", ").join(map(sql.Identifier, [*own, *columns])),
        )
    )
