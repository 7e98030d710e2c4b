"""How grants are given, taken and kept: from the server's own catalogue, one statement for each thing that differs."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from csc_warehouse.privacy.grants import (
    FUNCTIONS,
    GRANTS,
    HIDDEN_COLUMNS,
    JOURNAL,
    OWNER,
    PIPELINE,
    REVIEWER,
    SCHEMAS,
    SECRETS,
    Grant,
    allowed,
)
from csc_warehouse.sql_files import quoted, statement

LOGGER = logging.getLogger(__name__)
INSUFFICIENT_PRIVILEGE = "42501"
UNDEFINED_TABLE = "42P01"
_logged: set[str] = set()


MISSING_RELATION_PRIVILEGES = statement(__name__, "missing_relation_privileges")

EXCESS = statement(__name__, "excess")

EXCESS_IN_SCHEMAS = statement(__name__, "excess_in_schemas")

LARGE_OBJECTS = ("lo_creat", "lo_create", "lo_from_bytea", "lo_put", "lowrite", "lo_truncate", "lo_truncate64")
"""Functions that make large objects or fill them; nothing here has any."""

ANALYST_POLICY = (
    "(select a.sees_all_marts from release.access as a)"
    " or authority_code in (select v.authority_code from release.visible_authorities as v)"
)


def execute(connection: Connection, statement: str) -> int:
    """Run one grant in a savepoint: one that this login may not give is logged, once, and left out.

    A relation that a build has just replaced is left to the next time.
    """
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(statement)
    except ProgrammingError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == UNDEFINED_TABLE:
            return 0
        if state != INSUFFICIENT_PRIVILEGE:
            raise
        if statement not in _logged:
            _logged.add(statement)
            LOGGER.warning("This login may not do this: %s. Ask the server's administrator.", statement)
        return 0
    return 1


def give(connection: Connection, grant: Grant) -> int:
    """Give a role what it lacks of one grant; return how many statements that took."""
    made = 0
    lacks_schema = connection.execute(
        text(
            "select exists (select from unnest(cast(:privileges as text[])) as p (privilege)"
            " where not has_schema_privilege(:role, :schema, p.privilege))"
        ),
        {"privileges": list(grant.schema_privileges), "role": grant.role, "schema": grant.schema},
    ).scalar()
    if lacks_schema:
        made += execute(
            connection,
            f"grant {', '.join(grant.schema_privileges)} on schema {quoted(grant.schema)} to {quoted(grant.role)}",
        )
    if not grant.relation_privileges:
        return made
    rows = connection.execute(
        text(MISSING_RELATION_PRIVILEGES),
        {
            "schema": grant.schema,
            "role": grant.role,
            "privileges": list(grant.relation_privileges),
            "relations": None if grant.relations is None else list(grant.relations),
            "without": [SECRETS] if grant.role == REVIEWER else [],
        },
    ).all()
    for row in rows:
        name, is_sequence = str(row.relname), bool(row.is_sequence)
        what = f"usage on sequence {quoted(grant.schema, name)}"
        if not is_sequence:
            what = f"{', '.join(grant.relation_privileges)} on {quoted(grant.schema, name)}"
        made += execute(connection, f"grant {what} to {quoted(grant.role)}")
    return made


def give_columns(connection: Connection) -> int:
    """Let reviewers read the columns of the ledger that hold no raw text."""
    made = 0
    for (schema, relation), hidden in HIDDEN_COLUMNS.items():
        columns: Sequence[str] = (
            connection.execute(
                text(
                    "select a.attname from pg_attribute as a"
                    " where a.attrelid = to_regclass(:relation) and a.attnum > 0 and not a.attisdropped"
                    " and a.attname <> all(cast(:hidden as text[]))"
                    " and not has_column_privilege(:role, a.attrelid, a.attnum, 'select') order by a.attnum"
                ),
                {"relation": f"{schema}.{relation}", "hidden": list(hidden), "role": REVIEWER},
            )
            .scalars()
            .all()
        )
        if columns:
            listed = ", ".join(quoted(column) for column in columns)
            made += execute(connection, f"grant select ({listed}) on {quoted(schema, relation)} to {quoted(REVIEWER)}")
    return made


def give_functions(connection: Connection, role: str) -> int:
    """Let a role call the functions that record who decides, or who reads."""
    signatures: Sequence[str] = (
        connection.execute(
            text(
                "select p.oid::regprocedure::text from pg_proc as p"
                " where p.pronamespace = to_regnamespace('quality') and p.proname = any(:names)"
                " and not has_function_privilege(:role, p.oid, 'execute') order by 1"
            ),
            {"names": list(FUNCTIONS[role]), "role": role},
        )
        .scalars()
        .all()
    )
    return sum(
        execute(connection, f"grant execute on function {signature} to {quoted(role)}") for signature in signatures
    )


def limit_rows(connection: Connection, schema: str, relation: str, existing: set[str]) -> int:
    """Show analysts the rows of their authorities alone, in a table that they read directly."""
    row = connection.execute(
        text(
            "select c.relrowsecurity, coalesce((select array_agg(r.rolname::text) from pg_policy as p"
            " inner join pg_roles as r on r.oid = any(p.polroles)"
            " where p.polrelid = c.oid and p.polname = 'writers'), '{}') as writers"
            " from pg_class as c where c.oid = to_regclass(:relation)"
        ),
        {"relation": f"{schema}.{relation}"},
    ).one_or_none()
    wanted = [role for role in PIPELINE if role in existing]
    if row is None or (row.relrowsecurity and set(wanted) <= set(row.writers)):
        return 0
    table = quoted(schema, relation)
    writers = ", ".join(quoted(role) for role in wanted)
    if row.relrowsecurity:
        return execute(connection, f"alter policy writers on {table} to {writers}")
    return execute(
        connection,
        f"create policy readers on {table} for select using ({ANALYST_POLICY});"
        f"create policy writers on {table} for all to {writers} using (true) with check (true);"
        f"alter table {table} enable row level security",
    )


def record_readers(connection: Connection, relation: str) -> int:
    """Have every query of a table of the schema restricted recorded; its owner, who builds it, passes by."""
    is_recorded: bool | None = connection.execute(
        text("select relrowsecurity from pg_class where oid = to_regclass(:relation)"),
        {"relation": f"restricted.{relation}"},
    ).scalar()
    if is_recorded is not False:
        return 0
    table, name = quoted("restricted", relation), f"restricted.{relation}"
    return execute(
        connection,
        f"create policy readers on {table} for select using ((select quality.note_query('{name}')) is not null);"
        f"alter table {table} enable row level security",
    )


def withdraw_excess(connection: Connection, existing: set[str]) -> int:
    """Take from the roles what they are not granted any more, and from everybody what writes to the journal."""
    wanted = list(allowed())
    limited = sorted(existing - {OWNER})
    rows = connection.execute(
        text(EXCESS),
        {
            "schemas": list(SCHEMAS),
            "journal": list(JOURNAL),
            "limited": limited,
            "reviewer": REVIEWER,
            "secrets": SECRETS,
            "role_names": [role for role, _, _, _ in wanted],
            "schema_names": [schema for _, schema, _, _ in wanted],
            "relation_names": [relation for _, _, relation, _ in wanted],
            "privileges": [privilege for _, _, _, privilege in wanted],
        },
    ).all()
    made = 0
    for row in rows:
        whom = "public" if row.role_name is None else quoted(row.role_name)
        what = f"{row.privilege} on {quoted(row.schema_name, row.relation_name)}"
        made += execute(connection, f"revoke {what} from {whom}")
    creating = [f"{grant.schema}|{grant.role}" for grant in grants_to_create()]
    for row in connection.execute(
        text(EXCESS_IN_SCHEMAS), {"schemas": list(SCHEMAS), "limited": limited, "creating": creating}
    ).all():
        statement = f"revoke {row.privilege} on schema {quoted(row.schema_name)} from {quoted(row.role_name)}"
        made += execute(connection, statement)
    return made


def grants_to_create() -> list[Grant]:
    """Return the grants by which a role may create in a schema."""
    return [grant for grant in GRANTS if "create" in grant.schema_privileges]


def close_to_public(connection: Connection, existing: set[str]) -> int:
    """Let nobody but the night's roles make temporary tables or large objects, or anything in the schema public."""
    made = 0
    database: str = connection.execute(text("select current_database()")).scalar_one()
    may: Sequence[str] = (
        connection.execute(
            text(
                "select r from unnest(cast(:roles as text[])) as r"
                " where not exists (select from pg_database as d cross join lateral aclexplode(d.datacl) as acl"
                " inner join pg_roles as g on g.oid = acl.grantee where d.datname = current_database()"
                " and g.rolname = r and acl.privilege_type = 'TEMPORARY')"
            ),
            {"roles": [role for role in PIPELINE if role in existing]},
        )
        .scalars()
        .all()
    )
    owns = "select pg_has_role(current_user, datdba, 'usage') from pg_database where datname = current_database()"
    if not connection.execute(text(owns)).scalar():
        # the server would only say that nothing was revoked; public keeps what whoever made the database left it
        return 0
    for role in may:
        made += execute(connection, f"grant temporary on database {quoted(database)} to {quoted(role)}")
    is_open = "select has_database_privilege('public', current_database(), 'temporary')"
    if connection.execute(text(is_open)).scalar():
        made += execute(connection, f"revoke temporary on database {quoted(database)} from public")
    # what belongs to the server itself only a superuser may close
    functions: Sequence[str] = (
        connection.execute(
            text(
                "select p.oid::regprocedure::text from pg_proc as p"
                " where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = any(:names)"
                " and has_function_privilege('public', p.oid, 'execute')"
                " and pg_has_role(current_user, p.proowner, 'usage') order by 1"
            ),
            {"names": list(LARGE_OBJECTS)},
        )
        .scalars()
        .all()
    )
    for signature in functions:
        made += execute(connection, f"revoke execute on function pg_catalog.{signature} from public")
    is_open = (
        "select has_schema_privilege('public', oid, 'create') and pg_has_role(current_user, nspowner, 'usage')"
        " from pg_namespace where nspname = 'public'"
    )
    if connection.execute(text(is_open)).scalar():
        made += execute(connection, "revoke create on schema public from public")
    return made
