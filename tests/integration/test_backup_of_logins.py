"""A backup comes back where nobody knows the logins yet that own and may read parts of it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy.grants import READING
from csc_warehouse.warehouse import Warehouse, backup, dumped_logins
from tests.support.candidates import night, read, reset
from tests.support.homes import temporary_settings

DAY = datetime.date(2018, 5, 13)
OWN = (
    'create role "Ann-O\'Hara" login in role csc_analyst',
    "create role an_auditor login in role csc_reader",
    'create schema analysts authorization "Ann-O\'Hara"',
    'set role "Ann-O\'Hara"',
    "create view analysts.own as select authority_code, value from marts.indicator_values",
    "create view analysts.zero as select 0 as one",
    "create view analysts.above as select one from analysts.zero",
    "grant usage on schema analysts to an_auditor",
    "grant create on schema analysts to an_auditor",
    "grant select on analysts.above to an_auditor",
    "set role an_auditor",
    "create view analysts.by_the_auditor as select one from analysts.above",
    'set role "Ann-O\'Hara"',
    "grant select on analysts.own to an_auditor with grant option",
    "reset role",
)
OWNED = """
select c.relname, pg_get_userbyid(c.relowner), c.relacl::text from pg_class as c where c.oid = 'analysts.own'::regclass
"""
LOGINS = "select rolname, rolcanlogin from pg_roles where rolname in ('Ann-O''Hara', 'an_auditor') order by 1"


@pytest.fixture
def used(server: Warehouse) -> Iterator[Warehouse]:
    """Yield a warehouse in which a person has a view of their own, and lets another one read it."""
    reset(server)
    night(server, 1, DAY)
    with server.raw_connection() as connection:
        for statement in OWN:
            connection.execute(statement)
    yield server
    with server.raw_connection() as connection:
        connection.execute('drop owned by "Ann-O\'Hara", an_auditor cascade')
        connection.execute('drop role "Ann-O\'Hara", an_auditor')


def test_backup_with_a_persons_own_view_comes_back_where_nobody_knows_that_person(
    used: Warehouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written = backup.backup(used, tmp_path / "backup.tar")
    with temporary_settings() as empty:
        restored = backup.restore(empty, written)
        assert read(restored, OWNED) == read(used, OWNED) != []
        # nobody comes in before a password was given
        assert read(restored, LOGINS) == read(used, LOGINS)
        assert read(
            restored, "select count(*) from pg_authid where rolname like 'an%' and rolpassword is not null"
        ) == [(0,)]
        assert read(restored, "select * from analysts.own order by 1", "Ann-O'Hara") == read(
            used, "select * from analysts.own order by 1", "Ann-O'Hara"
        )
        assert read(restored, "select one from analysts.by_the_auditor", "an_auditor") == [(0,)]
        restored.engine.dispose()
    assert "Everything of the warehouse's own" not in caplog.text
    assert "were made, without a password: Ann-O'Hara, an_auditor." in caplog.text


def test_restore_runs_nothing_of_a_person_with_the_rights_of_whoever_restores(used: Warehouse, tmp_path: Path) -> None:
    climbing = (
        "create table analysts.step (may boolean)",
        "insert into analysts.step values (false)",
        "create function analysts.climb(boolean) returns boolean language plpgsql as $$begin"
        " if not (select r.rolname like 'Ann%' from pg_roles as r where r.rolname = current_user)"
        " then execute 'alter role \"Ann-O''Hara\" superuser'; end if; return true; end$$",
        "create table analysts.notes (word text check (analysts.climb(true)))",
        "insert into analysts.notes values ('kept')",
    )
    with used.raw_connection() as connection:
        connection.execute('set role "Ann-O\'Hara"')
        for statement in climbing:
            connection.execute(statement)
    written = backup.backup(used, tmp_path / "backup.tar")
    with temporary_settings() as empty:
        restored = backup.restore(empty, written)
        assert read(restored, "select rolname from pg_roles where rolsuper") == [("postgres",)]
        assert read(restored, "select count(*) from pg_roles where rolname like 'csc_restoring%'") == [(0,)]
        assert read(restored, "select count(*) from marts.indicator_values") != [(0,)]
        restored.engine.dispose()


def test_entries_when_divided_then_those_of_each_login_of_the_warehouse_are_its_own() -> None:
    own = (
        "; a comment\n",
        "2; 3079 16385 EXTENSION - plpgsql \n",
        "5; 2615 2200 SCHEMA - public pg_database_owner\n",
        "7; 2615 16387 SCHEMA - release the_first_login\n",
        "8; 1259 16390 TABLE landing deliveries the_first_login\n",
        "9; 1259 16391 TABLE quality upkeep_steps the_next_login\n",
        "3; 0 16391 TABLE DATA quality upkeep_steps the_next_login\n",
        "10; 1259 16392 TABLE marts fct_contacts csc_owner\n",
    )
    theirs = (
        "11; 1259 16393 VIEW analysts own ann\n",
        # what somebody calls a schema and a table makes nobody a login of the warehouse
        "12; 1259 16394 TABLE landing x y ann\n",
        "13; 1259 16395 TABLE DATA release x ann\n",
    )
    assert dumped_logins.divided("".join((*own, *theirs))) == ("".join(own), {"ann": set(theirs)})


def test_restore_leaves_out_an_extension_that_the_server_has_not_and_says_so(
    server: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    entries = [
        "2; 3079 16385 EXTENSION - pgaudit \n",
        "4301; 0 0 COMMENT - EXTENSION pgaudit \n",
        "3; 3079 16400 EXTENSION - plpgsql \n",
        "7; 2615 16387 SCHEMA - landing council\n",
    ]
    assert backup._possible(server, "".join(entries)) == "".join(entries[2:])
    assert [record.getMessage() for record in caplog.records] == [
        "The backup names the extension pgaudit, which this server has not: it is left out."
    ]


def test_roles_that_read_are_those_that_a_backup_keeps(server: Warehouse) -> None:
    assert set(dumped_logins.GROUPS) == set(READING)
    # a backup that somebody has changed gives nobody more
    kept = '[{"name": "a_thief", "can_log_in": true, "groups": ["csc_owner", "pg_read_all_data", "csc_reader"]}]'
    assert dumped_logins.make_missing(server, ["pg_unheard_of"], kept) == ["a_thief"]
    given = "select roleid::regrole::text from pg_auth_members where member = 'a_thief'::regrole"
    assert read(server, given) == [("csc_reader",)]


def test_backup_when_whoever_restores_may_make_no_roles_then_says_which_are_lacking(server: Warehouse) -> None:
    with server.raw_connection() as connection:
        connection.execute("create role plain_one login")
    plain = dataclasses.replace(server, url=server.url.set(username="plain_one"))
    with pytest.raises(CscWarehouseError, match=r"administrator make a_person \(create role"):
        dumped_logins.make_missing(plain, ["a_person"], "[]")
