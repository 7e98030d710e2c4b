"""The stable views that readers see, and the row policies of the tables behind them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from psycopg import sql

from csc_warehouse.publication.published_relations import PublishedRelation
from csc_warehouse.publication.session import Connection

OWNER = "csc_owner"
AUTHORITY = "authority_code"
CHILD_KEY = "child_key"
RESTRICTED = "restricted"
PROFILE = "profile"
SOURCE = "source_name"
FRESH_UNTIL = "fresh_until_date"
"""The day up to which a record's case system is read: another one each night, and the same for all of its records."""
SYSTEMS = PublishedRelation(
    schema="marts", name="dim_authority_systems", kind="partition", key_columns=(AUTHORITY, SOURCE)
)
"""Says of each release up to which day each case system is read."""

RELEASE_ID_COMMENT = "The release that this row belongs to; one per authority at any time."
OWN_COLUMN_COMMENTS: dict[str, dict[str, str]] = {
    "partition": {"release_id": "The release that this row belongs to."},
    "range": {
        "from_release_id": "First release that holds this row.",
        "to_release_id": "First release that no longer does; null: the latest stored one does.",
        "row_hash": "By which a row of the next release is known to be the same.",
    },
}
"""What storage has beside the model's columns."""


def follows_systems(relation: PublishedRelation, columns: Sequence[str]) -> bool:
    """Tell whether the day up to which a record's system is read is shown from the release's systems.

    Stored with each record it would make every record another one every night, where only what changed is written. What
    is stored instead is nothing, or a day that is not the system's.
    """
    return relation.kind == "range" and {AUTHORITY, SOURCE, FRESH_UNTIL} <= set(columns)


def rows_at_pointer(relation: PublishedRelation, columns: Sequence[str]) -> sql.Composed:
    """Return the query behind a published view: release_id, then its columns, of the release that readers see.

    Pointer and rows are read in one statement, so that every reader sees one whole release per authority at any
    isolation level. release_id comes first, because a view that is replaced may only gain columns at its end.
    """
    selected = sql.SQL(", ").join(sql.Identifier("s", column) for column in columns)
    if follows_systems(relation, columns):
        selected = sql.SQL(", ").join(
            sql.SQL("coalesce(s.{day}, y.as_at_date) as {day}").format(day=sql.Identifier(column))
            if column == FRESH_UNTIL
            else sql.Identifier("s", column)
            for column in columns
        )
        return sql.SQL(
            "select p.release_id, {columns} from release.pointer as p inner join {storage} as s"
            " on s.authority_code = p.authority_code and s.from_release_id <= p.release_id"
            " and (s.to_release_id is null or s.to_release_id > p.release_id)"
            " left join {systems} as y on y.release_id = p.release_id"
            " and y.authority_code = s.authority_code and y.source_name = s.source_name"
        ).format(columns=selected, storage=relation.storage, systems=SYSTEMS.storage)
    if relation.is_shared:
        return sql.SQL(
            "select s.release_id, {columns} from {storage} as s"
            " where s.release_id = (select max(p.release_id) from release.pointer as p)"
        ).format(columns=selected, storage=relation.storage)
    if relation.kind == "range":
        return sql.SQL(
            "select p.release_id, {columns} from release.pointer as p inner join {storage} as s"
            " on s.authority_code = p.authority_code and s.from_release_id <= p.release_id"
            " and (s.to_release_id is null or s.to_release_id > p.release_id)"
        ).format(columns=selected, storage=relation.storage)
    # nothing but the join: of bounds whose values it does not know the planner expects one row in two hundred, and then
    # joins two views row by row; the other releases' tables are skipped while the join runs
    return sql.SQL(
        "select p.release_id, {columns} from release.pointer as p inner join {storage} as s"
        " on s.authority_code = p.authority_code and s.release_id = p.release_id"
    ).format(columns=selected, storage=relation.storage)


def rows_at_release(relation: PublishedRelation, release_id: int) -> sql.Composed:
    """Return a from-item with a relation's stored rows of any one release, pointed at or not.

    For comparisons and revisions by the warehouse's own login: it passes by the pointer.
    """
    if relation.kind == "range":
        return sql.SQL(
            "(select * from {storage} where from_release_id <= {release}"
            " and (to_release_id is null or to_release_id > {release}))"
        ).format(storage=relation.storage, release=sql.Literal(release_id))
    return sql.SQL("(select * from {storage} where release_id = {release})").format(
        storage=relation.storage, release=sql.Literal(release_id)
    )


def row_policy(relation: PublishedRelation, columns: Sequence[str]) -> sql.Composed | None:
    """Return who may see which stored rows; None where rows belong to no authority and no child.

    Analysts see the rows of their authorities, readers those of the one profile that is theirs; whoever asks must read
    the schema, by whose view ever it is asked. Rows that key a
    restricted child are for reviewers (deliveries.md section 7, Identity): they count in every figure and are met in
    no list. Lookups are made once per query.
    """
    terms: list[sql.Composable] = []
    if AUTHORITY in columns:
        terms.append(
            sql.SQL(
                "({of_all}(select a.{sees_all} from release.access as a)"
                " or (select a.{reads} from release.access as a)"
                " and authority_code in (select v.authority_code from release.visible_authorities as v))"
            ).format(
                # a register may have rows for one authority beside rows for all
                of_all=sql.SQL("authority_code is null or " if relation.is_shared else ""),
                sees_all=sql.Identifier(f"sees_all_{relation.schema}"),
                reads=sql.Identifier(f"reads_{relation.schema}"),
            )
        )
    if PROFILE in columns:
        terms.append(sql.SQL("profile in (select v.profile from release.visible_profiles as v)"))
    terms.extend(
        sql.SQL(
            "({column} is null or (select a.sees_restricted_children from release.access as a)"
            " or {column} not in (select h.child_key from release.hidden_children as h))"
        ).format(column=sql.Identifier(column))
        for column in columns
        if column == CHILD_KEY or column.endswith(f"_{CHILD_KEY}")
    )
    if relation.schema == RESTRICTED:
        # asked once a statement, before its first row: without a record of the reader nothing is read. It never gives
        # null: of a bare yes or no the planner expects every second row
        terms.append(sql.SQL("(select quality.note_query({})) is not null").format(sql.Literal(str(relation))))
    return sql.SQL(" and ").join(terms) if terms else None


def digest(statement: sql.Composable | None, connection: Connection) -> str:
    """Return a digest of a statement's text, by which a later run knows that nothing has changed."""
    text = "" if statement is None else statement.as_string(connection)
    return hashlib.sha256(text.encode()).hexdigest()


def has_owner(connection: Connection) -> bool:
    """Tell whether the role that is to own the views exists and this login may act for it."""
    row = connection.execute(
        "select exists (select from pg_roles where rolname = %s and pg_has_role(current_user, oid, 'usage'))", [OWNER]
    ).fetchone()
    return bool(row and row[0])


def put_view(connection: Connection, relation: PublishedRelation, query: sql.Composed) -> None:
    """Make or replace a published view without changing its identity, owned by csc_owner where there is one.

    A barrier keeps a reader's own functions from being shown rows of releases that were held.
    """
    connection.execute(
        sql.SQL("create or replace view {view} with (security_barrier = true) as {query}").format(
            view=relation.view, query=query
        )
    )
    if has_owner(connection):
        connection.execute(
            sql.SQL("grant select on {storage} to {owner}").format(
                storage=relation.storage, owner=sql.Identifier(OWNER)
            )
        )
        connection.execute(
            sql.SQL("alter view {view} owner to {owner}").format(view=relation.view, owner=sql.Identifier(OWNER))
        )


def put_policy(connection: Connection, relation: PublishedRelation, policy: sql.Composed | None) -> None:
    """Set the row policy of a stored relation; it holds for the views' owner, and so for everyone who reads them."""
    connection.execute(sql.SQL("drop policy if exists readers on {}").format(relation.storage))
    if policy is None:
        connection.execute(sql.SQL("alter table {} disable row level security").format(relation.storage))
        return
    connection.execute(
        sql.SQL("create policy readers on {storage} for select using ({policy})").format(
            storage=relation.storage, policy=policy
        )
    )
    connection.execute(sql.SQL("alter table {} enable row level security").format(relation.storage))


def put_comments(connection: Connection, relation: PublishedRelation, columns: Sequence[str]) -> int:
    """Copy the models' descriptions to view, stored table and columns where they differ; return how many did."""
    described = {column: relation.column_descriptions.get(column, "") for column in columns}
    view = {"": relation.description, "release_id": RELEASE_ID_COMMENT, **described}
    stored = {"": stored_comment(relation), **OWN_COLUMN_COMMENTS[relation.kind], **described}
    return _describe(connection, "view", (relation.schema, relation.name), view) + _describe(
        connection, "table", ("release", relation.storage_name), stored
    )


def stored_comment(relation: PublishedRelation) -> str:
    """Return what the table behind a view says of itself."""
    return f"Stored releases of {relation}. Read the view, not this."


def _describe(connection: Connection, kind: str, name: tuple[str, str], wanted: Mapping[str, str]) -> int:
    """Comment on a relation (blank) and those of its columns that are there, where they say something else."""
    rows = connection.execute(
        "select coalesce(a.attname, ''), coalesce(d.description, '')"
        " from pg_class as c"
        " cross join lateral (select null::name as attname, 0 as attnum union all"
        " select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as a"
        " left join pg_description as d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass"
        " and d.objsubid = a.attnum"
        " where c.oid = to_regclass(%s)",
        [sql.Identifier(*name).as_string(connection)],
    )
    present = {str(column): str(description) for column, description in rows}
    changed = 0
    for column, description in wanted.items():
        if description == present.get(column, description):
            continue
        target = (
            sql.SQL("column {}").format(sql.Identifier(*name, column))
            if column
            else sql.SQL("{} {}").format(sql.SQL(kind), sql.Identifier(*name))
        )
        connection.execute(
            sql.SQL("comment on {target} is {text}").format(target=target, text=sql.Literal(description or None))
        )
        changed += 1
    return changed
