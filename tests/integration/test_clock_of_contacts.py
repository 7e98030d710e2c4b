"""The clock of the contacts: chance in a short past raises no alarm, an hour's error does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from importlib.resources import files

import psycopg
import pytest

from tests.support.candidates import WREXHAM, fresh_warehouse

AS_AT = dt.date(2018, 12, 17)
TABLES = """
    create schema if not exists staging;
    drop table if exists staging.run_context, marts_candidate.fct_contacts, marts_candidate.dim_children,
        marts_candidate.dim_dates cascade;
    create table staging.run_context (authority_code text, as_at_date date);
    create table marts_candidate.dim_dates (calendar_date date, is_working_day boolean, working_day_number integer);
    create table marts_candidate.dim_children (authority_code text, child_key text, is_known boolean);
    create table marts_candidate.fct_contacts (
        record_key text, authority_code text, child_key text, received_at timestamptz, received_date date,
        source_code text, outcome_code text, exclusion_reason text
    );
"""

# contacts of each half hour of the day of a council without any fault, whose past is a few months short
SHORT_PAST = [
    9, 8, 6, 10, 7, 4, 7, 4, 3, 1, 1, 5, 1, 0, 3, 5, 10, 31, 28, 32, 27, 34, 22, 33,
    32, 35, 21, 26, 29, 24, 28, 34, 22, 29, 24, 12, 13, 7, 16, 7, 14, 6, 13, 9, 8, 7, 6, 7,
]  # fmt: skip
LAST_WEEKS = [
    4, 3, 7, 7, 2, 2, 3, 6, 3, 3, 0, 0, 1, 2, 4, 3, 5, 15, 25, 18, 26, 16, 25, 22,
    25, 18, 28, 15, 14, 24, 21, 20, 28, 24, 34, 12, 8, 9, 10, 11, 10, 9, 9, 6, 10, 11, 8, 9,
]  # fmt: skip


def put_forward(hours: Sequence[int], half_hours: int) -> list[int]:
    """Return the day's contacts as a clock writes them that is so many half hours ahead."""
    return [hours[(place - half_hours) % 48] for place in range(48)]


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection]:
    with fresh_warehouse() as warehouse, warehouse.raw_connection() as connection:
        yield connection
        connection.rollback()


def hours_wrong(connection: psycopg.Connection, before: Sequence[int], last: Sequence[int]) -> list[float]:
    """Return what CTC04 measures where these contacts came in the year before and in the last four weeks."""
    connection.execute(TABLES)
    connection.execute("insert into staging.run_context values (%s, %s)", (WREXHAM, AS_AT))
    moments = []
    for hours, latest, days in ((before, AS_AT - dt.timedelta(days=29), 300), (last, AS_AT, 28)):
        for half_hour, count in enumerate(hours):
            for number in range(count):
                day = latest - dt.timedelta(days=(number * 7) % days)
                # 23 minutes at most, and never midnight itself
                minute = 1 + (number // days + number) % 23
                moments.append(dt.datetime.combine(day, dt.time(half_hour // 2, 30 * (half_hour % 2) + minute)))
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into marts_candidate.fct_contacts values"
            " (%s, %s, 'child', %s::timestamp at time zone 'Europe/London', %s, 'POL', 'NFA', null)",
            [(str(place), WREXHAM, moment, moment.date()) for place, moment in enumerate(moments)],
        )
        cursor.execute(files("expectations").joinpath("measures/front_door.sql").read_text(encoding="utf-8").encode())
        return [float(row[3]) for row in cursor.fetchall() if row[1] == "CTC04"]


LONG_PAST = [9 * count for count in SHORT_PAST]


@pytest.mark.parametrize(
    ("before", "last", "expected"),
    [
        pytest.param(SHORT_PAST, LAST_WEEKS, 0, id="chance in a short past"),
        pytest.param(LONG_PAST, LAST_WEEKS, 0, id="chance in the last weeks"),
        pytest.param(SHORT_PAST, put_forward(LAST_WEEKS, 2), 1, id="an hour ahead after a short past"),
        pytest.param(SHORT_PAST, put_forward(LAST_WEEKS, -2), 1, id="an hour behind after a short past"),
        pytest.param(LONG_PAST, put_forward(LAST_WEEKS, 4), 2, id="two hours ahead after a long past"),
    ],
)
def test_hours_of_contacts_when_measured_then_the_clock_is_wrong_only_where_it_is(
    connection: psycopg.Connection, before: Sequence[int], last: Sequence[int], expected: float
) -> None:
    (measured,) = hours_wrong(connection, before, last)

    assert measured == pytest.approx(expected, abs=0.5 if expected else 0)


def test_hours_of_contacts_when_hardly_any_came_before_then_nothing_is_measured(connection: psycopg.Connection) -> None:
    assert hours_wrong(connection, [count // 2 for count in SHORT_PAST], put_forward(LAST_WEEKS, 2)) == []
