"""Corporate returns: each file a delivery of its own; returns accumulate by business date."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from csc_warehouse import landing
from csc_warehouse.warehouse import Warehouse
from tests.support.landings import Place, day

HEADER = "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n"


@pytest.fixture(scope="module")
def shared(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(module_warehouse, tmp_path_factory.mktemp("corporate"))


@pytest.fixture
def place(shared: Place) -> Place:
    shared.empty()
    shutil.rmtree(shared.exports)
    shutil.rmtree(shared.warehouse.settings.archive, ignore_errors=True)
    shared.exports.mkdir()
    return shared


def deliver(place: Place, number: int, *families: str, as_at: str = "2018-04-30") -> Path:
    folder = place.exports / "corporate" / str(day(number))
    folder.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{family},W06000006,GENERAL,N,ASSESSMENT,N,{as_at}\n" for family in families)
    path = folder / f"nwas_adopters_{day(number):%Y%m%d}.csv"
    path.write_text("Adopters\n\n" + HEADER + rows + "\nNote: provisional\n")
    return path


def rows(place: Place) -> list[tuple[object, ...]]:
    return place.query(
        "select family_no, valid_from_date, valid_to_date, record_number"
        " from landing.corporate_nwas_adopters order by 2, 1"
    )


def test_returns_accumulate_and_none_ends_another(place: Place) -> None:
    deliver(place, 10, "F1", "F2")
    deliver(place, 20, "F1")
    summary = place.land()
    assert (len(summary.landed), summary.rows_new, summary.rows_vanished) == (2, 3, 0)
    assert rows(place) == [("F1", day(10), None, 4), ("F2", day(10), None, 5), ("F1", day(20), None, 4)]
    assert place.query("select distinct name, kind, authority_code from landing.deliveries") == [
        ("nwas_adopters", "return", "W06000006")
    ]


def test_a_re_sent_return_replaces_its_business_date_alone(place: Place) -> None:
    deliver(place, 10, "F1", "F2")
    deliver(place, 20, "F1")
    place.land()
    deliver(place, 10, "F3")
    place.land()
    assert rows(place) == [("F3", day(10), None, 4), ("F1", day(20), None, 4)]
    digest = place.history_digest(with_ids=True)
    place.empty()
    landing.rebuild(place.warehouse)
    assert place.history_digest(with_ids=True) == digest


def test_a_return_named_for_another_day_is_refused(place: Place) -> None:
    path = deliver(place, 10, "F1")
    path.rename(path.with_name("nwas_adopters_20180511.csv"))
    assert "is not of 2018-05-10, the date of its folder" in place.land().refused[0]


def test_one_refused_return_does_not_hold_up_the_others(place: Place) -> None:
    path = deliver(place, 10, "F1")
    path.with_name("hr_establishment_20180510.xlsx").write_text("no workbook")
    summary = place.land()
    assert len(summary.landed) == 1
    assert summary.refused == [
        "corporate hr_establishment W06000006 2018-05-10 is refused: hr_establishment_20180510.xlsx does not open as a "
        "workbook; ask the supplier to send the delivery again."
    ]
