"""Who sees what: each group's schemas, an analyst's authorities, restricted children, and who owns the views."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import psycopg
import pytest

from csc_warehouse import publication
from csc_warehouse.errors import UsageError
from csc_warehouse.privacy import roles
from csc_warehouse.publication import catalogue
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import (
    CHILDREN,
    FLINTSHIRE,
    PASSED,
    WREXHAM,
    fill,
    fill_night,
    fresh_warehouse,
    night,
    open_night,
    read,
    reset,
)

DAY = datetime.date(2018, 1, 1)
LOGINS = {
    "a_loader": "csc_loader",
    "a_transformer": "csc_transformer",
    "an_analyst": "csc_analyst",
    "an_analyst_of_flintshire": "csc_analyst",
    "a_reader": "csc_reader",
    "a_reviewer": "csc_reviewer",
    "a_stranger": None,
}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with fresh_warehouse() as opened:
        with opened.raw_connection() as connection:
            for login, group in LOGINS.items():
                connection.execute(f"create role {login} login" + (f" in role {group}" if group else ""))
        reset(opened)
        night(opened, 1, DAY)
        roles.assign_authority(opened, "an_analyst_of_flintshire", FLINTSHIRE)
        yield opened


def sees(warehouse: Warehouse, relation: str, user: str, columns: str = "*") -> bool:
    try:
        read(warehouse, f"select {columns} from {relation} limit 1", user)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


@pytest.mark.parametrize(
    ("relation", "readers"),
    [
        ("marts.indicator_values", {"a_transformer", "an_analyst", "an_analyst_of_flintshire", "a_reviewer"}),
        ("marts.indicators", {"a_transformer", "an_analyst", "an_analyst_of_flintshire", "a_reviewer"}),
        (
            "reporting.rpt_scorecard",
            {"a_transformer", "an_analyst", "an_analyst_of_flintshire", "a_reviewer", "a_reader"},
        ),
        ("restricted.rpt_cases", {"a_transformer", "a_reviewer"}),
        ("restricted.child_keys", {"a_transformer", "a_reviewer"}),
        ("restricted.authority_keys", {"a_transformer"}),
        ("marts_candidate.fct_contacts", {"a_transformer"}),
        ("staging.run_context", {"a_transformer"}),
        ("release.pointer", {"a_transformer"}),
        ("release.marts__fct_contacts", {"a_transformer"}),
        ("release.marts__indicator_values__from_1", set()),
        ("landing.deliveries", {"a_loader", "a_transformer", "a_reviewer"}),
        ("quality.publications", {"a_transformer", "an_analyst", "an_analyst_of_flintshire", "a_reviewer"}),
        ("quality.indicator_grades", {"a_transformer", "an_analyst", "an_analyst_of_flintshire", "a_reviewer"}),
        ("quality.check_results", {"a_loader", "a_transformer", "a_reviewer"}),
        ("quality.signed_figures", {"a_transformer", "a_reviewer"}),
    ],
)
def test_each_group_reads_its_schemas_and_no_other(warehouse: Warehouse, relation: str, readers: set[str]) -> None:
    if relation == "landing.deliveries" and not read(warehouse, "select to_regclass('landing.deliveries')")[0][0]:
        with warehouse.raw_connection() as connection:
            connection.execute("create table landing.deliveries (delivery_id bigint)")
        roles.apply_grants(warehouse)
    assert {login for login in LOGINS if sees(warehouse, relation, login)} == readers


def test_the_reviewers_ledger_has_no_raw_records(warehouse: Warehouse) -> None:
    with warehouse.raw_connection() as connection:
        if connection.execute("select to_regclass('landing.quarantine')").fetchone() == (None,):
            connection.execute("create table landing.quarantine (reason text, raw_record text)")
    roles.apply_grants(warehouse)
    assert sees(warehouse, "landing.quarantine", "a_reviewer", "reason")
    assert not sees(warehouse, "landing.quarantine", "a_reviewer", "raw_record")
    assert not sees(warehouse, "landing.quarantine", "an_analyst", "reason")
    assert sees(warehouse, "landing.quarantine", "a_loader", "raw_record")


@pytest.mark.parametrize(
    ("login", "authorities"),
    [
        # the council's own rows, as no authority was given to this analyst
        ("an_analyst", [WREXHAM]),
        ("an_analyst_of_flintshire", [FLINTSHIRE]),
        ("a_reviewer", [FLINTSHIRE, WREXHAM]),
        ("a_transformer", [FLINTSHIRE, WREXHAM]),
    ],
)
def test_an_analyst_sees_the_rows_of_its_authorities(warehouse: Warehouse, login: str, authorities: list[str]) -> None:
    for relation in (
        "marts.indicator_values",
        "marts.fct_contacts",
        "marts.dim_children",
        "reporting.rpt_scorecard",
        "quality.publications",
    ):
        rows = read(warehouse, f"select distinct authority_code from {relation} order by 1", login)
        assert [code for (code,) in rows] == authorities, relation
    assert read(warehouse, "select indicator_code from marts.indicators", login) == [("CON01",)]


def test_a_reader_of_reporting_sees_every_authority(warehouse: Warehouse) -> None:
    rows = read(warehouse, "select distinct authority_code from reporting.rpt_scorecard order by 1", "a_reader")
    assert rows == [(FLINTSHIRE,), (WREXHAM,)]


def test_authorities_are_given_and_taken(warehouse: Warehouse) -> None:
    query = "select distinct authority_code from marts.fct_contacts order by 1"
    roles.assign_authority(warehouse, "an_analyst_of_flintshire", WREXHAM)
    assert read(warehouse, query, "an_analyst_of_flintshire") == [(FLINTSHIRE,), (WREXHAM,)]
    assert roles.withdraw_authority(warehouse, "an_analyst_of_flintshire", WREXHAM)
    assert not roles.withdraw_authority(warehouse, "an_analyst_of_flintshire", WREXHAM)
    assert read(warehouse, query, "an_analyst_of_flintshire") == [(FLINTSHIRE,)]
    with pytest.raises(UsageError, match="no role nobody_here"):
        roles.assign_authority(warehouse, "nobody_here", WREXHAM)


def test_restricted_children_are_met_by_reviewers_alone(warehouse: Warehouse) -> None:
    for relation in ("marts.dim_children", "marts.fct_contacts"):
        query = f"select child_key from {relation} where authority_code = '{WREXHAM}' order by 1"
        everyone = [(f"{WREXHAM}-child-{number}",) for number in range(5)]
        assert read(warehouse, query, "an_analyst") == everyone[:4]  # child 4 is restricted
        assert read(warehouse, query, "a_reviewer") == everyone
        assert read(warehouse, query) == everyone


def test_a_rollback_uncovers_nobody(warehouse: Warehouse) -> None:
    """Child 0 is restricted from the second night on: that is known, whatever release is shown."""
    release_id = open_night(warehouse, 2, DAY)
    fill_night(warehouse, 2)
    fill(warehouse, CHILDREN, [(WREXHAM, f"{WREXHAM}-child-{number}", number == 0) for number in range(5)])
    publication.store(warehouse, release_id)
    publication.publish(warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
    query = "select distinct right(child_key, 1) from marts.fct_contacts order by 1"
    assert read(warehouse, query, "an_analyst") == [("1",), ("2",), ("3",), ("4",)]
    publication.rollback(warehouse, by="P. Lead")
    # child 4 is restricted in the release shown, child 0 in the one stored since
    assert read(warehouse, query, "an_analyst") == [("1",), ("2",), ("3",)]
    assert read(warehouse, query, "a_reviewer") == [(str(number),) for number in range(5)]


def test_views_belong_to_a_role_that_row_security_binds(warehouse: Warehouse) -> None:
    owners = read(
        warehouse,
        "select distinct r.rolname, r.rolsuper, r.rolbypassrls, r.rolcanlogin from pg_class as c"
        " inner join pg_roles as r on r.oid = c.relowner where c.relkind = 'v'"
        " and c.relnamespace = any (array['marts', 'reporting', 'restricted']::regnamespace[])",
    )
    assert owners == [("csc_owner", False, False, False)]


def test_a_readers_own_function_is_shown_no_row_that_it_may_not_see(warehouse: Warehouse) -> None:
    """A cheap function in a condition would be called on every stored row, were the views no barrier."""
    peek = (
        "create function pg_temp.peek(text, text) returns boolean language plpgsql cost 0.0000001 as"
        " $$ begin raise notice '% %', $1, $2; return true; end $$"
    )
    seen: list[str] = []
    url = warehouse.url.set(drivername="postgresql", username="an_analyst").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        connection.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
        connection.execute(peek)
        connection.execute("select from marts.fct_contacts where pg_temp.peek(authority_code, child_key)")
        connection.execute("select from marts.indicator_values where pg_temp.peek(authority_code, run::text)")
    assert seen
    assert {line.split()[0] for line in seen} == {WREXHAM}
    assert not any(line.endswith(("child-4", " 2")) for line in seen)


def test_an_analyst_cannot_get_round_the_views(warehouse: Warehouse) -> None:
    for statement in (
        "select * from release.visible_authorities",
        "insert into release.analyst_authorities values ('an_analyst', 'W06000005')",
        "set role csc_owner",
        "update marts.indicators set title = 'mine'",
        "select quality.record_decision('rollback', 'me', 'because', null, '{}')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            read(warehouse, statement, "an_analyst")


def test_grants_are_given_once(warehouse: Warehouse) -> None:
    roles.apply_grants(warehouse)
    assert roles.apply_grants(warehouse) == 0


def test_a_server_without_the_roles_still_publishes(warehouse: Warehouse, caplog: pytest.LogCaptureFixture) -> None:
    """A council's server may not let this login make roles: nobody else reads then, and a warning says so."""
    with warehouse.raw_connection() as connection:
        connection.execute("alter role csc_owner rename to csc_elsewhere")
    try:
        reset(warehouse)
        catalogue.register(warehouse, [CHILDREN])
        release_id = open_night(warehouse, 1, DAY)
        fill_night(warehouse, 1)
        publication.store(warehouse, release_id)
        publication.publish(warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
        assert "csc_owner" in caplog.text
        assert read(warehouse, "select distinct release_id from marts.dim_children") == [(1,)]
    finally:
        with warehouse.raw_connection() as connection:
            connection.execute("alter role csc_elsewhere rename to csc_owner")
    # an administrator has made it since
    publication.store(warehouse, open_night(warehouse, 2, DAY))
    owner = "select pg_get_userbyid(relowner) from pg_class where oid = 'marts.dim_children'::regclass"
    assert read(warehouse, owner) == [("csc_owner",)]
