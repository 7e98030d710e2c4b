"""The candidate becomes a stored release: small relations as a table each, large ones as what changed."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.publication import published_relations
from csc_warehouse.publication.ledger import as_at_dates, state_of
from csc_warehouse.publication.published_relations import PublishedRelation
from csc_warehouse.publication.release_tables import Column, StoredRelation, add_key, columns_of, synchronise
from csc_warehouse.publication.session import Connection, take_publication_lock, transaction
from csc_warehouse.publication.views import AUTHORITY, CHILD_KEY, FRESH_UNTIL, SYSTEMS, follows_systems
from csc_warehouse.warehouse import Warehouse

LOGGER = logging.getLogger(__name__)

MANIFEST = Path("dbt", "target", "manifest.json")
"""Where a build leaves its models' metadata, below the home."""
WORKING_MEMORY = "128MB"
"""For comparing a million rows without a file; the hashes of two relations are never held at once."""
ANALYSE_SHARE = 0.1
"""Where more than this share of a large relation is new, its statistics are gathered anew."""

CHILDREN = PublishedRelation(schema="marts", name="dim_children", kind="partition")
IS_RESTRICTED = "is_restricted"

UNHASHABLE = ("json", "xml")
"""Types without a hash of their own: compared by their text."""


@dataclass(frozen=True)
class Written:
    """What storing did to one relation: rows written, rows that ended, and how long it took."""

    relation: str
    rows_written: int
    rows_ended: int
    seconds: float


@dataclass(frozen=True)
class StoreSummary:
    """What storing one release did; nothing when it was stored already."""

    release_id: int
    relations: tuple[Written, ...]


def store(warehouse: Warehouse, release_id: int, *, manifest_path: Path | None = None) -> StoreSummary:
    """Store the candidate as a release, in one transaction; readers see nothing of it until it is published.

    manifest_path: read the published relations from it first; default: the build's below the home, or where this
    machine did not build, those registered last. Storing a stored release again does nothing. Raises
    CscWarehouseError when a later build has replaced the candidate, when a published column was dropped or changed
    its type, or when a key is not one.
    """
    if not _is_open(warehouse, release_id):
        return StoreSummary(release_id, ())
    built_here = warehouse.settings.home / MANIFEST
    if manifest_path is not None or built_here.exists():
        published_relations.register(warehouse, published_relations.read(manifest_path or built_here))
    stored_relations = synchronise(warehouse, release_id)
    written: list[Written] = []
    with transaction(warehouse) as connection:
        take_publication_lock(warehouse, connection)
        if state_of(connection, release_id, for_update=True) != "open":
            return StoreSummary(release_id, ())
        connection.execute(f"set local work_mem = '{WORKING_MEMORY}'")
        authorities = sorted(as_at_dates(connection, release_id))
        if _says_who_is_restricted(warehouse, connection, release_id):
            _store_restricted_children(connection, release_id, authorities)
        for stored in stored_relations:
            started = time.monotonic()
            rows_written, rows_ended = _store_relation(connection, stored, release_id, authorities)
            written.append(Written(str(stored.relation), rows_written, rows_ended, time.monotonic() - started))
        connection.execute(
            "update release.releases set state = 'stored', stored_at = clock_timestamp() where release_id = %s",
            [release_id],
        )
    for entry in written:
        LOGGER.info(
            "%s: %s rows written, %s ended (%.2f s).",
            entry.relation,
            entry.rows_written,
            entry.rows_ended,
            entry.seconds,
        )
    return StoreSummary(release_id, tuple(written))


def _is_open(warehouse: Warehouse, release_id: int) -> bool:
    with transaction(warehouse) as connection:
        state = state_of(connection, release_id)
    if state in ("abandoned", "expired"):
        raise CscWarehouseError(
            f"Release {release_id} can no longer be stored ({state}): a later build replaced its rows. Build again."
        )
    return state == "open"


def _store_relation(
    connection: Connection, stored: StoredRelation, release_id: int, authorities: Sequence[str]
) -> tuple[int, int]:
    try:
        if stored.relation.kind == "partition":
            return _store_partition(connection, stored, release_id), 0
        return _store_range(connection, stored, release_id, authorities)
    except (psycopg.errors.UniqueViolation, psycopg.errors.NotNullViolation):
        # the server's own message shows the row, so it goes no further
        raise CscWarehouseError(
            f"{stored.relation} cannot be stored: ({', '.join(stored.relation.key_columns)}) is empty in a row or "
            "the same in two. Mend the model (its tests should have said so) and build again; "
            "readers still see the last release."
        ) from None


def _selected(columns: Sequence[Column], *, is_following: bool = False) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}::{}").format(_value(column, is_following), sql.SQL(column.type_name)) for column in columns
    )


def _hashed(columns: Sequence[Column], *, is_following: bool) -> sql.Composed:
    """Return the values that tell whether a row changed; equal values hash alike whatever the session's settings."""
    return sql.SQL(", ").join(
        sql.SQL("{}::{}").format(
            _value(column, is_following), sql.SQL("text" if column.type_name in UNHASHABLE else column.type_name)
        )
        for column in columns
    )


def _value(column: Column, is_following: bool) -> sql.Composable:
    """Return what is stored of a column: of the day that the view has from the release's systems nothing."""
    if is_following and column.name == FRESH_UNTIL:
        return sql.SQL("nullif({}, y.as_at_date)").format(sql.Identifier("c", column.name))
    return sql.Identifier("c", column.name)


def _named(columns: Sequence[Column]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)


def _store_partition(connection: Connection, stored: StoredRelation, release_id: int) -> int:
    """Write this release's rows whole, in the order of their key, into a table that has been attached for long."""
    relation, columns = stored.relation, stored.columns
    order: sql.Composable = sql.SQL("")
    if relation.key_columns:
        keys = sql.SQL(", ").join(sql.Identifier("c", name) for name in relation.key_columns)
        order = sql.SQL(" order by {}").format(keys)
    rows = connection.execute(
        sql.SQL(
            "insert into {storage} (release_id, {columns}) select {release}, {selected} from {candidate} as c{order}"
        ).format(
            storage=relation.storage,
            candidate=relation.candidate,
            columns=_named(columns),
            selected=_selected(columns),
            release=sql.Literal(release_id),
            order=order,
        )
    ).rowcount
    _analyse_when_much_is_new(connection, relation, rows)
    return rows


def _store_range(
    connection: Connection, stored: StoredRelation, release_id: int, authorities: Sequence[str]
) -> tuple[int, int]:
    """Write what differs from the latest stored release: rows that ended get their end, new and changed ones a start.

    The latest stored release is what has no end, whatever the pointer says. Authorities that are not in this
    release keep their rows. A row is known by its key and compared by a hash of its values.
    """
    relation, columns = stored.relation, stored.columns
    is_following = follows_systems(relation, [column.name for column in columns])
    if is_following:
        _require_days(connection, relation)
    names = {
        "systems": sql.SQL(
            " left join {} as y on y.authority_code = c.authority_code and y.source_name = c.source_name"
        ).format(SYSTEMS.candidate)
        if is_following
        else sql.SQL(""),
        "storage": relation.storage,
        "candidate": relation.candidate,
        "columns": _named(columns),
        "selected": _selected(columns, is_following=is_following),
        "hash": sql.SQL("hash_record_extended(row({}), 0)").format(_hashed(columns, is_following=is_following)),
        "release": sql.Literal(release_id),
        "authorities": sql.Literal(list(authorities)),
        "is_same_key": sql.SQL(" and ").join(
            sql.SQL("o.{name} = c.{name}").format(name=sql.Identifier(name)) for name in relation.key_columns
        ),
        "key": sql.SQL(", ").join(sql.Identifier(name) for name in relation.key_columns),
    }
    is_first = connection.execute(sql.SQL("select not exists (select from {storage})").format(**names)).fetchone() == (
        True,
    )
    if is_first:
        rows = connection.execute(
            sql.SQL(
                "insert into {storage} (from_release_id, row_hash, {columns})"
                " select {release}, {hash}, {selected} from {candidate} as c{systems}"
                " where c.authority_code = any ({authorities})"
            ).format(**names)
        ).rowcount
        add_key(connection, relation)
        connection.execute(sql.SQL("analyze {storage}").format(**names))
        return rows, 0
    connection.execute(
        sql.SQL(
            "create temporary table changed_rows on commit drop as"
            " select c.place as candidate_place, c.row_hash, o.place as stored_place"
            " from (select c.ctid as place, {hash} as row_hash, {candidate_key} from {candidate} as c{systems}"
            " where c.authority_code = any ({authorities})) as c"
            " full join (select s.ctid as place, s.row_hash, {stored_key} from {storage} as s"
            " where s.to_release_id is null and s.authority_code = any ({authorities})) as o"
            " on {is_same_key}"
            " where c.row_hash is distinct from o.row_hash"
        ).format(
            **names,
            candidate_key=sql.SQL(", ").join(sql.Identifier("c", name) for name in relation.key_columns),
            stored_key=sql.SQL(", ").join(sql.Identifier("s", name) for name in relation.key_columns),
        )
    )
    connection.execute("analyze changed_rows")
    ended = connection.execute(
        sql.SQL(
            "update {storage} as s set to_release_id = {release} from changed_rows as d where s.ctid = d.stored_place"
        ).format(**names)
    ).rowcount
    rows = connection.execute(
        sql.SQL(
            "insert into {storage} (from_release_id, row_hash, {columns})"
            " select {release}, d.row_hash, {selected}"
            " from changed_rows as d inner join {candidate} as c on c.ctid = d.candidate_place{systems}"
        ).format(**names)
    ).rowcount
    connection.execute("drop table changed_rows")
    _analyse_when_much_is_new(connection, relation, rows)
    return rows, ended


def _require_days(connection: Connection, relation: PublishedRelation) -> None:
    """Raise CscWarehouseError where the view would show a day that the build did not make."""
    row = connection.execute(
        sql.SQL(
            "select exists (select from {candidate} as c inner join {systems} as y"
            " on y.authority_code = c.authority_code and y.source_name = c.source_name"
            " where c.{day} is null and y.as_at_date is not null)"
        ).format(candidate=relation.candidate, systems=SYSTEMS.candidate, day=sql.Identifier(FRESH_UNTIL))
    ).fetchone()
    if row == (True,):
        raise CscWarehouseError(
            f"{relation} cannot be stored: {FRESH_UNTIL} is empty in a row whose case system has been read up to a day."
            " Mend the model and build again; readers still see the last release."
        )


def _analyse_when_much_is_new(connection: Connection, relation: PublishedRelation, rows_written: int) -> None:
    row = connection.execute(
        "select reltuples from pg_class where oid = to_regclass(%s)", [relation.storage.as_string(connection)]
    ).fetchone()
    if row and rows_written > ANALYSE_SHARE * max(float(row[0]), 1):
        connection.execute(sql.SQL("analyze {}").format(relation.storage))


def _says_who_is_restricted(warehouse: Warehouse, connection: Connection, release_id: int) -> bool:
    """Tell whether the candidate says of each child whether its record is restricted; False: it was accepted without.

    Raises CscWarehouseError where it does not and the configuration does not accept that.
    """
    schema, name = CHILDREN.schema + published_relations.CANDIDATE_SUFFIX, CHILDREN.name
    names = {column.name for column in columns_of(connection, [(schema, name)]).get((schema, name), ())}
    lacking = sorted({AUTHORITY, CHILD_KEY, IS_RESTRICTED} - names)
    unsaid = 0
    if not lacking:
        row = connection.execute(
            sql.SQL("select count(*) from {} where is_restricted is null").format(CHILDREN.candidate)
        ).fetchone()
        unsaid = int(row[0]) if row else 0
    if not lacking and not unsaid:
        return True
    what = f"has no column {', '.join(lacking)}" if lacking else f"leaves {IS_RESTRICTED} empty for {unsaid} children"
    sentence = (
        f"Release {release_id} does not say whose records are restricted: {CHILDREN} {what}. Restore the model and "
        "build again, or accept that no child is hidden with safeguards.without_restricted_marks = true in the "
        "configuration, which status then names; readers still see the last release."
    )
    if not warehouse.settings.config.safeguards.without_restricted_marks:
        raise CscWarehouseError(sentence)
    LOGGER.warning("Stored by safeguards.without_restricted_marks although: %s", sentence)
    return not lacking


def _store_restricted_children(connection: Connection, release_id: int, authorities: Sequence[str]) -> None:
    """Keep whose records are restricted: from now on nobody but a reviewer meets them, in any release shown."""
    names = {
        "candidate": CHILDREN.candidate,
        "release": sql.Literal(release_id),
        "authorities": sql.Literal(list(authorities)),
    }
    connection.execute(
        sql.SQL(
            "update release.restricted_children as r set to_release_id = {release}"
            " where r.to_release_id is null and r.authority_code = any ({authorities}) and not exists ("
            "select from {candidate} as c where c.authority_code = r.authority_code and c.child_key = r.child_key"
            " and c.is_restricted)"
        ).format(**names)
    )
    connection.execute(
        sql.SQL(
            "insert into release.restricted_children (authority_code, child_key, from_release_id)"
            " select c.authority_code, c.child_key, {release} from {candidate} as c"
            " where c.is_restricted and c.authority_code = any ({authorities}) and not exists ("
            "select from release.restricted_children as r where r.authority_code = c.authority_code"
            " and r.child_key = c.child_key and r.to_release_id is null)"
        ).format(**names)
    )
