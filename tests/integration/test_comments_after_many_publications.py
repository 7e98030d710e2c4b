"""After many publications what readers meet still says what it holds, and who may do what is as it was."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from csc_warehouse import publication
from csc_warehouse.landing.history import tables as landing_tables
from csc_warehouse.privacy.grants import FUNCTIONS, READING, REVIEWER, SCHEMAS, allowed
from csc_warehouse.publication import published_relations
from csc_warehouse.publication.published_relations import BLOCK
from csc_warehouse.publication.views import RELEASE_ID_COMMENT
from csc_warehouse.warehouse import Warehouse, open_warehouse
from tests.conftest import Night
from tests.support.faulty import copied

PUBLICATIONS = 30
"""So many that they fill one block of releases and begin another, and that older ones expire twice among them."""
FIRST = BLOCK - PUBLICATIONS // 2
ROWS = 3
"""Of each relation: a publication is then what it is but for its size."""

MET = (
    "select n.nspname || '.' || c.relname, coalesce(a.attname, ''),"
    " case when a.attname is null then obj_description(c.oid, 'pg_class') else col_description(c.oid, a.attnum) end"
    " from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
    " left join lateral (select null::name as attname, 0 as attnum union all"
    " select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as a on true"
    " where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema')"
    " and exists (select from pg_roles as r where r.rolname = any(%s)"
    " and has_schema_privilege(r.oid, n.oid, 'usage') and has_table_privilege(r.oid, c.oid, 'select'))"
)
ALL = (
    "select n.nspname || '.' || c.relname, coalesce(a.attname, '')"
    " from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
    " cross join lateral (select null::name as attname, 0 as attnum union all"
    " select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as a"
    " left join pg_description as d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass"
    " and d.objsubid = a.attnum"
    # a table that holds a part of another is described by that
    " where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition and n.nspname = any(%s)"
    " and coalesce(d.description, '') = '' order by 1, 2"
)
COMMENTED = ["quality", "release", "landing", "reporting", "marts", "restricted"]
READERS = ["csc_reader", "csc_analyst", "csc_reviewer"]

GRANTED = (
    "select n.nspname || '.' || c.relname, coalesce(r.rolname, 'public'), lower(a.privilege_type)"
    " from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
    " cross join lateral aclexplode(c.relacl) as a left join pg_roles as r on r.oid = a.grantee"
    " where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname !~ '__from_[0-9]+$'"
    " and (r.rolname is null or r.rolname like 'csc\\_%%') and a.grantee <> c.relowner"
)
WRITES = (
    # relations and sequences, columns, schemas, the database; functions that act as their owner; what is owned
    "select 'relation ' || c.oid::regclass, a.grantee, a.privilege_type from pg_class as c"
    " cross join lateral aclexplode(c.relacl) as a where a.privilege_type <> 'SELECT'"
    " and c.relnamespace <> 'pg_catalog'::regnamespace"
    " union all select 'column of ' || t.attrelid::regclass, a.grantee, a.privilege_type from pg_attribute as t"
    " cross join lateral aclexplode(t.attacl) as a where a.privilege_type <> 'SELECT'"
    " union all select 'schema ' || n.nspname, a.grantee, a.privilege_type from pg_namespace as n"
    " cross join lateral aclexplode(n.nspacl) as a where a.privilege_type <> 'USAGE'"
    " union all select 'database ' || d.datname, a.grantee, a.privilege_type from pg_database as d"
    " cross join lateral aclexplode(d.datacl) as a where a.privilege_type = 'CREATE'"
    " union all select 'function ' || p.proname, a.grantee, a.privilege_type from pg_proc as p"
    " cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a where p.prosecdef"
    " union all select 'owned ' || c.oid::regclass, c.relowner, 'OWNER' from pg_class as c"
    " union all select 'member of ' || r.rolname, m.member, 'MEMBER' from pg_auth_members as m"
    " inner join pg_roles as r on r.oid = m.roleid"
)


@dataclass(frozen=True)
class Published:
    """A warehouse after many publications, and what dbt's manifest says of what it publishes."""

    warehouse: Warehouse
    described: dict[tuple[str, str], str]
    granted_before: set[tuple[str, str, str]]
    """(relation, role, privilege) before the first of them."""


@pytest.fixture(scope="module")
def published(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """Publish a copy of the finished night, of few rows, many times; let older releases expire now and then."""
    manifest = sample_night.settings.home / "dbt" / "target" / "manifest.json"
    with copied(sample_night.settings, tmp_path_factory.mktemp("home"), "published_often") as settings:
        warehouse = open_warehouse(settings)
        with warehouse.raw_connection() as connection:
            relations = published_relations.registered(connection)
            for relation in relations:
                name = relation.candidate.as_string(connection)
                connection.execute(f"create temp table few as select * from {name} limit {ROWS}")
                connection.execute(f"truncate {name}")
                connection.execute(f"insert into {name} select * from few")
                connection.execute("drop table few")
            days: dict[str, datetime.date] = dict(
                connection.execute("select authority_code, as_at_date from staging.run_context").fetchall()
            )
            granted_before = granted(connection)
            connection.execute(f"alter table release.releases alter column release_id restart with {FIRST}")
        for number in range(PUBLICATIONS):
            release_id = publication.open_release(warehouse, f"run-{number}", as_at=days, code_version="test")
            publication.store(warehouse, release_id)
            passed = {code: {"verdict": "published", "reason": ""} for code in days}
            publication.publish(warehouse, release_id, passed, published_by="test")
            if number % 12 == 8:
                publication.expire(warehouse, keep=5)
        yield Published(warehouse, _described(manifest), granted_before)
        warehouse.engine.dispose()


def granted(connection: psycopg.Connection) -> set[tuple[str, str, str]]:
    """Return who was given what in relations that stay from release to release, their owners' own apart."""
    return {(str(relation), str(role), str(of)) for relation, role, of in connection.execute(GRANTED, [list(SCHEMAS)])}


def _described(manifest: Path) -> dict[tuple[str, str], str]:
    """Return what dbt says of each published relation and column, by (schema.name, column or nothing)."""
    nodes: list[dict[str, Any]] = list(json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values())
    found = {}
    for node in nodes:
        if "publication" in (node.get("config", {}).get("meta") or {}):
            name = f"{node['schema'].removesuffix('_candidate')}.{node['name']}"
            found[name, ""] = node["description"].strip()
            found[name, "release_id"] = RELEASE_ID_COMMENT
            found |= {(name, column["name"]): column["description"].strip() for column in node["columns"].values()}
    return found


def _met(warehouse: Warehouse) -> dict[tuple[str, str], str | None]:
    with warehouse.raw_connection() as connection:
        rows = connection.execute(MET, [READERS]).fetchall()
    return {(str(relation), str(column)): comment for relation, column, comment in rows}


def test_published_relations_and_columns_after_many_publications_say_what_dbt_says(published: Published) -> None:
    met = _met(published.warehouse)
    assert len({relation for relation, _ in published.described}) > 30
    assert {place: met.get(place) for place in published.described} == published.described
    schemas = ("marts.", "reporting.")
    assert {place for place in met if place[0].startswith(schemas)} <= set(published.described)


def test_nothing_that_readers_meet_is_without_its_comment(published: Published) -> None:
    met = _met(published.warehouse)
    assert {relation.partition(".")[0] for relation, _ in met} >= {"marts", "reporting", "quality", "restricted"}
    assert sorted(place for place, comment in met.items() if not comment) == []


def test_grants_after_many_publications_are_those_before_the_first(published: Published) -> None:
    with published.warehouse.raw_connection() as connection:
        now = granted(connection)
    assert {role for _, role, _ in now} >= set(READING)
    assert now ^ published.granted_before == set()


def test_reading_roles_after_many_publications_read_what_is_declared_and_no_more(published: Published) -> None:
    with published.warehouse.raw_connection() as connection:
        now = {row for row in granted(connection) if row[1] in READING}
    declared = {(schema, relation, role, of) for role, schema, relation, of in allowed() if role in READING}
    undeclared = [
        (name, role, of)
        for name, role, of in sorted(now)
        for schema, _, relation in [name.partition(".")]
        if {(schema, None, role, of), (schema, relation, role, of)}.isdisjoint(declared)
    ]
    assert undeclared == []
    views = {name for name, _, _ in now}
    for role, schema in (("csc_reader", "reporting"), ("csc_public", "reporting"), ("csc_analyst", "marts")):
        published_there = {name for name, _ in published.described if name.startswith(f"{schema}.")}
        assert published_there <= views
        assert {name for name in published_there if (name, role, "select") not in now} == set()


def test_no_reading_role_can_write_after_many_publications(published: Published) -> None:
    """By its own rights, by everybody's, by what it owns or by a function that acts as its owner."""
    with published.warehouse.raw_connection() as connection:
        found = connection.execute(
            f"select w.*, coalesce(r.rolname, 'public') from ({WRITES}) as w (what, grantee, privilege)"
            " left join pg_roles as r on r.oid = w.grantee where r.rolname is null or r.rolname = any(%s)",
            [list(READING)],
        ).fetchall()
    may = {(str(what), str(role)) for what, _, _, role in found}
    assert may == {(f"function {name}", REVIEWER) for name in FUNCTIONS[REVIEWER]}


def test_no_relation_and_no_column_is_without_its_comment(sample_night: Night) -> None:
    with sample_night.warehouse.raw_connection() as connection:
        held = connection.execute(
            "select count(distinct n.nspname) from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
            " where n.nspname = any(%s)",
            [COMMENTED],
        ).fetchone()
        assert held == (len(COMMENTED),)
        assert connection.execute(ALL, [COMMENTED]).fetchall() == []


def test_comments_that_a_database_lacks_come_with_the_next_night(published: Published) -> None:
    warehouse = published.warehouse
    with warehouse.raw_connection() as connection:
        connection.execute("comment on column landing.wccis_contact.contactsourceid is null")
        connection.execute("comment on table landing.wccis_contact is 'something else'")
        connection.execute("comment on column release.marts__indicator_values.value is null")
        connection.execute("comment on column release.marts__indicator_records.row_hash is null")
    landing_tables.sync(warehouse)
    with warehouse.raw_connection() as connection:
        days: dict[str, datetime.date] = dict(
            connection.execute("select authority_code, as_at_date from staging.run_context").fetchall()
        )
    publication.store(warehouse, publication.open_release(warehouse, "run-last", as_at=days, code_version="test"))
    with warehouse.raw_connection() as connection:
        assert connection.execute(ALL, [COMMENTED]).fetchall() == []
        said = connection.execute("select obj_description('landing.wccis_contact'::regclass, 'pg_class')").fetchone()
    assert said is not None
    assert "WCCIS's contact" in said[0]
