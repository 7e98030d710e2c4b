"""What readers meet in the database says there what it holds, also after a hundred publications."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse import publication
from csc_warehouse.landing.history import tables as landing_tables
from csc_warehouse.publication import published_relations
from csc_warehouse.publication.views import RELEASE_ID_COMMENT
from csc_warehouse.warehouse import Warehouse, open_warehouse
from tests.conftest import Night
from tests.support.faulty import copied

PUBLICATIONS = 100
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
SCHEMAS = ["quality", "release", "landing", "reporting", "marts", "restricted"]
READERS = ["csc_reader", "csc_analyst", "csc_reviewer"]


@dataclass(frozen=True)
class Published:
    """A warehouse after many publications, and what dbt's manifest says of what it publishes."""

    warehouse: Warehouse
    described: dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def published(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """Publish a copy of the finished night, of few rows, a hundred times; let older releases expire now and then."""
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
        for number in range(PUBLICATIONS):
            release_id = publication.open_release(warehouse, f"run-{number}", as_at=days, code_version="test")
            publication.store(warehouse, release_id)
            passed = {code: {"verdict": "published", "reason": ""} for code in days}
            publication.publish(warehouse, release_id, passed, published_by="test")
            if number % 40 == 20:
                publication.expire(warehouse, keep=5)
        yield Published(warehouse, _described(manifest))
        warehouse.engine.dispose()


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


def test_no_relation_and_no_column_is_without_its_comment(sample_night: Night) -> None:
    with sample_night.warehouse.raw_connection() as connection:
        held = connection.execute(
            "select count(distinct n.nspname) from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
            " where n.nspname = any(%s)",
            [SCHEMAS],
        ).fetchone()
        assert held == (len(SCHEMAS),)
        assert connection.execute(ALL, [SCHEMAS]).fetchall() == []


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
        assert connection.execute(ALL, [SCHEMAS]).fetchall() == []
        said = connection.execute("select obj_description('landing.wccis_contact'::regclass, 'pg_class')").fetchone()
    assert said is not None
    assert "WCCIS's contact" in said[0]
