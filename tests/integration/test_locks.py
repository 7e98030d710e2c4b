"""Locks of the warehouse: nobody but the pipeline's roles can take one, who holds one is said, and none outlives it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest

from csc_warehouse.errors import CscWarehouseError, WarehouseBusyError
from csc_warehouse.landing.history import tables as landing_tables
from csc_warehouse.privacy import roles
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.warehouse import Warehouse, locks
from tests.support.candidates import fresh_warehouse

READERS = {
    "a_reader": "csc_reader",
    "an_analyst": "csc_analyst",
    "a_reviewer": "csc_reviewer",
    "a_stranger": None,
}
FIXED = (locks.BUILD, locks.PUBLICATION, locks.SIGN_OFF, locks.GRANTS, locks.LANDING_TABLES, locks.ARCHIVE)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with fresh_warehouse() as opened:
        landing_tables.sync(opened)
        roles.apply_grants(opened)
        with opened.raw_connection() as connection:
            for login, group in READERS.items():
                connection.execute(f"create role {login} login" + (f" in role {group}" if group else ""))
        yield opened


def connected(warehouse: Warehouse, login: str) -> psycopg.Connection[tuple[object, ...]]:
    url = warehouse.url.set(drivername="postgresql", username=login)
    return psycopg.connect(url.render_as_string(hide_password=False))


def busy(warehouse: Warehouse) -> str:
    with (
        pytest.raises(WarehouseBusyError) as raised,
        locks.held(warehouse, locks.BUILD, what="Another build is running", remedy="wait."),
    ):
        pass
    return str(raised.value)


@pytest.mark.parametrize("login", READERS)
@pytest.mark.parametrize("lock", FIXED, ids=lambda lock: lock.name)
@pytest.mark.parametrize(
    "statement",
    [
        "select from {} for update",
        "select from {} for share",
        "select from {} for key share",
        "lock table {} in row share mode",
        "lock table {} in access exclusive mode",
        "update {} set name = name",
    ],
)
def test_whoever_only_reads_takes_no_lock(warehouse: Warehouse, login: str, lock: locks.Lock, statement: str) -> None:
    with connected(warehouse, login) as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement.format(f"{lock.schema}.locks"))


@pytest.mark.parametrize("login", READERS)
def test_a_number_that_anybody_may_lock_stops_no_build_no_landing_and_no_publication(
    warehouse: Warehouse, login: str
) -> None:
    with connected(warehouse, login) as reader:
        for number in (7_305_001, 7_305_002, 7_305_003, 7_305_010, 7_305_012, 7_305_040):
            reader.execute("select pg_advisory_lock(%s)", [number])
        for lock in (*FIXED, locks.landing("raise", "W06000006")):
            with locks.held(warehouse, lock, what="Busy", remedy="wait."):
                pass
        landing_tables.sync(warehouse)


def test_nothing_in_the_database_or_the_code_asks_for_a_number_to_lock(warehouse: Warehouse) -> None:
    with warehouse.raw_connection() as connection:
        found = connection.execute(
            "select p.oid::regprocedure::text from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace"
            " where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and p.prosrc ~ 'advisory'"
        ).fetchall()
    assert found == []
    sources = sorted((PROJECT_DIRECTORY / "src").rglob("*.py"))
    assert [path.name for path in sources if "_advisory_" in path.read_text()] == []


@pytest.mark.parametrize("application", ["csc-warehouse", "psql of an administrator"])
def test_who_holds_a_lock_is_said_by_application_login_and_time(warehouse: Warehouse, application: str) -> None:
    url = warehouse.url_for("libpq")
    with psycopg.connect(url, application_name=application) as other:
        assert locks.try_to_take(other, locks.BUILD)
        said = busy(roles.under(warehouse, "build"))
    assert f"Another build is running ({application}, login postgres, since " in said
    assert said.endswith(": wait.")
    with locks.held(warehouse, locks.BUILD, what="Busy", remedy="wait."):
        assert "login postgres" in locks.holder(warehouse, locks.BUILD)
    assert locks.holder(warehouse, locks.BUILD) == ""


@pytest.mark.parametrize("lock", [locks.BUILD, locks.ARCHIVE, locks.landing("wccis", "W06000005")], ids=str)
def test_a_killed_process_leaves_no_lock(warehouse: Warehouse, lock: locks.Lock) -> None:
    program = (
        "import psycopg, sys, time\n"
        "from csc_warehouse.warehouse import locks\n"
        "connection = psycopg.connect(sys.argv[1])\n"
        "locks.wait_for(connection, locks.Lock(sys.argv[2], sys.argv[3]))\n"
        "print('held', flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, warehouse.url_for("libpq"), lock.schema, lock.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with warehouse.raw_connection() as connection:
            # a row that was made in the transaction that holds it is not there for others, and they wait for it
            connection.execute("set local lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                locks.wait_for(connection, lock)
        process.kill()
    for _ in range(100):
        with warehouse.raw_connection() as connection:
            if locks.try_to_take(connection, lock):
                return
        time.sleep(0.1)
    pytest.fail("the lock outlived its process")


def test_readers_of_the_archive_share_it_and_whoever_removes_from_it_is_alone(warehouse: Warehouse) -> None:
    with warehouse.raw_connection() as one, warehouse.raw_connection() as two, warehouse.raw_connection() as three:
        locks.share(one, locks.ARCHIVE)
        locks.share(two, locks.ARCHIVE)
        assert not locks.try_to_take(three, locks.ARCHIVE)
        one.rollback()
        two.rollback()
        assert locks.try_to_take(three, locks.ARCHIVE)


def test_a_lock_that_is_gone_is_not_taken_for_one_that_is_held(warehouse: Warehouse) -> None:
    with warehouse.raw_connection() as connection, pytest.raises(CscWarehouseError, match=r"not in release\.locks"):
        locks.try_to_take(connection, locks.Lock("release", "no such lock"))


@pytest.mark.parametrize("login", READERS)
@pytest.mark.parametrize(
    "statement",
    [
        "create temporary table mine (n int)",
        "create function pg_temp.mine() returns int language sql as 'select 1'",
        "select lo_create(0)",
        "select lo_creat(-1)",
        "select lo_from_bytea(0, 'x')",
        "create table public.mine (n int)",
        "create schema mine",
    ],
)
def test_whoever_only_reads_makes_nothing_in_the_warehouse(warehouse: Warehouse, login: str, statement: str) -> None:
    with connected(warehouse, login) as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement)


@pytest.mark.parametrize("step", ["land", "build", "check", "publish"])
def test_each_step_of_a_night_may_make_temporary_tables(warehouse: Warehouse, step: roles.Step) -> None:
    with roles.under(warehouse, step).raw_connection() as connection:
        connection.execute("create temporary table mine on commit drop as select 1 as n")


def test_steps_that_begin_at_the_same_time_grant_one_after_the_other(warehouse: Warehouse) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for _ in range(2):
        with warehouse.raw_connection() as connection:
            schemas = "landing, quality, release"
            connection.execute(f"revoke all on all tables in schema {schemas} from csc_loader, csc_transformer")
            connection.execute("alter table landing.raise_client owner to postgres")
        steps: list[roles.Step] = ["land", "build", "land", "check", "publish", "land"]
        with ThreadPoolExecutor(max_workers=len(steps)) as beside:
            found = list(beside.map(lambda step: roles.under(warehouse, step).role, steps))
        assert [role for role in found if role is None] == []
    with warehouse.raw_connection() as connection:
        owner = "select pg_get_userbyid(relowner) from pg_class where oid = 'landing.raise_client'::regclass"
        assert connection.execute(owner).fetchone() == ("csc_loader",)
