"""The night's steps work as roles, and each role may do its step's work and nothing of another's."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import text

from csc_warehouse import nightly
from csc_warehouse.landing.history import tables as landing_tables
from csc_warehouse.privacy import roles
from csc_warehouse.privacy.grants import STEP_ROLES
from csc_warehouse.quality import sign_off
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import WREXHAM, fresh_warehouse, night, reset

DAY = datetime.date(2018, 1, 1)
DECIDE = "insert into quality.decisions (kind, person, reason) values ('sign_off', 'Nobody Here', 'forged')"
EXPLAIN = (
    "insert into quality.explanations (authority_code, check_code, reason, explained_by, as_at_date, expires_on)"
    " values ('W06000006', 'CON01', 'forged by a role', 'Nobody Here', '2018-01-01', '2018-02-01')"
)
FORGERIES = (
    DECIDE,
    EXPLAIN,
    "update quality.decisions set person = 'Nobody Here'",
    "delete from quality.explanations",
    "update quality.explanations set withdrawn_by = 'Nobody Here', withdrawn_at = now()",
    "insert into quality.signed_figures (decision_id) values (1)",
    "truncate quality.signed_figures",
    "truncate quality.decisions cascade",
    "select quality.record_decision('sign_off', 'Nobody Here', 'forged')",
)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with fresh_warehouse() as opened:
        landing_tables.sync(opened)
        reset(opened)
        night(opened, 1, DAY)
        roles.apply_grants(opened)
        yield opened


def refused(warehouse: Warehouse, step: roles.Step, statement: str) -> bool:
    with roles.under(warehouse, step).raw_connection() as connection:
        try:
            connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return True
        finally:
            connection.rollback()
    return False


@pytest.mark.parametrize("step", STEP_ROLES)
def test_a_step_works_as_its_role_in_every_kind_of_session(warehouse: Warehouse, step: roles.Step) -> None:
    mine = roles.under(warehouse, step)
    with mine.raw_connection() as connection:
        assert connection.execute("select current_user").fetchone() == (STEP_ROLES[step],)
        connection.execute("reset role")
        assert connection.execute("select current_user").fetchone() == (STEP_ROLES[step],)
    with mine.transaction() as connection_of_engine:
        assert connection_of_engine.execute(text("select current_user")).scalar() == STEP_ROLES[step]


@pytest.mark.parametrize("step", ["land", "build", "check", "publish"])
@pytest.mark.parametrize("statement", FORGERIES)
def test_no_step_writes_the_journal_of_decisions(warehouse: Warehouse, step: roles.Step, statement: str) -> None:
    assert refused(warehouse, step, statement)


@pytest.mark.parametrize(
    ("step", "statement"),
    [
        ("land", "delete from marts_candidate.fct_contacts"),
        ("land", "select from marts.indicator_values"),
        ("land", "update release.pointer set release_id = 1"),
        ("land", "select from restricted.child_keys"),
        ("land", "insert into quality.publications select * from quality.publications"),
        ("land", "create table quality.mine (n int)"),
        ("build", "delete from landing.deliveries"),
        ("build", "insert into landing.overrides (source) values ('raise')"),
        ("build", "drop table landing.raise_contact"),
        ("build", "update release.pointer set release_id = 1"),
        ("build", "delete from release.marts__indicator_values"),
        ("build", "drop view marts.indicator_values"),
        ("check", "update quality.publications set verdict = 'published'"),
        ("check", "delete from quality.check_results"),
        ("check", "delete from quality.notifications"),
        ("publish", "insert into landing.overrides (source) values ('raise')"),
        ("publish", "select from landing.raise_client"),
        ("publish", "insert into quality.check_results (check_code) values ('CON01')"),
        ("publish", "update quality.indicator_grades set grade = 'A'"),
        ("publish", "delete from marts_candidate.indicator_values"),
        ("publish", "select from restricted.child_keys where child_key is null for update"),
        ("publish", "delete from release.schema_migrations"),
        ("publish", "insert into release.analyst_authorities values ('csc_reader', 'W06000006')"),
    ],
)
def test_a_step_does_nothing_of_anothers_work(warehouse: Warehouse, step: roles.Step, statement: str) -> None:
    assert refused(warehouse, step, statement)


def test_what_a_role_was_granted_once_and_is_not_to_have_is_taken(warehouse: Warehouse) -> None:
    """A warehouse of an earlier version, or an administrator, gave more."""
    with warehouse.raw_connection() as connection:
        connection.execute("create role somebody_else nologin")
        for statement in (
            "grant insert on quality.decisions to csc_transformer",
            "grant truncate on quality.signed_figures to csc_transformer, somebody_else",
            "grant update (person) on quality.decisions to somebody_else",
            "grant insert on quality.explanations to public",
            "grant all on release.pointer to csc_transformer",
            "grant select on landing.quarantine to csc_analyst",
            "grant create on schema quality to csc_transformer",
        ):
            connection.execute(statement)
    assert roles.apply_grants(warehouse) >= 10
    assert roles.apply_grants(warehouse) == 0
    with warehouse.raw_connection() as connection:
        held = connection.execute(
            "select has_table_privilege('csc_transformer', 'quality.decisions', 'insert'),"
            " has_table_privilege('somebody_else', 'quality.signed_figures', 'truncate'),"
            " has_any_column_privilege('somebody_else', 'quality.decisions', 'update'),"
            " has_table_privilege('somebody_else', 'quality.explanations', 'insert'),"
            " has_table_privilege('csc_transformer', 'release.pointer', 'update'),"
            " has_any_column_privilege('csc_analyst', 'landing.quarantine', 'select'),"
            " has_schema_privilege('csc_transformer', 'quality', 'create')"
        ).fetchone()
        assert held == (False,) * 7
        kept = "select has_table_privilege('csc_transformer', 'release.pointer', 'select')"
        assert connection.execute(kept).fetchone() == (True,)


@pytest.mark.parametrize(
    "statement",
    [
        "truncate quality.signed_figures",
        "truncate quality.decisions cascade",
        "truncate quality.explanations",
        "truncate quality.check_results",
        "truncate quality.notifications",
        "delete from quality.explanations",
        "update quality.explanations set reason = 'another reason'",
        "update quality.decisions set person = 'Nobody Here'",
    ],
)
def test_what_is_kept_as_it_was_written_is_so_for_the_owner_too(warehouse: Warehouse, statement: str) -> None:
    with warehouse.raw_connection() as connection:
        connection.execute(DECIDE)
        connection.execute(EXPLAIN)
        with pytest.raises(psycopg.errors.RaiseException, match="kept as they were written"):
            connection.execute(statement)
        connection.rollback()


def test_an_explanation_is_withdrawn_once(warehouse: Warehouse) -> None:
    with warehouse.raw_connection() as connection:
        connection.execute(EXPLAIN)
        withdraw = "update quality.explanations set withdrawn_by = 'Jo Bell', withdrawn_at = now()"
        connection.execute(withdraw)
        with pytest.raises(psycopg.errors.RaiseException, match="can only be withdrawn"):
            connection.execute(withdraw)
        connection.rollback()


def test_the_account_of_the_pages_counts_from_the_warehouses_own_login_alone(warehouse: Warehouse) -> None:
    with warehouse.raw_connection() as connection:
        connection.execute("create role jo_bell login in role csc_reviewer")
        connection.execute(
            "insert into release.analyst_authorities values ('csc_analyst', %s) on conflict do nothing", [WREXHAM]
        )
    last = "select person, database_user, airflow_account from quality.decisions order by decision_id desc limit 1"
    reject = "select quality.reject_release(1, 'Ann Price', 'Not yet', 'W06000006')"
    url = warehouse.url.set(drivername="postgresql", username="jo_bell").render_as_string(hide_password=False)
    with psycopg.connect(url) as reviewer:
        reviewer.execute("select set_config('csc_warehouse.account', 'ann.price', false)")
        reviewer.execute(reject)
        assert reviewer.execute(last).fetchone() == ("Ann Price", "jo_bell", None)
    sign_off.reject(
        warehouse, 1, by="Ann Price", reason="Not yet", authority_code=WREXHAM, airflow_account=" ann.price "
    )
    with warehouse.raw_connection() as connection:
        assert connection.execute(last).fetchone() == ("Ann Price", "postgres", "ann.price")
    sign_off.reject(warehouse, 1, by="Ann Price", reason="Not yet", authority_code=WREXHAM)
    with warehouse.raw_connection() as connection:
        assert connection.execute(last).fetchone() == ("Ann Price", "postgres", None)


def test_a_reviewer_signs_by_the_command_under_a_login_of_their_own(warehouse: Warehouse) -> None:
    """The schemas are the owner's: a login that may not change them opens the warehouse as it is."""
    from csc_warehouse.warehouse import open_warehouse

    with warehouse.raw_connection() as connection:
        connection.execute("create role sam_lee login in role csc_reviewer")
    theirs = warehouse.url.set(username="sam_lee").render_as_string(hide_password=False)
    opened = open_warehouse(warehouse.settings.model_copy(update={"database_url": theirs}))
    number = sign_off.reject(opened, 1, by="Sam Lee", reason="Not yet", authority_code=WREXHAM)
    with warehouse.raw_connection() as connection:
        row = connection.execute(
            "select person, database_user, airflow_account from quality.decisions where decision_id = %s", [number]
        ).fetchone()
    assert row == ("Sam Lee", "sam_lee", None)
    opened.engine.dispose()


def test_every_relation_and_column_that_readers_meet_says_what_it_holds(warehouse: Warehouse) -> None:
    with warehouse.raw_connection() as connection:
        silent = connection.execute(
            "select c.oid::regclass::text || coalesce('.' || a.attname, '') from pg_class as c"
            " inner join pg_namespace as n on n.oid = c.relnamespace"
            " left join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where n.nspname in ('quality', 'landing') and c.relkind in ('r', 'p', 'v')"
            # what a source sends is described in its contract
            " and not exists (select from pg_attribute as h where h.attrelid = c.oid and h.attname = 'row_hash')"
            " and (obj_description(c.oid, 'pg_class') is null or col_description(c.oid, a.attnum) is null) order by 1"
        ).fetchall()
    assert silent == []


def test_a_step_of_the_night_takes_its_role_from_one_place() -> None:
    assert set(STEP_ROLES.values()) == {"csc_loader", "csc_transformer", "csc_publisher"}
    assert vars(nightly)["roles"].under is roles.under
