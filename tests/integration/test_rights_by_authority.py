"""A login sees the rows of the authorities that it was given, whatever it asks and however it asks it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from csc_warehouse.privacy import roles
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import FLINTSHIRE, WREXHAM, fresh_warehouse, night, read, reset

SEES = {
    "w_analyst": WREXHAM,
    "f_analyst": FLINTSHIRE,
    "w_reader": WREXHAM,
    "f_reader": FLINTSHIRE,
    "f_public": FLINTSHIRE,
}
GROUPS = {name: f"csc_{name.partition('_')[2]}" for name in SEES}
ANALYSTS = ("w_analyst", "f_analyst")
REPORTED = ("reporting.rpt_scorecard",)
COUNTED = ("marts.indicator_values", "marts.fct_contacts", "marts.dim_children", "quality.publications")


def relations(login: str) -> tuple[str, ...]:
    """Return what a login reads that has rows of authorities."""
    return (*REPORTED, *COUNTED) if login in ANALYSTS else REPORTED


def other(login: str) -> str:
    """Return the authority whose rows a login may not see."""
    return WREXHAM if SEES[login] == FLINTSHIRE else FLINTSHIRE


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with fresh_warehouse() as opened:
        with opened.raw_connection() as connection:
            for login, group in GROUPS.items():
                connection.execute(f"create role {login} login in role {group}")
            connection.execute("create role in_turn login noinherit in role w_analyst, f_analyst")
        reset(opened)
        night(opened, 1, datetime.date(2018, 1, 1))
        for login, code in SEES.items():
            roles.assign_authority(opened, login, code)
        yield opened


def connected(warehouse: Warehouse, login: str) -> psycopg.Connection:
    """Connect as a login; each statement stands alone."""
    url = warehouse.url.set(drivername="postgresql", username=login).render_as_string(hide_password=False)
    return psycopg.connect(url, autocommit=True)


@pytest.mark.parametrize("login", SEES)
@pytest.mark.parametrize(
    "statement",
    [
        "select authority_code from {view}",
        "select authority_code from {view} where authority_code = '{other}' or true",
        "select b.authority_code from {view} as a right join {view} as b on a.authority_code <> b.authority_code",
        "with recursive r as (select authority_code from {view} union select v.authority_code from {view} as v, r)"
        " select authority_code from r",
        "select max(authority_code) over (order by authority_code rows between unbounded preceding and unbounded"
        " following) from {view}",
        "select l.authority_code from (values (1)) as o cross join lateral (select * from {view}) as l",
        "select unnest(array(select authority_code from {view}))",
        "select jsonb_array_elements(jsonb_agg(t)) ->> 'authority_code' from {view} as t",
        "select row_to_json(t) ->> 'authority_code' from {view} as t",
    ],
)
def test_no_query_of_a_login_finds_another_authority(warehouse: Warehouse, login: str, statement: str) -> None:
    for view in relations(login):
        found = {code for (code,) in read(warehouse, statement.format(view=view, other=other(login)), login)}
        assert found == {SEES[login]}, view


@pytest.mark.parametrize("login", SEES)
def test_what_a_login_copies_and_fetches_is_its_own(warehouse: Warehouse, login: str) -> None:
    with connected(warehouse, login) as connection:
        for view in relations(login):
            with connection.cursor().copy(f"copy (select authority_code from {view}) to stdout") as copied:
                assert {bytes(line).decode().strip() for line in copied} == {SEES[login]}
            with connection.transaction():
                connection.execute(f"declare asked scroll cursor with hold for select authority_code from {view}")
                forwards = connection.execute("fetch all from asked").fetchall()
            backwards = connection.execute("fetch backward all from asked").fetchall()
            connection.execute("close asked")
            assert {code for (code,) in (*forwards, *backwards)} == {SEES[login]}
            assert len(forwards) == len(backwards)


@pytest.mark.parametrize("login", SEES)
@pytest.mark.parametrize(
    "leak",
    [
        # an error that only a row of the other authority would raise
        "select count(*) from {view} where 1 / (case authority_code when '{other}' then 0 else 1 end) = 1",
        "select sum(1 / (case authority_code when '{other}' then 0 else 1 end)) from {view}",
        "select authority_code from {view} order by 1 / (case authority_code when '{other}' then 0 else 1 end)",
        "select count(*) from {view} group by authority_code"
        " having 1 / (case authority_code when '{other}' then 0 else 1 end) = 1",
        "select count(*) from {view} as a inner join {view} as b"
        " on 1 / (case b.authority_code when '{other}' then 0 else 1 end) = 1",
        "select count(*) from {view}"
        " where (case authority_code when '{other}' then authority_code else '0' end)::int = 0",
        "select count(*) from {view} where authority_code ~ (case authority_code when '{other}' then '(' else '.' end)",
    ],
)
def test_no_error_of_a_login_tells_of_another_authority(warehouse: Warehouse, login: str, leak: str) -> None:
    for view in relations(login):
        # the same question about its own rows does fail
        with pytest.raises(psycopg.Error):
            read(warehouse, leak.format(view=view, other=SEES[login]), login)
        assert read(warehouse, leak.format(view=view, other=other(login)), login)


@pytest.mark.parametrize("login", SEES)
def test_the_text_of_an_error_holds_no_other_authoritys_value(warehouse: Warehouse, login: str) -> None:
    for view in relations(login):
        with pytest.raises(psycopg.errors.InvalidTextRepresentation) as caught:
            read(warehouse, f"select count(*) from {view} where authority_code::int = 0", login)
        assert SEES[login] in str(caught.value)
        assert other(login) not in str(caught.value)


@pytest.mark.parametrize("login", SEES)
def test_row_security_that_a_login_turns_off_shows_no_more(warehouse: Warehouse, login: str) -> None:
    for view in relations(login):
        with connected(warehouse, login) as connection:
            connection.execute("set row_security = off")
            try:
                rows = connection.execute(f"select distinct authority_code from {view}").fetchall()
            except psycopg.errors.InsufficientPrivilege:
                continue
            assert rows == [(SEES[login],)]


@pytest.mark.parametrize("login", SEES)
def test_a_function_that_a_login_calls_is_shown_its_rows_alone(warehouse: Warehouse, login: str) -> None:
    """As cheap as can be, it would be asked before anything else, were the views no barrier."""
    with warehouse.raw_connection() as connection:
        connection.execute(
            "create or replace function public.peek(text) returns boolean language plpgsql cost 0.0000001 as"
            " $$ begin raise notice '%', $1; return true; end $$"
        )
    seen: set[str] = set()
    with connected(warehouse, login) as connection:
        connection.add_notice_handler(lambda notice: seen.add(notice.message_primary or ""))
        for view in relations(login):
            connection.execute(f"select from {view} where public.peek(authority_code)")
            connection.execute(f"select from {view} as v where public.peek(v::text)")
            connection.execute(f"select from {view} as v order by public.peek(v::text)")
        connection.execute(
            "do $$ declare code text; begin for code in select authority_code from reporting.rpt_scorecard"
            " loop raise notice 'block %', code; end loop; end $$"
        )
    assert {SEES[login], f"block {SEES[login]}"} <= seen
    assert not any(other(login) in sentence for sentence in seen)


def test_a_prepared_statement_is_answered_by_who_asks_it_now(warehouse: Warehouse) -> None:
    """More often than the planner looks at values: its plan is then one for all."""
    with connected(warehouse, "in_turn") as connection:
        for view in relations("w_analyst"):
            answers = []
            connection.execute("set role w_analyst")
            connection.execute(f"prepare asked as select distinct authority_code from {view}")
            for role in ("w_analyst", "f_analyst") * 7:
                connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
                answers.append((role, connection.execute("execute asked").fetchall()))
            connection.execute("deallocate asked")
            assert all(rows == [(SEES[role],)] for role, rows in answers), view


def test_an_authority_that_is_taken_is_gone_from_a_plan_that_stands(warehouse: Warehouse) -> None:
    view = "marts.fct_contacts"
    with connected(warehouse, "f_analyst") as connection:
        connection.execute(f"prepare asked as select distinct authority_code from {view} order by 1")
        for _ in range(7):
            assert connection.execute("execute asked").fetchall() == [(FLINTSHIRE,)]
        roles.assign_authority(warehouse, "f_analyst", WREXHAM)
        assert connection.execute("execute asked").fetchall() == [(FLINTSHIRE,), (WREXHAM,)]
        roles.withdraw_authority(warehouse, "f_analyst", WREXHAM)
        assert connection.execute("execute asked").fetchall() == [(FLINTSHIRE,)]


@pytest.mark.parametrize("login", SEES)
@pytest.mark.parametrize(
    "statement",
    [
        "create view marts.mine as select 1",
        "create view reporting.mine as select 1",
        "create view public.mine as select 1",
        "create temp view mine as select 1",
        "create temp table mine (code text)",
        "create function public.mine() returns int language sql as 'select 1'",
        "create function pg_temp.mine() returns int language sql as 'select 1'",
        "create schema mine",
        "create or replace view reporting.rpt_scorecard as select 1",
        "alter view reporting.rpt_scorecard set (security_barrier = false)",
        "alter view reporting.rpt_scorecard owner to {login}",
        "alter role {login} bypassrls",
        "set role csc_reviewer",
        "set session authorization csc_owner",
        "create policy mine on release.reporting__rpt_scorecard using (true)",
    ],
)
def test_no_login_makes_a_view_or_changes_one(warehouse: Warehouse, login: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        read(warehouse, statement.format(login=login), login)


def test_a_view_in_an_analysts_own_schema_shows_each_reader_no_more_than_it_has(warehouse: Warehouse) -> None:
    """An administrator may give an analyst a schema. What it makes there lends nobody the rights of its maker."""
    with warehouse.raw_connection(autocommit=True) as connection:
        connection.execute("create schema of_w_analyst authorization w_analyst")
    with connected(warehouse, "w_analyst") as connection:
        connection.execute("grant usage on schema of_w_analyst to public")
        for number, view in enumerate(relations("w_analyst")):
            made = f"of_w_analyst.mine_{number}"
            connection.execute(f"create view {made} as select authority_code from {view}")
            connection.execute(f"grant select on {made} to public")
    for number, view in enumerate(relations("w_analyst")):
        made = f"select distinct authority_code from of_w_analyst.mine_{number}"
        assert read(warehouse, made, "w_analyst") == [(WREXHAM,)]
        assert read(warehouse, made, "f_analyst") == [(FLINTSHIRE,)]
        # who reads figures for publication comes by it to no row that was counted
        for login in ("w_reader", "f_reader", "f_public"):
            seen = read(warehouse, made, login)
            assert seen == ([] if view.startswith("marts.") else [(SEES[login],)]), (view, login)


@pytest.mark.parametrize("login", SEES)
@pytest.mark.parametrize(
    "statement",
    [
        "select count(*) from pg_stats where schemaname not in ('pg_catalog', 'information_schema')",
        "select count(*) from pg_stats_ext where schemaname not in ('pg_catalog', 'information_schema')",
        "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and query like '%select%'",
    ],
)
def test_what_the_server_counts_for_itself_is_shown_to_no_login(
    warehouse: Warehouse, login: str, statement: str
) -> None:
    with warehouse.raw_connection(autocommit=True) as connection:
        connection.execute("analyze")
        assert read(warehouse, "select count(*) > 0 from pg_stats where schemaname = 'release'") == [(True,)]
        assert read(warehouse, statement, login) == [(0,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        read(warehouse, "select count(*) from pg_statistic", login)
