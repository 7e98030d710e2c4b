"""Who sees what: each group's schemas, an analyst's authorities, restricted children, and who owns the views."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator

import psycopg
import pytest

from csc_warehouse import publication
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.privacy import roles
from csc_warehouse.privacy.grants import PUBLISHER
from csc_warehouse.publication import published_relations
from csc_warehouse.settings import SafeguardsConfig
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import (
    CHILDREN,
    CONTACTS,
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
    "a_publisher": "csc_publisher",
    "an_analyst": "csc_analyst",
    "an_analyst_of_flintshire": "csc_analyst",
    "a_reader": "csc_reader",
    "the_public": "csc_public",
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
        (
            "marts.indicator_values",
            {"a_publisher", "a_transformer", "an_analyst", "an_analyst_of_flintshire", "a_reviewer"},
        ),
        ("marts.indicators", {"a_publisher", "a_transformer", "an_analyst", "an_analyst_of_flintshire", "a_reviewer"}),
        (
            "reporting.rpt_scorecard",
            {
                "a_publisher",
                "a_transformer",
                "an_analyst",
                "an_analyst_of_flintshire",
                "a_reviewer",
                "a_reader",
                "the_public",
            },
        ),
        ("restricted.rpt_cases", {"a_publisher", "a_transformer", "a_reviewer"}),
        ("restricted.child_keys", {"a_transformer", "a_reviewer"}),
        ("restricted.authority_keys", {"a_transformer"}),
        ("marts_candidate.fct_contacts", {"a_publisher", "a_transformer"}),
        ("staging.run_context", {"a_publisher", "a_transformer"}),
        ("release.pointer", {"a_publisher", "a_transformer"}),
        ("release.locks", {"a_transformer", "a_publisher"}),
        ("landing.locks", {"a_loader", "a_transformer"}),
        ("release.marts__fct_contacts", {"a_publisher", "a_transformer"}),
        ("release.marts__indicator_values__from_1", {"a_publisher"}),
        ("landing.deliveries", {"a_loader", "a_publisher", "a_transformer", "a_reviewer"}),
        (
            "quality.publications",
            {"a_publisher", "a_transformer", "an_analyst", "an_analyst_of_flintshire", "a_reviewer"},
        ),
        (
            "quality.indicator_grades",
            {"a_publisher", "a_transformer", "an_analyst", "an_analyst_of_flintshire", "a_reviewer"},
        ),
        ("quality.check_results", {"a_publisher", "a_loader", "a_transformer", "a_reviewer"}),
        ("quality.signed_figures", {"a_publisher", "a_transformer", "a_reviewer"}),
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
        "create function public.peek(text, text) returns boolean language plpgsql cost 0.0000001 as"
        " $$ begin raise notice '% %', $1, $2; return true; end $$"
    )
    with warehouse.raw_connection() as connection:
        connection.execute(peek)
    seen: list[str] = []
    url = warehouse.url.set(drivername="postgresql", username="an_analyst").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        connection.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
        connection.execute("select from marts.fct_contacts where public.peek(authority_code, child_key)")
        connection.execute("select from marts.indicator_values where public.peek(authority_code, run::text)")
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


def test_a_server_without_the_roles_publishes_only_where_the_configuration_accepts_it(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    """A council's server may not let this login make roles: nobody would be kept apart, so nothing goes out unasked."""
    with warehouse.raw_connection() as connection:
        connection.execute("alter role csc_owner rename to csc_elsewhere")
    try:
        reset(warehouse)
        published_relations.register(warehouse, [CHILDREN])
        release_id = open_night(warehouse, 1, DAY)
        fill_night(warehouse, 1)
        with pytest.raises(CscWarehouseError, match=r"create role csc_owner nologin.*safeguards\.without_roles"):
            publication.store(warehouse, release_id)
        accepting = waiving(warehouse, without_roles=True)
        publication.store(accepting, release_id)
        with pytest.raises(CscWarehouseError, match="lacks roles"):
            publication.publish(warehouse, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
        publication.publish(accepting, release_id, {WREXHAM: PASSED, FLINTSHIRE: PASSED}, published_by="test")
        assert "Published by safeguards.without_roles" in caplog.text
        assert read(warehouse, "select distinct release_id from marts.dim_children") == [(1,)]
    finally:
        with warehouse.raw_connection() as connection:
            connection.execute("alter role csc_elsewhere rename to csc_owner")
    # an administrator has made it since
    publication.store(warehouse, open_night(warehouse, 2, DAY))
    owner = "select pg_get_userbyid(relowner) from pg_class where oid = 'marts.dim_children'::regclass"
    assert read(warehouse, owner) == [("csc_owner",)]


def waiving(warehouse: Warehouse, **waived: bool) -> Warehouse:
    config = warehouse.settings.config.model_copy(update={"safeguards": SafeguardsConfig(**waived)})
    settings = warehouse.settings.model_copy(update={"config": config})
    return dataclasses.replace(warehouse, settings=settings)


@pytest.mark.parametrize(
    ("broken", "mended", "said"),
    [
        ("alter role csc_owner bypassrls", "alter role csc_owner nobypassrls", "csc_owner is above row-level security"),
        ("alter role csc_reader superuser", "alter role csc_reader nosuperuser", "csc_reader is above row-level"),
        (
            "alter table quality.indicator_grades disable row level security",
            "alter table quality.indicator_grades enable row level security",
            r"quality\.indicator_grades can be read past it",
        ),
        (
            "alter table release.marts__fct_contacts disable row level security",
            "alter table release.marts__fct_contacts enable row level security",
            r"marts\.fct_contacts can be read past it",
        ),
        (
            "alter table release.reporting__rpt_scorecard owner to csc_owner",
            "alter table release.reporting__rpt_scorecard owner to csc_publisher",
            r"reporting\.rpt_scorecard can be read past it",
        ),
        (
            "alter view marts.indicator_values owner to postgres",
            "alter view marts.indicator_values owner to csc_owner",
            r"marts\.indicator_values can be read past it",
        ),
    ],
)
def test_where_row_security_does_not_hold_nothing_is_published(
    warehouse: Warehouse, broken: str, mended: str, said: str
) -> None:
    reset(warehouse)
    night(warehouse, 1, DAY)
    release_id = open_night(warehouse, 2, DAY)
    fill_night(warehouse, 2)
    publication.store(warehouse, release_id)
    verdicts = {WREXHAM: PASSED, FLINTSHIRE: PASSED}
    with warehouse.raw_connection() as connection:
        connection.execute(broken)
    try:
        with pytest.raises(CscWarehouseError, match=said):
            publication.publish(warehouse, release_id, verdicts, published_by="test")
        assert read(warehouse, "select distinct release_id from release.pointer") == [(1,)]
    finally:
        with warehouse.raw_connection() as connection:
            connection.execute(mended)
    publication.publish(warehouse, release_id, verdicts, published_by="test")
    assert read(warehouse, "select distinct release_id from release.pointer") == [(2,)]


@pytest.mark.parametrize("view", ["marts.indicator_values", "reporting.rpt_scorecard"])
def test_a_view_that_another_login_took_is_named_with_what_to_do(warehouse: Warehouse, view: str) -> None:
    reset(warehouse)
    night(warehouse, 1, DAY)
    release_id = open_night(warehouse, 2, DAY)
    fill_night(warehouse, 2)
    publisher = warehouse.acting_as(PUBLISHER)
    with warehouse.raw_connection() as connection:
        connection.execute(f"alter view {view} owner to postgres")
    try:
        said = rf"{view.replace('.', '[.]')} .*belongs to another login \(must be owner of view .*csc_owner"
        with pytest.raises(CscWarehouseError, match=said):
            publication.store(publisher, release_id)
        assert read(warehouse, "select distinct release_id from release.pointer") == [(1,)]
    finally:
        with warehouse.raw_connection() as connection:
            connection.execute(f"alter view {view} owner to csc_owner")
    assert publication.store(publisher, release_id).relations


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("alter table marts_candidate.dim_children drop column is_restricted", "has no column is_restricted"),
        ("alter table marts_candidate.dim_children rename child_key to key_of_child", "has no column child_key"),
        (
            "update marts_candidate.dim_children set is_restricted = null where child_key like '%-child-1'",
            "leaves is_restricted empty for 2 children",
        ),
    ],
)
def test_a_release_that_does_not_say_who_is_restricted_is_not_stored(
    warehouse: Warehouse, change: str, said: str
) -> None:
    reset(warehouse)
    published_relations.register(warehouse, [CONTACTS])
    release_id = open_night(warehouse, 1, DAY)
    fill_night(warehouse, 1)
    with warehouse.raw_connection() as connection:
        connection.execute(change)
    with pytest.raises(CscWarehouseError, match=rf"{said}.*safeguards\.without_restricted_marks"):
        publication.store(warehouse, release_id)
    assert publication.is_stored(warehouse, release_id) is False
    publication.store(waiving(warehouse, without_restricted_marks=True), release_id)
    assert publication.is_stored(warehouse, release_id)


def test_each_waived_safeguard_is_a_sentence_of_status(warehouse: Warehouse) -> None:
    from csc_warehouse.reporting import status

    assert status.read(warehouse)["waived"] == []
    (named,) = status.read(waiving(warehouse, without_roles=True))["waived"]
    assert named["sentence"].startswith("safeguards.without_roles = true: row-level security need not hold")
    assert SafeguardsConfig().waived == ()
    said = SafeguardsConfig(without_roles=True, without_restricted_marks=True).waived
    assert [sentence.split(" ")[0] for sentence in said] == [
        "safeguards.without_roles",
        "safeguards.without_restricted_marks",
    ]
