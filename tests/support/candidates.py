"""Small candidates, made by hand where a build would make them, and releases of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from csc_warehouse import publication
from csc_warehouse.authority_config import AuthorityConfig
from csc_warehouse.publication import PublishedRelation, published_relations
from csc_warehouse.settings import Config
from csc_warehouse.warehouse import Warehouse, open_warehouse
from tests.support.prepared import prepared_settings

WREXHAM = "W06000006"
FLINTSHIRE = "W06000005"
PASSED = {"verdict": "published", "reason": ""}

VALUES = PublishedRelation(
    schema="marts",
    name="indicator_values",
    kind="partition",
    key_columns=("authority_code", "indicator_code"),
    description="One row per authority and indicator.",
    column_descriptions={"value": "The figure."},
)
SCORECARD = PublishedRelation(
    schema="reporting", name="rpt_scorecard", kind="partition", key_columns=("authority_code", "indicator_code")
)
CONTACTS = PublishedRelation(
    schema="marts", name="fct_contacts", kind="range", key_columns=("authority_code", "record_key")
)
CHILDREN = PublishedRelation(
    schema="marts", name="dim_children", kind="partition", key_columns=("authority_code", "child_key")
)
REGISTER = PublishedRelation(
    schema="marts", name="indicators", kind="partition", is_shared=True, key_columns=("indicator_code",)
)
CASES = PublishedRelation(schema="restricted", name="rpt_cases", kind="partition")
RELATIONS = (VALUES, SCORECARD, CONTACTS, CHILDREN, REGISTER, CASES)

JOURNAL = ("signed_figures", "decisions")

DEFINITIONS = {
    VALUES: "authority_code text, indicator_code varchar(8), value numeric(12, 3), run int",
    SCORECARD: "authority_code text, indicator_code text, display text, run int",
    CONTACTS: "record_key text, authority_code text, child_key text, received_at timestamptz, outcome text,"
    " detail jsonb",
    CHILDREN: "authority_code text, child_key text, is_restricted boolean",
    REGISTER: "indicator_code text, title text",
    CASES: "authority_code text, child_key text, client_no text",
}


@contextmanager
def fresh_warehouse() -> Iterator[Warehouse]:
    """Yield a warehouse of its own with empty candidates of RELATIONS, registered for publication."""
    with prepared_settings() as settings:
        authorities = {WREXHAM: AuthorityConfig(name="Wrexham"), FLINTSHIRE: AuthorityConfig(name="Flintshire")}
        warehouse = open_warehouse(settings.model_copy(update={"config": Config(authorities=authorities)}))
        yield warehouse
        warehouse.engine.dispose()


def reset(warehouse: Warehouse) -> None:
    """Forget every release, so that the next test starts as if nothing had ever been published."""
    with warehouse.raw_connection() as connection:
        for schema, name in connection.execute("select schema_name, relation_name from release.relations").fetchall():
            connection.execute(f'drop view if exists {schema}."{name}" cascade')
            connection.execute(f'drop table if exists release."{schema}__{name}" cascade')
        leftovers = connection.execute(
            "select relname from pg_class where relnamespace = 'release'::regnamespace and relname ~ '__from_[0-9]+$'"
            " and relkind = 'r'"
        ).fetchall()
        for (name,) in leftovers:
            connection.execute(f'drop table release."{name}"')
        for table in JOURNAL:
            # what is never emptied is, here, between tests
            connection.execute(f"alter table quality.{table} disable trigger user")
        connection.execute(
            "truncate release.relations, release.pointer, release.pointer_moves, release.restricted_children,"
            " release.overlay_files,"
            " release.analyst_authorities, release.release_authorities, release.candidate_seals, release.releases,"
            " quality.publications, quality.signed_figures, quality.decisions"
            " restart identity"
        )
        for table in JOURNAL:
            connection.execute(f"alter table quality.{table} enable trigger user")
        for relation, definition in DEFINITIONS.items():
            connection.execute(f'drop table if exists {relation.schema}_candidate."{relation.name}" cascade')
            connection.execute(f'create table {relation.schema}_candidate."{relation.name}" ({definition})')
    published_relations.register(warehouse, RELATIONS)


def fill(warehouse: Warehouse, relation: PublishedRelation, rows: Sequence[Sequence[Any]]) -> None:
    """Replace a candidate's rows."""
    with warehouse.raw_connection() as connection:
        name = f'{relation.schema}_candidate."{relation.name}"'
        connection.execute(f"truncate {name}")
        with connection.cursor() as cursor:
            for row in rows:
                cursor.execute(f"insert into {name} values ({', '.join(['%s'] * len(row))})", row)


def fill_night(warehouse: Warehouse, run: int, authorities: Sequence[str] = (WREXHAM, FLINTSHIRE)) -> None:
    """Fill every candidate with a night's rows: all of a night carry its number, so that a mixture shows."""
    at = datetime.datetime(2018, 1, 1, 12, tzinfo=datetime.UTC)
    fill(warehouse, VALUES, [(code, "CON01", run, run) for code in authorities])
    fill(warehouse, SCORECARD, [(code, "CON01", str(run), run) for code in authorities])
    fill(
        warehouse,
        CONTACTS,
        [
            (
                f"{code}-{number}",
                code,
                f"{code}-child-{number}",
                at,
                "ASS" if number else f"run {run}",
                '{"team": "AIT"}',
            )
            for code in authorities
            for number in range(5)
        ],
    )
    fill(
        warehouse,
        CHILDREN,
        [(code, f"{code}-child-{number}", number == 4) for code in authorities for number in range(5)],
    )
    fill(warehouse, REGISTER, [("CON01", f"Contacts received ({run})")])
    fill(warehouse, CASES, [(code, f"{code}-child-0", str(run)) for code in authorities])


def open_night(warehouse: Warehouse, run: int, day: datetime.date | Mapping[str, datetime.date]) -> int:
    """Begin a release of both authorities as at a day (or as at one each)."""
    as_at = day if isinstance(day, Mapping) else {WREXHAM: day, FLINTSHIRE: day}
    return publication.open_release(warehouse, f"run-{run}", as_at=as_at, code_version="test")


def night(
    warehouse: Warehouse,
    run: int,
    day: datetime.date,
    verdicts: Mapping[str, Mapping[str, str]] | None = None,
) -> publication.PublishSummary:
    """Build, store and publish one night of both authorities; all pass unless told otherwise."""
    release_id = open_night(warehouse, run, day)
    fill_night(warehouse, run)
    publication.store(warehouse, release_id)
    return publication.publish(
        warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED} | dict(verdicts or {}), published_by="test"
    )


def read(warehouse: Warehouse, statement: str, user: str | None = None) -> list[tuple[Any, ...]]:
    """Read as the warehouse's own login, or as another."""
    url = warehouse.url.set(drivername="postgresql")
    if user:
        url = url.set(username=user)
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        return connection.execute(statement).fetchall()


def change(warehouse: Warehouse, statement: str) -> None:
    """Change what lies in the warehouse past all of its code, as its own login."""
    with warehouse.raw_connection() as connection:
        connection.execute(statement)
