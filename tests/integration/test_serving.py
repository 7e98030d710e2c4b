"""The embedded server as a BI tool meets it: a port of this machine, a password, one role each, and nothing else."""

from __future__ import annotations

import datetime
import logging
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from csc_warehouse.cli import _assemble
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.privacy import logins
from csc_warehouse.privacy.grants import READING
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import Warehouse, cluster, listening, serving
from csc_warehouse.warehouse.engine import url_for
from tests.support.candidates import FLINTSHIRE, WREXHAM, fresh_warehouse, night, reset
from tests.support.homes import temporary_settings

WRITING = [
    "create table reporting.mine (n integer)",
    "create table public.mine (n integer)",
    "create temporary table mine (n integer)",
    "insert into release.pointer values ('W06000001', 1)",
    "update reporting.rpt_scorecard set display = '0'",
    "delete from marts.indicator_values",
    "create role another login",
    "alter role csc_reader superuser",
    "set role csc_transformer",
    "set session_replication_role = replica",
    "copy (select 1) to '/tmp/stolen'",
    "select pg_read_file('pg_hba.conf')",
]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with fresh_warehouse() as opened:
        reset(opened)
        night(opened, 1, datetime.date(2018, 1, 1))
        opened.engine.dispose()
        serving.serve(opened.settings)
        yield opened


@pytest.fixture
def a_login(warehouse: Warehouse) -> Iterator[tuple[str, str]]:
    yield "a_tool", logins.add(warehouse, "a_tool", "csc_reader")
    with warehouse.transaction() as connection:
        left = {login.name for login in logins.present(connection)}
    if "a_tool" in left:
        logins.remove(warehouse, "a_tool")


def enter(warehouse: Warehouse, name: str, password: str, **changed: str | int) -> psycopg.Connection:
    """Connect as a BI tool does: by the address that the command prints, and a password."""
    address = url_for(serving.address(warehouse.settings, name), "libpq")
    return psycopg.connect(address, password=password, connect_timeout=10, **changed)  # type: ignore[arg-type]


def state_of_entry(warehouse: Warehouse, name: str, password: str, **changed: str | int) -> str:
    """Return what the server says to somebody who is not let in."""
    with pytest.raises(psycopg.OperationalError) as raised:
        enter(warehouse, name, password, **changed)
    return str(raised.value)


def test_the_server_listens_on_one_address_of_this_machine_alone(warehouse: Warehouse) -> None:
    port = cluster.open_port(warehouse.settings.home)
    assert port is not None
    process = psutil.Process(int((warehouse.settings.home / "postgres" / "postmaster.pid").read_text().split()[0]))
    listens = {
        connection.laddr for connection in process.net_connections("inet") if connection.status == psutil.CONN_LISTEN
    }
    assert listens == {("127.0.0.1", port)}
    others = {
        found.address
        for addresses in psutil.net_if_addrs().values()
        for found in addresses
        if found.family == socket.AF_INET and found.address != "127.0.0.1"
    }
    for other in {*others, "127.0.0.2"}:
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((other, port), timeout=5).close()


@pytest.mark.parametrize("role", READING)
def test_a_login_of_each_role_reads_by_its_password_what_its_role_reads(warehouse: Warehouse, role: str) -> None:
    name = f"as_{role.removeprefix('csc_')}"
    password = logins.add(warehouse, name, role)
    try:
        with enter(warehouse, name, password) as connection:
            assert connection.execute("select session_user, inet_server_addr()::text").fetchone() == (
                name,
                "127.0.0.1/32",
            )
            assert connection.execute("select count(*) > 0 from reporting.rpt_scorecard").fetchone() == (True,)
        with enter(warehouse, name, password, dbname="warehouse") as connection:
            reads_marts = connection.execute("select has_schema_privilege('marts', 'usage')").fetchone()
            loops = connection.execute("select current_setting('enable_nestloop')").fetchone()
        assert reads_marts == (role not in {"csc_reader", "csc_public"},)
        # whoever reads marts joins facts with their dimensions, which the planner foresees badly
        assert loops == ("off" if reads_marts == (True,) else "on",)
        for statement in WRITING:
            with enter(warehouse, name, password) as connection, pytest.raises(psycopg.Error) as raised:
                connection.execute(statement)
            # a view that can be written to by nobody is told so before rights are looked at
            assert raised.value.sqlstate in {"42501", "55000"}, statement
    finally:
        logins.remove(warehouse, name)


def test_a_wrong_password_another_database_and_a_superuser_are_refused(
    warehouse: Warehouse, a_login: tuple[str, str]
) -> None:
    name, password = a_login
    enter(warehouse, name, password).close()
    assert "password authentication failed" in state_of_entry(warehouse, name, password[:-1])
    assert "password" in state_of_entry(warehouse, name, "")
    for database in ("postgres", "template1"):
        assert "rejects connection" in state_of_entry(warehouse, name, password, dbname=database)
    with warehouse.raw_connection(autocommit=True) as connection:
        connection.execute("alter role postgres password 'known'")
        connection.execute("create role an_outsider login password 'known' in role csc_reader")
    try:
        for outsider in ("postgres", "an_outsider", "nobody_at_all"):
            assert "rejects connection" in state_of_entry(warehouse, outsider, "known")
    finally:
        with warehouse.raw_connection(autocommit=True) as connection:
            connection.execute("alter role postgres password null")
            connection.execute("drop role an_outsider")


def test_a_login_sees_the_rows_of_the_authorities_it_was_given(warehouse: Warehouse) -> None:
    seen = {}
    given = {"csc_reader": [FLINTSHIRE], "csc_public": [WREXHAM], "csc_analyst": [FLINTSHIRE, WREXHAM]}
    for role in set(given) & set(READING):
        password = logins.add(warehouse, "of_some", role, given[role])
        try:
            with enter(warehouse, "of_some", password) as connection:
                connection.prepare_threshold = 0
                rows = connection.execute("select distinct authority_code from reporting.rpt_scorecard order by 1")
                seen[role] = [code for (code,) in rows]
        finally:
            logins.remove(warehouse, "of_some")
    assert seen == {role: given[role] for role in seen}
    # a login of that name that comes later has none of them
    password = logins.add(warehouse, "of_some", "csc_reader")
    try:
        with enter(warehouse, "of_some", password) as connection:
            rows = connection.execute("select count(distinct authority_code) from reporting.rpt_scorecard")
            assert rows.fetchone() == (2,)
    finally:
        logins.remove(warehouse, "of_some")


def test_a_password_is_kept_nowhere_and_a_new_one_ends_the_sessions_of_the_old(
    warehouse: Warehouse, a_login: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    name, old = a_login
    session = enter(warehouse, name, old)
    with caplog.at_level(logging.DEBUG):
        new = logins.renew_password(warehouse, name)
    with pytest.raises(psycopg.OperationalError):
        session.execute("select 1")
    assert "password authentication failed" in state_of_entry(warehouse, name, old)
    enter(warehouse, name, new).close()
    with warehouse.raw_connection() as connection:
        kept = connection.execute("select rolpassword from pg_authid where rolname = %s", [name]).fetchone()
    assert kept is not None
    assert kept[0].startswith("SCRAM-SHA-256$")
    log = (warehouse.settings.home / "postgres" / "log").read_text(errors="replace")
    for told in (log, caplog.text, *kept):
        assert new not in told
        assert old not in told
    assert kept[0] not in log + caplog.text


def test_a_login_has_one_role_and_is_told_where_it_has_more(warehouse: Warehouse) -> None:
    with warehouse.raw_connection(autocommit=True) as connection:
        connection.execute("create role of_two login in role csc_reader, csc_analyst")
        connection.execute("create role of_one login in role csc_analyst")
        connection.execute("create role of_night login in role csc_loader")
        connection.execute("create role of_power login createrole in role csc_reader")
    try:
        with warehouse.transaction() as connection:
            known = {login.name: login for login in logins.present(connection)}
        assert not any(login.is_let_in for login in known.values())
        assert "csc_analyst and csc_reader" in str(known["of_two"].fault)
        for name in ("of_two", "of_night", "of_power"):
            with pytest.raises(UsageError, match="not let in"):
                logins.renew_password(warehouse, name)
        enter(warehouse, "of_one", logins.renew_password(warehouse, "of_one")).close()
        with pytest.raises(UsageError, match="its maker's to remove"):
            logins.remove(warehouse, "of_two")
        for role in ("csc_loader", "csc_owner", "postgres", "csc_logins"):
            with pytest.raises(UsageError, match="no role that reads"):
                logins.add(warehouse, "another", role)
        with pytest.raises(UsageError, match="already"):
            logins.add(warehouse, "of_two", "csc_reader")
        for name in ("csc_mine", "pg_mine", "postgres", "Ann", "a b", 'a"; drop role x', ""):
            with pytest.raises(UsageError, match="cannot be the name"):
                logins.add(warehouse, name, "csc_reader")
    finally:
        with warehouse.raw_connection(autocommit=True) as connection:
            connection.execute("drop role of_two, of_one, of_night, of_power")


def test_it_goes_on_after_stop_and_start_until_it_is_turned_off(warehouse: Warehouse, a_login: tuple[str, str]) -> None:
    settings, home = warehouse.settings, warehouse.settings.home
    port = cluster.open_port(home)
    assert stat.S_IMODE((home / listening.FILE).stat().st_mode) == 0o600
    cluster.stop(home)
    # whatever somebody wrote into the list of whom the server lets in
    rules = home / "postgres" / "pg_hba.conf"
    rules.write_text("host all all 0.0.0.0/0 trust\n")
    cluster.start(home)
    assert cluster.open_port(home) == port
    assert "trust" not in "".join(line for line in rules.read_text().splitlines() if line.startswith("host"))
    enter(warehouse, *a_login).close()
    assert serving.serve(settings) == port
    assert serving.close(settings)
    try:
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port or 0), timeout=5).close()
        with pytest.raises(UsageError, match="csc-warehouse serve"):
            serving.address(settings)
        assert not serving.close(settings)
        cluster.stop(home)
        cluster.start(home)
        assert cluster.open_port(home) is None
        # the address by the socket was the same throughout
        with warehouse.raw_connection() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    finally:
        serving.serve(settings, port=port)


def test_nobodys_work_is_broken_off_unless_that_is_asked_for(warehouse: Warehouse) -> None:
    home = warehouse.settings.home
    port = cluster.open_port(home)
    with warehouse.raw_connection() as connection:
        connection.execute("select 1")
        with pytest.raises(CscWarehouseError, match=r"at work \(csc-warehouse\).*--now"):
            serving.close(warehouse.settings)
        assert cluster.open_port(home) == port
        with pytest.raises(CscWarehouseError, match="at work"):
            serving.serve(warehouse.settings, port=listening.free_port())
        assert cluster.open_port(home) == port
    assert listening.chosen_port(home) == port


def test_a_port_that_another_program_has_keeps_no_server_from_starting() -> None:
    with temporary_settings() as settings, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(UsageError, match="taken by another program"):
            serving.serve(settings, port=taken)
        cluster.stop(settings.home)
        for content in (f'{{"port": {taken}}}', "{", '{"port": "x"}'):
            (settings.home / listening.FILE).write_text(content)
            cluster.start(settings.home)
            assert cluster.open_port(settings.home) is None
            cluster.stop(settings.home)


@pytest.mark.parametrize("port", [0, 80, 65536])
def test_a_port_that_is_none_for_ordinary_accounts_is_refused(warehouse: Warehouse, port: int) -> None:
    with pytest.raises(UsageError, match="1024 to 65535"):
        serving.serve(warehouse.settings, port=port)


def test_the_commands_let_a_tool_in_and_show_its_password_once(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSC_WAREHOUSE_HOME", str(warehouse.settings.home))
    application = _assemble()

    def said(*words: str) -> str:
        told = CliRunner().invoke(application, list(words))
        assert told.exit_code == 0, told.output
        return told.output

    added = said("login", "add", "power_bi", "--role", "csc_reader", "--authority", WREXHAM)
    try:
        password = re.search(r"shown this once: (\S+)$", added, re.MULTILINE)
        assert password is not None
        port = cluster.open_port(warehouse.settings.home)
        assert said("url", "--driver", "jdbc", "--login", "power_bi").strip() == (
            f"jdbc:postgresql://127.0.0.1:{port}/warehouse?user=power_bi"
        )
        assert said("url", "--driver", "odbc", "--login", "power_bi").strip() == (
            f"Driver={{PostgreSQL Unicode}};Server=127.0.0.1;Port={port};Database=warehouse;Uid=power_bi;"
        )
        unknown = CliRunner().invoke(application, ["url", "--driver", "odbc", "--login", "power_b"])
        assert unknown.exit_code != 0
        assert "127.0.0.1" not in unknown.output
        assert isinstance(unknown.exception, UsageError)
        assert "There is no login power_b" in str(unknown.exception)
        address = said("url", "--driver", "libpq", "--login", "power_bi").strip()
        with psycopg.connect(address, password=password.group(1)) as connection:
            rows = connection.execute("select distinct authority_code from reporting.rpt_scorecard").fetchall()
        assert rows == [(WREXHAM,)]
        listed = said("login", "list") + said("serve")
        assert f"power_bi: csc_reader, authorities: {WREXHAM}." in listed
        assert password.group(1) not in listed
    finally:
        said("login", "remove", "power_bi")
    assert "power_bi" not in said("login", "list")


def test_a_server_of_the_councils_own_is_its_administrators(warehouse: Warehouse, tmp_path: Path) -> None:
    own: Settings = warehouse.settings.model_copy(
        update={"database_url": "postgresql://x@db.example/warehouse", "home": tmp_path}
    )
    for act in (serving.serve, serving.close, serving.address):
        with pytest.raises(UsageError, match="administrator"):
            act(own)


@pytest.mark.parametrize(
    ("address", "jdbc", "odbc"),
    [
        (
            "postgresql://reader:pa;ss@db.council.example:5433/the warehouse",
            "jdbc:postgresql://db.council.example:5433/the%20warehouse",
            "Driver={PostgreSQL Unicode};Server=db.council.example;Port=5433;Database={the warehouse};Uid=reader;",
        ),
        (
            "postgresql://a%3Bb%7D@[::1]/warehouse",
            "jdbc:postgresql://[::1]:5432/warehouse?user=a%3Bb%7D",
            "Driver={PostgreSQL Unicode};Server=::1;Port=5432;Database=warehouse;Uid={a;b}}};",
        ),
    ],
)
def test_an_address_is_written_as_jdbc_and_odbc_read_it_and_has_no_password(address: str, jdbc: str, odbc: str) -> None:
    assert url_for(make_url(address), "jdbc") == jdbc
    assert url_for(make_url(address), "odbc") == odbc


def test_the_group_that_is_let_in_has_one_name() -> None:
    assert logins.LET_IN == listening.LET_IN
