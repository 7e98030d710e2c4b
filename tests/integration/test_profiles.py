"""A profile is a right of a login: whatever it asks, it is told of its own profile and of no other."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import psycopg
import pytest

from csc_warehouse.publication import PublishedRelation, published_relations
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import FLINTSHIRE, RELATIONS, WREXHAM, fill, fresh_warehouse, night, read, reset

SERIES = PublishedRelation(
    schema="reporting", name="rpt_indicator_series", kind="partition", key_columns=("profile", "authority_code")
)
PROFILES = ("open", "committee", "rounded")
SECRET = {"open": "17 opened", "committee": "18 taken to committee", "rounded": "20 made round"}
"""What no comment or setting of the database says by itself."""
LOGINS = {
    "a_reader": ("csc_reader",),
    "the_public": ("csc_public",),
    "in_both": ("csc_reader", "csc_public"),
    "an_analyst": ("csc_analyst",),
    "a_reviewer": ("csc_reviewer",),
}
SEES = {
    "a_reader": {"committee"},
    "the_public": {"open"},
    "in_both": {"open"},
    "an_analyst": set(PROFILES),
    "a_reviewer": set(PROFILES),
}
READERS = ("a_reader", "the_public", "in_both")
VIEW = "reporting.rpt_indicator_series"


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with fresh_warehouse() as opened:
        with opened.raw_connection() as connection:
            for login, groups in LOGINS.items():
                connection.execute(f"create role {login} login in role {', '.join(groups)}")
        reset(opened)
        with opened.raw_connection() as connection:
            connection.execute(
                f"create table reporting_candidate.{SERIES.name} (profile text, authority_code text, display text)"
            )
        published_relations.register(opened, (*RELATIONS, SERIES))
        fill(opened, SERIES, [(p, code, SECRET[p]) for p in PROFILES for code in (WREXHAM, FLINTSHIRE)])
        night(opened, 1, datetime.date(2018, 1, 1))
        yield opened


@pytest.mark.parametrize("login", LOGINS)
def test_each_login_sees_what_was_given_to_its_group(warehouse: Warehouse, login: str) -> None:
    assert {row[0] for row in read(warehouse, f"select distinct profile from {VIEW}", login)} == SEES[login]
    assert len(read(warehouse, "select profile from release.visible_profiles", None)) == len(PROFILES)


@pytest.mark.parametrize("login", READERS)
@pytest.mark.parametrize(
    "statement",
    [
        "select count(*) from {view} where profile = '{other}'",
        "select count(*) from {view} as a full join {view} as b on a.profile <> b.profile and b.profile = '{other}'"
        " where b.profile = '{other}'",
        "select count(*) from {view} where display = '{secret}'",
        "with recursive t as (select display from {view} union select display from t) select count(*) from t"
        " where display = '{secret}'",
        "select count(*) from (select max(display) over (partition by authority_code) as d from {view}) as t"
        " where d = '{secret}'",
        "select count(*) from pg_stats where most_common_vals::text like '%{secret}%'",
        "select count(*) from pg_description where description like '%{secret}%'",
    ],
)
def test_no_query_of_a_reader_finds_another_profile(warehouse: Warehouse, login: str, statement: str) -> None:
    with warehouse.raw_connection(autocommit=True) as connection:
        connection.execute("analyze")
    for other in set(PROFILES) - SEES[login]:
        query = statement.format(view=VIEW, other=other, secret=SECRET[other])
        assert read(warehouse, query, login) == [(0,)]


@pytest.mark.parametrize("login", READERS)
def test_no_function_or_error_of_a_reader_tells_another_profile(warehouse: Warehouse, login: str) -> None:
    url = warehouse.url.set(drivername="postgresql").set(username=login).render_as_string(hide_password=False)
    own = {SECRET[profile] for profile in SEES[login]}
    with psycopg.connect(url, autocommit=True) as connection:
        heard: list[str] = []
        connection.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
        # a cast that fails tells the value that it met: it must have met none but the reader's own
        with pytest.raises(psycopg.errors.InvalidTextRepresentation) as caught:
            connection.execute(f"select display::int from {VIEW}").fetchall()
        connection.execute(f"prepare asked as select distinct display from {VIEW} where profile <> 'none'")
        assert {row[0] for row in connection.execute("execute asked")} == own
    for secret in set(SECRET.values()) - own:
        assert secret not in str(caught.value)
        assert not any(secret in sentence for sentence in heard)


@pytest.mark.parametrize("login", READERS)
@pytest.mark.parametrize(
    "statement",
    [
        "select * from release.reporting__rpt_indicator_series",
        "select * from release.visible_profiles",
        "select * from reporting_candidate.rpt_indicator_series",
        "select * from staging.hidden_figures",
        "select * from restricted.hiding_reasons",
        "select * from restricted.disclosure_proofs",
        "select * from marts.indicator_values",
        "set role csc_analyst",
        "create view reporting.mine as select 1",
    ],
)
def test_a_reader_comes_no_nearer_to_what_lies_behind(warehouse: Warehouse, login: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        read(warehouse, statement, login)


def test_a_reader_that_becomes_public_sees_less_at_once(warehouse: Warehouse) -> None:
    with warehouse.raw_connection(autocommit=True) as connection:
        connection.execute("create role moves login in role csc_reader")
        assert {row[0] for row in read(warehouse, f"select profile from {VIEW}", "moves")} == {"committee"}
        connection.execute("grant csc_public to moves")
        assert {row[0] for row in read(warehouse, f"select profile from {VIEW}", "moves")} == {"open"}
