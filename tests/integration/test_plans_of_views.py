"""The server plans well for whoever reads: it foresees how many rows a published view has, and skips other releases."""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.readers import BUDGETED
from benchmarks.readers import documented as documented_to_readers
from csc_warehouse import publication
from csc_warehouse.privacy import logins
from csc_warehouse.privacy.grants import ANALYST, READER, REVIEWER
from csc_warehouse.publication.published_relations import BLOCK, PublishedRelation, registered
from csc_warehouse.publication.release_tables import columns_of
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.warehouse import Warehouse
from tests.conftest import Night
from tests.support.candidates import (
    CONTACTS,
    FLINTSHIRE,
    PASSED,
    SCORECARD,
    VALUES,
    WREXHAM,
    fill_night,
    fresh_warehouse,
    open_night,
    reset,
)

TIMES_OFF = 10
"""How far the planner may be off; what is off by more it joins row by row, or not where it should."""
ROWS = 3000
LARGE = 1000
"""Rows from which a view is worth a plan: a smaller one is read at once whatever the plan."""
SECONDS = 1.0
TRIES = 5
"""Other programs of the machine may hold one up; five in a row they do not."""
JOIN = """
select count(*) from reporting.rpt_indicator_series as i inner join reporting.rpt_scorecard as s
using (authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value)
"""


def explained(warehouse: Warehouse, role: str, query: str, setting: str = "reset enable_nestloop") -> dict[str, Any]:
    """Run a query as a group role and return the root of its plan, as the server tells it. setting: made before."""
    with warehouse.acting_as(role).raw_connection() as connection:
        connection.execute("set statement_timeout = '30s'")
        connection.execute(setting.encode())
        row = connection.execute(f"explain (analyze, timing off, format json) {query}").fetchone()
    assert row is not None
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan


def is_foreseen(plan: dict[str, Any]) -> bool:
    """Tell whether the planner expected about as many rows as there were."""
    expected, found = max(plan["Plan Rows"], 1), max(plan["Actual Rows"], 1)
    return bool(1 / TIMES_OFF <= expected / found <= TIMES_OFF)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def touched(plan: dict[str, Any]) -> int:
    """Return how many rows the busiest node of a plan looked at, those included that it left out."""
    return max(
        int(
            node["Actual Loops"]
            * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0))
        )
        for node in nodes(plan)
    )


def seconds(warehouse: Warehouse, role: str, query: str, setting: str = "set statement_timeout = '30s'") -> float:
    """Return how long a query takes, at best; one that is fast enough is not asked again. setting: made before."""
    best = float("inf")
    with warehouse.acting_as(role).raw_connection(autocommit=True) as connection:
        connection.execute("set statement_timeout = '30s'")
        connection.execute(setting.encode())
        for _ in range(TRIES):
            started = time.perf_counter()
            connection.execute(query.encode()).fetchall()
            best = min(best, time.perf_counter() - started)
            if best < SECONDS:
                break
    return best


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    """Yield a warehouse of several nights of some thousand rows, the first of them in another table than the last."""
    with fresh_warehouse() as opened:
        reset(opened)
        nights = [1, 2, 3, BLOCK + 1, BLOCK + 2]
        for number, release in enumerate(nights, start=1):
            day = datetime.date(2018, 1, number)
            with opened.raw_connection() as connection:
                connection.execute(f"alter table release.releases alter release_id restart with {release}")
            assert open_night(opened, number, day) == release
            fill_night(opened, number)
            with opened.raw_connection() as connection:
                for relation, values in (
                    (VALUES, "'I' || g, g, {number}"),
                    (SCORECARD, "'I' || g, g::text, {number}"),
                ):
                    connection.execute(
                        f"insert into {relation.schema}_candidate.{relation.name}"
                        f" select a, {values.format(number=number)}"
                        f" from unnest(array['W06000006', 'W06000005']) as a, generate_series(1, {ROWS}) as g".encode()
                    )
                connection.execute(
                    f"insert into marts_candidate.{CONTACTS.name} select a || g, a, null, '2018-01-01', 'x', null"
                    f" from unnest(array['W06000006', 'W06000005']) as a, generate_series(1, {ROWS}) as g".encode()
                )
            publication.store(opened, release)
            publication.publish(opened, release, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
        yield opened


@pytest.mark.parametrize(
    ("role", "relation"),
    [(READER, SCORECARD), (ANALYST, SCORECARD), (ANALYST, VALUES), (REVIEWER, VALUES), (REVIEWER, CONTACTS)],
    ids=str,
)
def test_the_planner_foresees_the_rows_of_one_release(
    warehouse: Warehouse, role: str, relation: PublishedRelation
) -> None:
    plan = explained(warehouse, role, f"select * from {relation}")
    assert plan["Actual Rows"] >= ROWS
    assert is_foreseen(plan), (plan["Plan Rows"], plan["Actual Rows"])


def test_tables_of_many_other_releases_are_not_read(warehouse: Warehouse) -> None:
    with warehouse.raw_connection() as connection:
        # as if there had been a night of that size each day of a month
        connection.execute(
            "insert into release.reporting__rpt_scorecard"
            " select n, s.authority_code, s.indicator_code, s.display, s.run"
            " from release.reporting__rpt_scorecard as s, generate_series(11, 40) as n where s.release_id = 1"
        )
        connection.execute("analyze release.reporting__rpt_scorecard")
    plan = explained(warehouse, READER, f"select * from {SCORECARD}")
    read = {
        node["Relation Name"]: node["Actual Loops"]
        for node in nodes(plan)
        if node.get("Relation Name", "").startswith("reporting__")
    }
    # once for each authority
    assert read.pop(f"reporting__rpt_scorecard__from_{BLOCK + 1}") == 2
    assert not any(read.values())


def test_after_a_rollback_the_planner_foresees_what_is_shown_again(warehouse: Warehouse) -> None:
    query = f"select * from {SCORECARD}"
    with warehouse.raw_connection() as connection:
        connection.execute("update release.pointer set release_id = 2 where authority_code = 'W06000005'")
    assert is_foreseen(explained(warehouse, READER, query))


def test_two_published_views_are_joined_in_no_time(sample_night: Night) -> None:
    for role in (READER, ANALYST, REVIEWER):
        assert seconds(sample_night.warehouse, role, JOIN) < SECONDS, role


def test_the_planner_foresees_the_rows_of_every_published_view(sample_night: Night) -> None:
    warehouse = sample_night.warehouse
    unforeseen = {}
    for role, schemas in (
        (READER, {"reporting"}),
        (ANALYST, {"reporting", "marts"}),
        (REVIEWER, {"reporting", "marts", "restricted"}),
    ):
        for relation in _published(warehouse):
            if relation.schema in schemas:
                plan = explained(warehouse, role, f"select * from {relation}")
                if not is_foreseen(plan):
                    unforeseen[role, str(relation)] = (plan["Plan Rows"], plan["Actual Rows"])
    assert unforeseen == {}


def test_every_published_view_is_joined_by_another_ones_key_without_comparing_each_with_each(
    sample_night: Night,
) -> None:
    # counted in rows that the server touched, which are the same on a busy machine
    warehouse = sample_night.warehouse
    relations = _published(warehouse)
    with warehouse.raw_connection() as connection:
        columns = {
            name: {column.name for column in found}
            for name, found in columns_of(connection, [(r.schema, r.name) for r in relations]).items()
        }
    rows = {str(r): explained(warehouse, REVIEWER, f"select * from {r}")["Actual Rows"] for r in relations}
    large = [relation for relation in relations if rows[str(relation)] >= LARGE]
    costly = {}
    joined = 0
    for left in large:
        for right in large:
            if left == right or not right.key_columns or not set(right.key_columns) <= columns[left.schema, left.name]:
                continue
            joined += 1
            plan = explained(
                warehouse, REVIEWER, f"select * from {left} inner join {right} using ({', '.join(right.key_columns)})"
            )
            least = rows[str(left)] + rows[str(right)] + plan["Actual Rows"]
            if touched(plan) > TIMES_OFF * least:
                costly[str(left), str(right)] = (touched(plan), least)
    assert joined > 30
    assert costly == {}


@pytest.mark.parametrize("query", [*BUDGETED.values(), *(q for q in documented_to_readers() if "local_code = " in q)])
def test_what_readers_ask_most_is_found_without_reading_much_else(sample_night: Night, query: str) -> None:
    # the rows of the two other profiles lie beside those that are shown
    plan = explained(sample_night.warehouse, READER, query)
    assert plan["Actual Rows"] > 0
    assert touched(plan) <= TIMES_OFF * max(plan["Actual Rows"], LARGE / TIMES_OFF)


@pytest.mark.parametrize("other", ["fct_contacts using (authority_code, record_key)", "dim_children using (child_key)"])
def test_records_joined_with_what_they_are_of_are_not_sorted_for_it(sample_night: Night, other: str) -> None:
    plan = explained(
        sample_night.warehouse, ANALYST, f"select count(*) from marts.indicator_records inner join marts.{other}"
    )
    assert plan["Actual Rows"] == 1
    sorted_rows = [node["Actual Rows"] for node in nodes(plan) if node["Node Type"] == "Sort"]
    assert [rows for rows in sorted_rows if rows >= LARGE] == []
    # in one go: what did not fit into memory would be read again
    assert [node["Hash Batches"] for node in nodes(plan) if node.get("Hash Batches", 1) > 1] == []


def _published(warehouse: Warehouse) -> list[PublishedRelation]:
    with warehouse.raw_connection() as connection:
        return list(registered(connection))


def documented() -> list[tuple[str, str]]:
    """Return the role and the text of each query of docs/bi: a block of SQL that begins by naming the role."""
    found = []
    for page in sorted((PROJECT_DIRECTORY / "docs" / "bi").glob("*.md")):
        for block in re.findall(r"^```sql\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            role, _, query = block.removeprefix("-- as ").partition("\n")
            found.append((role, query))
    return found


@pytest.mark.parametrize(("role", "query"), documented())
def test_a_documented_query_finds_something_in_no_time(sample_night: Night, role: str, query: str) -> None:
    # as the server has it of each login with the role
    setting = logins.WITHOUT_LOOPS if role in logins.PLANS_WITHOUT_LOOPS else "reset enable_nestloop"
    with sample_night.warehouse.acting_as(role).raw_connection() as connection:
        connection.execute(setting.encode())
        assert connection.execute(query.encode()).fetchall()
    assert seconds(sample_night.warehouse, role, query, setting) < SECONDS


def test_a_join_of_a_fact_with_all_its_dimensions_compares_no_row_with_each_for_a_login(sample_night: Night) -> None:
    contacts = """
    select d.quarter_label, count(*)
    from marts.fct_contacts as c
    inner join marts.dim_dates as d on c.event_date = d.calendar_date
    inner join marts.dim_contact_sources as s using (contact_source_key)
    inner join marts.dim_contact_outcomes as o using (contact_outcome_key)
    inner join marts.dim_teams as t using (authority_code, team_key)
    inner join marts.dim_workers as w using (worker_key)
    inner join marts.dim_children as h using (child_key)
    group by d.quarter_label
    """
    # rows and not seconds: a machine that does other work besides has the same plan
    plan = explained(sample_night.warehouse, ANALYST, contacts, logins.WITHOUT_LOOPS)
    with sample_night.warehouse.raw_connection() as connection:
        counts = [
            connection.execute(f"select count(*) from marts.{name}".encode()).fetchone() or (0,)
            for name in ("fct_contacts", "dim_dates", "dim_children")
        ]
    assert touched(plan) < TIMES_OFF * sum(int(count) for (count,) in counts)
