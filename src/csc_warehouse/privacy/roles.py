"""Group roles and what each may read or write; logins are made by an administrator and put into these groups."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from csc_warehouse.errors import UsageError
from csc_warehouse.settings import Settings

LOGGER = logging.getLogger(__name__)

OWNER = "csc_owner"
"""Owns the published views: neither superuser nor exempt from row-level security, so that policies hold for it."""
LOADER = "csc_loader"
TRANSFORMER = "csc_transformer"
ANALYST = "csc_analyst"
READER = "csc_reader"
REVIEWER = "csc_reviewer"
ROLES = (OWNER, LOADER, TRANSFORMER, ANALYST, READER, REVIEWER)

READ = ("select",)
WRITE = ("select", "insert", "update", "delete", "truncate")
APPEND = ("select", "insert")
INSUFFICIENT_PRIVILEGE = "42501"


class OpenWarehouse(Protocol):
    """What this module needs of a warehouse; privacy imports no other room of the house."""

    @property
    def settings(self) -> Settings:
        """Return the settings that name the home authority."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Open one transaction."""


@dataclass(frozen=True)
class _Grant:
    """What one role may do in one schema; relations None: all of them, () none."""

    role: str
    schema: str
    relation_privileges: tuple[str, ...] = READ
    schema_privileges: tuple[str, ...] = ("usage",)
    relations: tuple[str, ...] | None = None


BUILD_SCHEMAS = (
    "staging",
    "intermediate",
    "marts_candidate",
    "reporting_candidate",
    "restricted_candidate",
    "quality",
    "release",
    "restricted",
)
VERDICTS_AND_GRADES = ("publications", "indicator_grades", "indicator_bounds")
SECRETS = "authority_keys"
"""Salts of record keys: for the build alone."""

GRANTS: tuple[_Grant, ...] = (
    # policies of the stored releases look these up on behalf of whoever reads
    _Grant(OWNER, "release", relations=("pointer", "access", "visible_authorities", "hidden_children")),
    *(_Grant(OWNER, schema, (), ("usage", "create"), ()) for schema in ("marts", "reporting", "restricted")),
    _Grant(LOADER, "landing", WRITE),
    _Grant(LOADER, "quality", APPEND, relations=("check_results",)),
    _Grant(TRANSFORMER, "landing"),
    *(_Grant(TRANSFORMER, schema, WRITE, ("usage", "create")) for schema in BUILD_SCHEMAS),
    *(_Grant(TRANSFORMER, schema, READ, ("usage", "create")) for schema in ("marts", "reporting")),
    _Grant(ANALYST, "marts"),
    _Grant(ANALYST, "reporting"),
    _Grant(ANALYST, "quality", relations=VERDICTS_AND_GRADES),
    _Grant(READER, "reporting"),
    _Grant(REVIEWER, "landing", relations=("deliveries", "delivery_entities")),
    _Grant(REVIEWER, "marts"),
    _Grant(REVIEWER, "reporting"),
    _Grant(REVIEWER, "restricted"),
    _Grant(REVIEWER, "quality"),
)
HIDDEN_COLUMNS = {("landing", "quarantine"): ("raw_record",)}
"""Columns that hold a source's raw text: the reviewer's ledger leaves them out."""
REVIEWER_FUNCTIONS = ("explain_failure", "withdraw_explanation", "sign_release", "reject_release")
"""How a reviewer writes: through functions that record the person."""

MISSING_RELATION_PRIVILEGES = """
select c.relname, c.relkind = 'S' as is_sequence
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where
    n.nspname = :schema
    and not c.relispartition
    and (cast(:relations as text[]) is null or c.relname = any(cast(:relations as text[])))
    and c.relname <> all(cast(:without as text[]))
    and (
        (
            c.relkind in ('r', 'p', 'v', 'm', 'f')
            and exists (
                select from unnest(cast(:privileges as text[])) as p (privilege)
                where not has_table_privilege(:role, c.oid, p.privilege)
            )
        )
        or (
            c.relkind = 'S' and 'insert' = any(cast(:privileges as text[]))
            and not has_sequence_privilege(:role, c.oid, 'usage')
        )
    )
order by c.relname
"""

ANALYST_POLICY = (
    "(select a.sees_all_marts from release.access as a)"
    " or authority_code in (select v.authority_code from release.visible_authorities as v)"
)


def apply_grants(warehouse: OpenWarehouse) -> int:
    """Give each role what it lacks and return how many grants that took; safe to call at any time.

    Grants follow objects, so this runs after objects were made. Roles that the server does not have, and objects
    that belong to somebody else, are left out with a warning.
    """
    made = 0
    with warehouse.transaction() as connection:
        existing: set[str] = set(
            connection.execute(text("select rolname from pg_roles where rolname = any(:roles)"), {"roles": list(ROLES)})
            .scalars()
            .all()
        )
        missing = [role for role in ROLES if role not in existing]
        if missing:
            LOGGER.warning(
                "The server lacks the roles %s: nobody but the warehouse's own login can read. "
                "Ask its administrator to create them (nologin).",
                ", ".join(missing),
            )
        for grant in GRANTS:
            if grant.role in existing:
                made += _grant(connection, grant)
        if REVIEWER in existing:
            made += _grant_columns(connection)
            made += _grant_functions(connection)
        if existing >= {ANALYST, TRANSFORMER, LOADER}:
            for relation in VERDICTS_AND_GRADES:
                made += _limit_rows(connection, "quality", relation)
        # the council's own analysts see the council's rows without further ado; other authorities are assigned
        connection.execute(
            text(
                "insert into release.analyst_authorities (role_name, authority_code) select :role, :authority"
                " where not exists (select from release.analyst_authorities)"
            ),
            {"role": ANALYST, "authority": warehouse.settings.config.home_authority},
        )
    return made


def assign_authority(warehouse: OpenWarehouse, role: str, authority_code: str) -> None:
    """Let a login or group read the rows of one authority (it must be in csc_analyst to read anything).

    Raises UsageError when the server has no such role.
    """
    with warehouse.transaction() as connection:
        known = connection.execute(text("select count(*) from pg_roles where rolname = :role"), {"role": role}).scalar()
        if not known:
            raise UsageError(
                f"The server has no role {role}: create it first (create role {role} login in role {ANALYST})."
            )
        connection.execute(
            text(
                "insert into release.analyst_authorities (role_name, authority_code) values (:role, :authority)"
                " on conflict do nothing"
            ),
            {"role": role, "authority": authority_code},
        )


def withdraw_authority(warehouse: OpenWarehouse, role: str, authority_code: str) -> bool:
    """Take an authority's rows from a role again; return whether it had them."""
    with warehouse.transaction() as connection:
        done = connection.execute(
            text("delete from release.analyst_authorities where role_name = :role and authority_code = :authority"),
            {"role": role, "authority": authority_code},
        )
    return bool(done.rowcount)


def _quoted(*names: str) -> str:
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def _execute(connection: Connection, statement: str) -> int:
    """Run one grant in a savepoint: one that this login may not give is told and left out."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(statement)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        LOGGER.warning("This login may not do this: %s. Ask the server's administrator.", statement)
        return 0
    return 1


def _grant(connection: Connection, grant: _Grant) -> int:
    made = 0
    lacks_schema = connection.execute(
        text(
            "select exists (select from unnest(cast(:privileges as text[])) as p (privilege)"
            " where not has_schema_privilege(:role, :schema, p.privilege))"
        ),
        {"privileges": list(grant.schema_privileges), "role": grant.role, "schema": grant.schema},
    ).scalar()
    if lacks_schema:
        made += _execute(
            connection,
            f"grant {', '.join(grant.schema_privileges)} on schema {_quoted(grant.schema)} to {_quoted(grant.role)}",
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
        what = f"usage on sequence {_quoted(grant.schema, name)}"
        if not is_sequence:
            what = f"{', '.join(grant.relation_privileges)} on {_quoted(grant.schema, name)}"
        made += _execute(connection, f"grant {what} to {_quoted(grant.role)}")
    return made


def _grant_columns(connection: Connection) -> int:
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
            listed = ", ".join(_quoted(column) for column in columns)
            made += _execute(
                connection, f"grant select ({listed}) on {_quoted(schema, relation)} to {_quoted(REVIEWER)}"
            )
    return made


def _grant_functions(connection: Connection) -> int:
    signatures: Sequence[str] = (
        connection.execute(
            text(
                "select p.oid::regprocedure::text from pg_proc as p"
                " where p.pronamespace = to_regnamespace('quality') and p.proname = any(:names)"
                " and not has_function_privilege(:role, p.oid, 'execute') order by 1"
            ),
            {"names": list(REVIEWER_FUNCTIONS), "role": REVIEWER},
        )
        .scalars()
        .all()
    )
    return sum(
        _execute(connection, f"grant execute on function {signature} to {_quoted(REVIEWER)}")
        for signature in signatures
    )


def _limit_rows(connection: Connection, schema: str, relation: str) -> int:
    """Show analysts the rows of their authorities alone, in a table that they read directly."""
    is_open = connection.execute(
        text("select not c.relrowsecurity from pg_class as c where c.oid = to_regclass(:relation)"),
        {"relation": f"{schema}.{relation}"},
    ).scalar()
    if not is_open:  # limited already, or not there
        return 0
    table = _quoted(schema, relation)
    writers = f"{_quoted(TRANSFORMER)}, {_quoted(LOADER)}"
    return _execute(
        connection,
        # who reads the table also reads, through its policy, these two views; the schema stays closed to analysts
        f"grant select on release.access, release.visible_authorities to {_quoted(ANALYST)}, {_quoted(REVIEWER)};"
        f"create policy readers on {table} for select using ({ANALYST_POLICY});"
        f"create policy writers on {table} for all to {writers} using (true) with check (true);"
        f"alter table {table} enable row level security",
    )
