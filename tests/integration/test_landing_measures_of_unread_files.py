"""A file that is last night's is not read again; what is measured of it is what reading it would give."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from typing import Any

import pytest

from csc_warehouse.landing.judging import delivery_measures
from csc_warehouse.landing.merging import delivery_reader
from csc_warehouse.landing.merging.delivery_reader import DeliveryReader
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import Place, day
from tests.support.parquet_deliveries import guid, write_cofnod

MEASURES = (
    "select source, business_date, entity, column_name, measure, value from landing.delivery_measures"
    " join landing.deliveries using (delivery_id) order by 1, 2, 3, 4, 5"
)


@pytest.fixture(scope="module")
def shared(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(module_warehouse, tmp_path_factory.mktemp("measures"))


@pytest.fixture
def place(shared: Place) -> Place:
    shared.start_again()
    return shared


def measured(place: Place, entity: str, column: str, measure: str) -> dict[datetime.date, float]:
    return dict(
        place.query(
            "select business_date, value from landing.delivery_measures join landing.deliveries using (delivery_id)"
            " where entity = %s and column_name = %s and measure = %s order by 1",
            entity,
            column,
            measure,
        )
    )


def deliver(place: Place, number: int, clients: str, *, received: str = "") -> None:
    contacts = [{"CONTACT_NO": str(n), "CLIENT_NO": f"000000{n}", "RECEIVED": received} for n in (3, 4, 5)]
    entities = {"CLIENT": [{"CLIENT_NO": each} for each in clients], "CONTACT": contacts}
    write_raise(place.exports, day(number), entities)
    assert place.land().refused == []


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_references_of_an_unchanged_file_are_counted_anew_when_what_they_name_has_gone(
    place: Place, monkeypatch: pytest.MonkeyPatch, is_on_disk: bool
) -> None:
    if is_on_disk:
        monkeypatch.setattr(delivery_reader, "LARGE_DELIVERY_BYTES", 0)
        monkeypatch.setattr(delivery_reader, "SMALL_FILE_BYTES", 0)
    deliver(place, 1, "12345")
    deliver(place, 2, "1234")
    deliver(place, 3, "123")
    deliver(place, 4, "1235")
    assert measured(place, "contact", "client_no", "missing_reference_count") == {
        day(1): 0.0,
        day(2): 1.0,
        day(3): 2.0,
        day(4): 1.0,
    }


def test_dates_of_an_unchanged_file_are_in_the_future_of_its_own_day(place: Place) -> None:
    for number in (1, 2, 3, 4):
        deliver(place, number, "12345", received="03/05/2018 09:30")
    assert measured(place, "contact", "received", "future_date_count") == {
        day(1): 3.0,
        day(2): 3.0,
        day(3): 0.0,
        day(4): 0.0,
    }


def test_a_night_without_a_change_looks_at_no_row_that_stands(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(place, 1, "1234")

    def fail(*_values: Any, **_named: Any) -> None:
        raise AssertionError("nothing has changed")

    monkeypatch.setattr(delivery_measures, "standing_texts", fail)
    deliver(place, 2, "1234")
    assert measured(place, "contact", "client_no", "missing_reference_count") == {day(1): 1.0, day(2): 1.0}


def raise_night(place: Place, number: int, chance: random.Random) -> None:
    people = chance.choice([["1", "002", "3"], ["1", "3"], ["2", "3", "4"]])
    contacts = [
        {"CONTACT_NO": str(n), "CLIENT_NO": named, "RECEIVED": received}
        for n, (named, received) in enumerate(
            [("0000001", " 03/05/2018 00:00"), ("2", "02/05/2018 23:59"), ("", ""), ("09", "01/01/1900 00:00")]
        )
    ]
    moves = [{"MOVE_NO": "1", "CLIENT_NO": "3", "MOVE_DATE": chance.choice(["03/05/2018", "04/05/2019"])}]
    write_raise(
        place.exports,
        day(number),
        {"CLIENT": [{"CLIENT_NO": p} for p in people], "CONTACT": contacts, "SCHOOL_MOVE": moves},
    )


def wccis_night(place: Place, number: int, chance: random.Random) -> None:
    people = chance.choice([["a", "b", "c"], ["A", "c"], ["b"]])
    stamps = dict.fromkeys(("createdon", "modifiedon"), "2018-06-01T08:00:00Z")
    contacts = [
        {**stamps, "contactid": str(n), "personid": named, "contactreceiveddatetime": received}
        for n, (named, received) in enumerate(
            [
                (" A", "2018-06-02T22:59:59Z"),
                ("b", "2018-06-03T01:30:00+02:00"),
                ('q"x', "2018-06-02T23:00:00Z"),
                ("", ""),
            ]
        )
    ]
    write_wccis(place.exports, day(number, 6), {"person": [{"personid": p} for p in people], "contact": contacts})


def cofnod_night(place: Place, number: int, chance: random.Random) -> None:
    people = [{"id": guid(n), "change": chance.choice(["upsert", "upsert", "delete"])} for n in range(3)]
    moment = datetime.datetime(2020, 4, 3, 12, tzinfo=datetime.UTC)
    contacts = [
        {"id": guid(n, "c"), "person_id": guid(n).upper(), "received_at": moment, "change": change}
        for n, change in enumerate(["upsert", "delete", "upsert", "upsert"])
    ]
    kept = people[: chance.choice([1, 2, 3])]
    write_cofnod(place.exports, day(number, 4, 2020), {"people": kept, "contacts": contacts})


@pytest.mark.parametrize("night", [raise_night, wccis_night, cofnod_night])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_measure_is_what_reading_all_files_would_give(
    place: Place, monkeypatch: pytest.MonkeyPatch, night: Callable[[Place, int, random.Random], None], seed: int
) -> None:
    found = []
    unread: list[str] = []
    same_files = DeliveryReader._same_files

    def note(*values: Any) -> Any:
        same = same_files(*values)
        unread.extend(same)
        return same

    readers: list[Callable[..., Any]] = [note, lambda *_values: {}]
    for same in readers:
        place.start_again()
        monkeypatch.setattr(DeliveryReader, "_same_files", same)
        chance = random.Random(seed)  # noqa: S311  (test data)
        for number in (1, 2, 3, 4):
            night(place, number, chance)
            summary = place.land()
            assert (len(summary.landed), summary.refused) == (1, [])
        found.append(place.query(MEASURES))
    assert {"contact", "contacts"} & set(unread)
    assert found[0] == found[1]
