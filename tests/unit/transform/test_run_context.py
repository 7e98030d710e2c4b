"""The run context: which day and which deliveries a build shows (indicators.md rule 1.7, deliveries.md section 7)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import text

from csc_warehouse.authority_config import AuthorityConfig, SystemConfig
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import Config
from csc_warehouse.transform import AuthorityContext, set_context
from csc_warehouse.warehouse import Warehouse

WREXHAM, LIVERPOOL = "W06000006", "E08000012"


def day(value: str) -> datetime.date:
    return datetime.date.fromisoformat(value)


@pytest.fixture
def warehouse(module_warehouse: Warehouse) -> Iterator[Warehouse]:
    yield module_warehouse
    with module_warehouse.transaction() as connection:
        connection.execute(text("truncate landing.deliveries, staging.run_context, staging.run_systems cascade"))


def deliver(warehouse: Warehouse, *deliveries: tuple[str, ...]) -> None:
    """Enter accepted deliveries of (source, authority, day) into the ledger; more is a status or kind."""
    numbers = count(1)
    with warehouse.transaction() as connection:
        for source, authority, date, *rest in deliveries:
            kinds = {"full", "delta"} & set(rest)
            status = [word for word in rest if word not in kinds]
            connection.execute(
                text(
                    "insert into landing.deliveries (source, authority_code, name, business_date, kind, status, reason,"
                    " content_sha256, received_at) values (:source, :authority, 'all', :date, :kind, :status,"
                    " 'because', :sha, '2018-01-01')"
                ),
                {
                    "source": source,
                    "authority": authority,
                    "date": day(date),
                    "kind": kinds.pop() if kinds else "full",
                    "status": status[0] if status else "accepted",
                    "sha": str(next(numbers)),
                },
            )


def context_of(warehouse: Warehouse, authority: str) -> dict[str, object]:
    with warehouse.transaction() as connection:
        row = connection.execute(
            text("select * from staging.run_context where authority_code = :authority"), {"authority": authority}
        ).one()
    return dict(row._mapping)


def systems_of(warehouse: Warehouse, authority: str) -> dict[str, dict[str, object]]:
    with warehouse.transaction() as connection:
        rows = connection.execute(
            text("select * from staging.run_systems where authority_code = :authority order by system_number"),
            {"authority": authority},
        ).all()
    return {row.source_name: dict(row._mapping) for row in rows}


def shown(rows: list[AuthorityContext]) -> dict[str, tuple[str, str]]:
    return {row.authority_code: (row.as_at_date.isoformat(), row.live_source) for row in rows}


def test_set_context_before_the_cut_over_shows_the_latest_raise_delivery(warehouse: Warehouse) -> None:
    deliver(
        warehouse,
        ("raise", WREXHAM, "2017-06-30"),
        ("raise", WREXHAM, "2017-09-30"),
        ("corporate", WREXHAM, "2017-09-15"),
        ("corporate", WREXHAM, "2017-10-02"),
    )
    rows = set_context(warehouse, day("2017-10-05"), "run")
    # K is 30 September: nothing becomes due on the five days that no delivery covers
    assert shown(rows) == {WREXHAM: ("2017-09-30", "raise")}
    context = context_of(warehouse, WREXHAM)
    assert context["requested_date"] == day("2017-10-05")
    systems = systems_of(warehouse, WREXHAM)
    assert list(systems) == ["raise", "wccis"]
    assert (systems["raise"]["as_at_date"], systems["raise"]["is_live"]) == (day("2017-09-30"), True)
    assert systems["raise"]["live_to_date"] == day("2018-05-20")
    assert (systems["wccis"]["as_at_date"], systems["wccis"]["is_live"]) == (None, False)
    assert context["corporate_as_at_date"] == day("2017-09-15")
    # the end of 30 September is midnight in summer time
    assert context["as_at_end_at"] == datetime.datetime(2017, 9, 30, 23, tzinfo=datetime.UTC)
    assert context["is_home_authority"] is True


def test_set_context_after_the_cut_over_shows_wccis_and_keeps_the_last_raise_delivery(warehouse: Warehouse) -> None:
    deliver(
        warehouse,
        ("raise", WREXHAM, "2018-05-20"),
        ("wccis", WREXHAM, "2018-05-21"),
        ("wccis", WREXHAM, "2018-12-16"),
    )
    rows = set_context(warehouse, None, "run")
    assert shown(rows) == {WREXHAM: ("2018-12-16", "wccis")}
    systems = systems_of(warehouse, WREXHAM)
    assert systems["raise"]["as_at_date"] == day("2018-05-20")
    assert systems["wccis"]["first_usable_date"] == day("2018-05-21")
    assert systems["wccis"]["is_live"]


def test_set_context_uses_no_delivery_on_the_wrong_side_of_the_cut_over(warehouse: Warehouse) -> None:
    deliver(
        warehouse,
        ("wccis", WREXHAM, "2018-05-14"),
        ("raise", WREXHAM, "2018-05-19"),
        ("raise", WREXHAM, "2018-05-21"),
        ("raise", WREXHAM, "2018-05-22"),
    )
    rows = set_context(warehouse, day("2018-05-31"), "run")
    assert shown(rows) == {WREXHAM: ("2018-05-19", "raise")}


def test_set_context_ignores_refused_and_superseded_deliveries(warehouse: Warehouse) -> None:
    deliver(
        warehouse,
        ("raise", WREXHAM, "2017-06-30"),
        ("raise", WREXHAM, "2017-07-31", "refused"),
        ("raise", WREXHAM, "2017-08-31", "superseded"),
    )
    assert shown(set_context(warehouse, None, "run")) == {WREXHAM: ("2017-06-30", "raise")}


def test_set_context_takes_a_missing_cut_over_from_the_first_wccis_delivery(warehouse: Warehouse) -> None:
    deliver(warehouse, ("raise", WREXHAM, "2017-06-30"), ("wccis", LIVERPOOL, "2018-03-04"))
    rows = {row.authority_code: row for row in set_context(warehouse, day("2018-03-10"), "run")}
    assert rows[LIVERPOOL].cut_over_date == day("2018-03-04")
    assert rows[LIVERPOOL].is_cut_over_assumed
    assert not rows[WREXHAM].is_cut_over_assumed
    assert context_of(warehouse, LIVERPOOL)["authority_name"] == LIVERPOOL
    assert context_of(warehouse, LIVERPOOL)["is_home_authority"] is False


def test_set_context_leaves_out_an_authority_without_a_delivery_up_to_the_day(warehouse: Warehouse) -> None:
    deliver(warehouse, ("raise", WREXHAM, "2017-06-30"), ("wccis", LIVERPOOL, "2018-03-04"))
    assert shown(set_context(warehouse, day("2017-12-31"), "run")) == {WREXHAM: ("2017-06-30", "raise")}


def test_set_context_without_any_delivery_says_what_to_do(warehouse: Warehouse) -> None:
    with pytest.raises(CscWarehouseError, match="Nothing has been landed yet"):
        set_context(warehouse, None, "run")


def test_set_context_before_the_first_delivery_says_what_to_do(warehouse: Warehouse) -> None:
    deliver(warehouse, ("raise", WREXHAM, "2017-06-30"))
    with pytest.raises(CscWarehouseError, match="up to 29 June 2017 can be used"):
        set_context(warehouse, day("2017-06-29"), "run")


def test_set_context_brings_spellings_of_the_configuration(warehouse: Warehouse) -> None:
    deliver(warehouse, ("raise", WREXHAM, "2017-06-30"))
    config = Config(
        authorities={WREXHAM: AuthorityConfig(name="Wrexham")}, spellings={"team": {" Front Door ": "spoa"}}
    )
    configured = Warehouse(
        settings=warehouse.settings.model_copy(update={"config": config}), url=warehouse.url, engine=warehouse.engine
    )
    set_context(configured, None, "run")
    with warehouse.transaction() as connection:
        rows = connection.execute(
            text("select list_name, spelling, canonical, is_of_contract from staging.configured_spellings")
        ).all()
    assert [tuple(row[:3]) for row in rows if not row.is_of_contract] == [("team", "FRONT DOOR", "SPOA")]
    assert ("team", "OUT OF HOURS", "EDT", True) in {tuple(row) for row in rows}, "of the contract of a source in use"


SYSTEMS = Config(
    authorities={
        WREXHAM: AuthorityConfig(
            name="Wrexham",
            cut_over_date=day("2018-05-21"),
            systems=(SystemConfig(source="cofnod", first_day=day("2020-04-05")),),
        )
    }
)


def test_set_context_when_a_third_system_has_no_full_yet_then_the_second_stays_live(warehouse: Warehouse) -> None:
    deliver(
        warehouse,
        ("raise", WREXHAM, "2018-05-20"),
        ("wccis", WREXHAM, "2018-05-21"),
        ("wccis", WREXHAM, "2020-04-04", "delta"),
        # on a day on which another is live, no fact uses it
        ("wccis", WREXHAM, "2020-04-05"),
        ("cofnod", WREXHAM, "2020-03-29"),
        ("cofnod", WREXHAM, "2020-04-05", "delta"),
    )
    chained = Warehouse(
        settings=warehouse.settings.model_copy(update={"config": SYSTEMS}), url=warehouse.url, engine=warehouse.engine
    )
    assert shown(set_context(chained, day("2020-04-11"), "run")) == {WREXHAM: ("2020-04-04", "wccis")}
    deliver(warehouse, ("cofnod", WREXHAM, "2020-04-12"), ("cofnod", WREXHAM, "2020-04-13", "delta"))
    assert shown(set_context(chained, day("2020-04-30"), "run")) == {WREXHAM: ("2020-04-13", "cofnod")}
    systems = systems_of(warehouse, WREXHAM)
    assert [(s["source_name"], s["system_number"]) for s in systems.values()] == [
        ("raise", 1),
        ("wccis", 2),
        ("cofnod", 3),
    ]
    assert systems["cofnod"]["first_usable_date"] == day("2020-04-12")
    assert systems["wccis"]["as_at_date"] == day("2020-04-04")
    assert systems["raise"]["as_at_date"] == day("2018-05-20")
    assert context_of(warehouse, WREXHAM)["cut_over_date"] == day("2020-04-05")


def test_set_context_takes_a_missing_first_day_from_the_systems_first_delivery(warehouse: Warehouse) -> None:
    deliver(
        warehouse,
        ("wccis", WREXHAM, "2018-05-21"),
        ("wccis", WREXHAM, "2020-04-12"),
        ("cofnod", WREXHAM, "2020-04-05"),
    )
    assert shown(set_context(warehouse, None, "run")) == {WREXHAM: ("2020-04-05", "cofnod")}
    systems = systems_of(warehouse, WREXHAM)
    assert systems["cofnod"]["is_first_day_assumed"]
    assert systems["wccis"]["live_to_date"] == day("2020-04-04")


def test_set_context_when_councils_have_different_chains_then_each_is_shown_by_its_own(warehouse: Warehouse) -> None:
    planned, skipped, never, straight = LIVERPOOL, "W06000001", "W06000005", "W06000015"
    later = (SystemConfig(source="cofnod", first_day=day("2020-04-05")),)
    config = Config(
        authorities={
            # its next system comes after the night that is built, and delivers on trial already
            planned: AuthorityConfig(
                name="Planned", systems=(SystemConfig(source="cofnod", first_day=day("2021-04-05")),)
            ),
            # the system in the middle of three has sent nothing yet
            skipped: AuthorityConfig(name="Skipped", cut_over_date=day("2018-05-21"), systems=later),
            never: AuthorityConfig(name="Never the first", systems=later),
            straight: AuthorityConfig(name="The last alone", systems=later),
        }
    )
    deliver(
        warehouse,
        ("wccis", planned, "2020-04-12"),
        ("cofnod", planned, "2020-04-12"),
        ("raise", skipped, "2018-05-20"),
        ("cofnod", skipped, "2020-04-12"),
        ("wccis", never, "2020-04-04"),
        ("cofnod", never, "2020-04-05"),
        ("cofnod", straight, "2020-04-05"),
    )
    chained = Warehouse(
        settings=warehouse.settings.model_copy(update={"config": config}), url=warehouse.url, engine=warehouse.engine
    )
    assert shown(set_context(chained, day("2020-04-30"), "run")) == {
        planned: ("2020-04-12", "wccis"),
        skipped: ("2020-04-12", "cofnod"),
        never: ("2020-04-05", "cofnod"),
        straight: ("2020-04-05", "cofnod"),
    }
    read = {
        authority: [(name, row["as_at_date"]) for name, row in systems_of(warehouse, authority).items()]
        for authority in (planned, skipped, never, straight)
    }
    assert read == {
        planned: [("wccis", day("2020-04-12")), ("cofnod", None)],
        skipped: [("raise", day("2018-05-20")), ("wccis", None), ("cofnod", day("2020-04-12"))],
        never: [("wccis", day("2020-04-04")), ("cofnod", day("2020-04-05"))],
        straight: [("cofnod", day("2020-04-05"))],
    }
    # without its middle system the first one ends the day before that system's first
    assert systems_of(warehouse, skipped)["raise"]["live_to_date"] == day("2018-05-20")


def test_set_context_says_what_each_entity_of_a_system_holds(warehouse: Warehouse) -> None:
    deliver(warehouse, ("raise", WREXHAM, "2017-06-30"))
    set_context(warehouse, None, "run")
    with warehouse.transaction() as connection:
        held = connection.execute(
            text("select source_name, source_entity from staging.case_entities where entity = 'people'")
        ).all()
    assert {tuple(row) for row in held} == {("raise", "client"), ("wccis", "person"), ("cofnod", "people")}
