"""Who queries the schema restricted by a login: recorded before a row is given, or nothing is given."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import psycopg
import pytest

from csc_warehouse.warehouse import Warehouse
from csc_warehouse.warehouse.cluster import data_directory
from tests.support.candidates import WREXHAM, fresh_warehouse, night, read, reset


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with fresh_warehouse() as opened:
        with opened.raw_connection() as connection:
            connection.execute("create role a_reviewer login in role csc_reviewer")
        reset(opened)
        night(opened, 1, datetime.date(2018, 1, 1))
        with opened.raw_connection() as connection:
            connection.execute("insert into restricted.child_keys values (%s, 'R0000001', 'key')", [WREXHAM])
        yield opened


def _address(warehouse: Warehouse, login: str) -> str:
    return warehouse.url.set(drivername="postgresql", username=login).render_as_string(hide_password=False)


NOTED = "select place, reader, kind, way, database_user from quality.readings where kind = 'query' order by reading_id"


@pytest.fixture
def last_noted(warehouse: Warehouse) -> int:
    return len(read(warehouse, NOTED))


def test_query_of_restricted_when_a_login_asks_then_is_recorded_once_a_statement(
    warehouse: Warehouse, last_noted: int
) -> None:
    assert len(read(warehouse, "select * from restricted.rpt_cases", "a_reviewer")) > 1
    read(warehouse, "select count(*) from restricted.child_keys", "a_reviewer")
    read(
        warehouse,
        "select from restricted.rpt_cases as r inner join restricted.child_keys as k on true",
        "a_reviewer",
    )
    noted = read(warehouse, NOTED)[last_noted:]
    assert noted[:2] == [
        ("restricted.rpt_cases", "a_reviewer", "query", "login", "a_reviewer"),
        ("restricted.child_keys", "a_reviewer", "query", "login", "a_reviewer"),
    ]
    assert sorted(row[:2] for row in noted[2:]) == [
        ("restricted.child_keys", "a_reviewer"),
        ("restricted.rpt_cases", "a_reviewer"),
    ]
    # other schemas, what is only planned, and the warehouse's own login, whose pages and commands record their reader
    read(warehouse, "select * from marts.dim_children", "a_reviewer")
    read(warehouse, "explain select * from restricted.rpt_cases", "a_reviewer")
    read(warehouse, "select * from restricted.rpt_cases")
    assert len(read(warehouse, NOTED)) == last_noted + len(noted)


def test_query_of_restricted_when_nothing_can_be_recorded_then_gives_nothing(
    warehouse: Warehouse, last_noted: int
) -> None:
    for relation in ("restricted.rpt_cases", "restricted.child_keys"):
        with psycopg.connect(_address(warehouse, "a_reviewer")) as connection:
            connection.read_only = True
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match=f"^{relation} is read in a transaction"):
                connection.execute(f"select * from {relation}")
    assert len(read(warehouse, NOTED)) == last_noted


def test_query_of_restricted_when_rolled_back_then_stands_in_the_servers_log_and_leaves_a_gap(
    warehouse: Warehouse, last_noted: int
) -> None:
    number = "select coalesce(max(reading_id), 0) from quality.readings"
    log = data_directory(warehouse.settings.home) / "log"
    before, said = read(warehouse, number)[0][0], log.read_text(encoding="utf-8")
    with psycopg.connect(_address(warehouse, "a_reviewer")) as connection:
        connection.execute("select * from restricted.rpt_cases")
        connection.rollback()
        # a part of a transaction, and of a block, can be undone too
        connection.execute("savepoint before_reading")
        connection.execute("select * from restricted.rpt_cases")
        connection.execute("rollback to savepoint before_reading")
        connection.execute(
            "do $$ begin perform from restricted.rpt_cases; raise 'undone'; exception when others then null; end $$"
        )
    assert len(read(warehouse, NOTED)) == last_noted
    written = log.read_text(encoding="utf-8")[len(said) :]
    assert written.count("csc-warehouse: a_reviewer reads restricted.rpt_cases") == 3
    read(warehouse, "select * from restricted.rpt_cases", "a_reviewer")
    assert read(warehouse, number)[0][0] == before + 4


def test_statement_of_a_login_when_it_names_a_child_then_the_servers_log_holds_nothing_of_it(
    warehouse: Warehouse,
) -> None:
    log = data_directory(warehouse.settings.home) / "log"
    said = len(log.read_text(encoding="utf-8"))
    asked = "select * from restricted.child_keys where child_key::text = 'Secretname Jones 12/03/2009'"
    read(warehouse, asked, "a_reviewer")
    with pytest.raises(psycopg.errors.InvalidDatetimeFormat, match="Secretname"):
        read(warehouse, "select 'Secretname Jones'::date", "a_reviewer")
    # and one that ends with its session, which the log is told of
    ended = "select 'Secretname Jones', pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(psycopg.errors.AdminShutdown):
        read(warehouse, ended, "a_reviewer")
    written = log.read_text(encoding="utf-8")[said:]
    assert "csc-warehouse: a_reviewer reads restricted.child_keys" in written
    assert "terminating connection" in written
    assert "STATEMENT" not in written
    assert "Secretname" not in written
    # of a process that is killed the server says what it did, in a line that this leaves out
    assert read(warehouse, "show log_error_verbosity") == [("terse",)]


def test_record_of_queries_when_somebody_writes_it_by_hand_then_takes_no_words(warehouse: Warehouse) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="No relation of the schema restricted"):
        read(warehouse, "select quality.note_query('Ann Child')", "a_reviewer")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        read(warehouse, "delete from quality.readings returning reading_id", "a_reviewer")
