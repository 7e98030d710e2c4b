"""A business date that cannot be: later than the day of receipt, or before the calendar (deliveries.md section 9)."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from csc_warehouse import landing
from csc_warehouse.settings import Config, LandingConfig
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import WREXHAM, Place

NOON = datetime.datetime(2018, 6, 4, 12, tzinfo=datetime.UTC)
TODAY = NOON.date()
A_DAY = datetime.timedelta(days=1)
Writer = Callable[[Path, datetime.date], object]


def write_return(exports: Path, date: datetime.date) -> Path:
    folder = exports / "corporate" / date.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"nwas_adopters_{date.isoformat().replace('-', '')}.csv"
    path.write_text(
        f"family_no,authority,applicant_type,second_time,stage,on_hold,as_at\nF1,{WREXHAM},GENERAL,N,HOME,N,2018-05-31\n"
    )
    return path


WRITERS: dict[str, Writer] = {
    "raise": lambda exports, date: write_raise(exports, date, {}),
    "wccis": lambda exports, date: write_wccis(exports, date, {"person": [{"personid": "a-1"}]}),
    "corporate": write_return,
}


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Path) -> Place:
    return Place(module_warehouse, tmp_path)


def statuses(place: Place) -> list[tuple[str, datetime.date]]:
    return place.query("select status, business_date from landing.deliveries order by delivery_id")


@pytest.mark.parametrize("days", [2, 40])
@pytest.mark.parametrize("source", WRITERS)
def test_what_is_dated_after_its_day_of_receipt_is_refused_until_that_day_has_come(
    place: Place, source: str, days: int
) -> None:
    date = TODAY + days * A_DAY
    WRITERS[source](place.exports, date)
    with time_machine.travel(NOON):
        (sentence,) = place.land().refused
        assert f"is dated {date}, later than the day on which it is received, {TODAY};" in sentence
        assert sentence.startswith(f"{source} ")
        assert "ask the supplier which day it is of" in sentence
        assert place.waiting().deliveries == [], "what is refused is not tried again the same day"
    with time_machine.travel(NOON + (days - 2) * A_DAY):
        assert place.waiting().deliveries == []
    with time_machine.travel(NOON + (days - 1) * A_DAY):
        # a day's grace: on the eve of its date, although unchanged
        assert len(place.land().landed) == 1
        assert place.land().landed == []
    assert statuses(place) == [("refused", date), ("accepted", date)]


@pytest.mark.parametrize(("moment", "latest"), [("2018-06-30T22:30", "2018-07-01"), ("2018-06-30T23:30", "2018-07-02")])
def test_the_day_of_receipt_is_londons(place: Place, moment: str, latest: str) -> None:
    last = datetime.date.fromisoformat(latest)
    for date in (last, last + A_DAY):
        write_raise(place.exports, date, {})
    with time_machine.travel(datetime.datetime.fromisoformat(f"{moment}:00+00:00")):
        place.land()
    assert statuses(place) == [("accepted", last), ("refused", last + A_DAY)]


@pytest.mark.parametrize("grace", [0, 3])
def test_the_grace_is_the_configurations_and_a_longer_one_judges_anew(
    module_warehouse: Warehouse, tmp_path: Path, grace: int
) -> None:
    place = Place(module_warehouse, tmp_path, Config(landing=LandingConfig(future_grace_days=grace)))
    for days in (grace, grace + 1):
        write_raise(place.exports, TODAY + days * A_DAY, {})
    with time_machine.travel(NOON):
        place.land()
        assert [status for status, _ in statuses(place)] == ["accepted", "refused"]
        longer = Config(landing=LandingConfig(future_grace_days=grace + 1))
        place.warehouse.settings.__dict__["config"] = longer
        assert len(place.land().landed) == 1


@pytest.mark.parametrize("source", WRITERS)
@pytest.mark.parametrize("date", ["9999-12-31", "9999-12-30", "2081-06-04", "0001-01-01", "0218-06-03", "1989-12-31"])
def test_no_date_stops_the_other_deliveries_of_a_night(place: Place, source: str, date: str) -> None:
    if not (source == "wccis" and date == "9999-12-31"):
        WRITERS[source](place.exports, datetime.date.fromisoformat(date))
    else:
        path = write_wccis(place.exports, TODAY, {}).parent
        path.rename(path.with_name(date))
    for each in WRITERS.values():
        each(place.exports, TODAY)
    with time_machine.travel(NOON):
        summary = place.land()
        assert (len(summary.landed), len(summary.refused)) == (3, 1)
        assert f"is dated {date}, " in summary.refused[0]
        again = place.land()
        assert (again.landed, again.refused) == ([], [])


def test_a_time_that_somebody_gave_a_file_lets_nothing_in(place: Place) -> None:
    path = write_wccis(place.exports, TODAY + 5 * A_DAY, {})
    ahead = (NOON + 20 * A_DAY).timestamp()
    os.utime(path, (ahead, ahead))
    with time_machine.travel(NOON):
        assert len(place.land().refused) == 1
    beyond = datetime.datetime.now(datetime.UTC) + 400 * A_DAY
    folder = write_raise(place.exports, TODAY, {})
    for path in folder.iterdir():
        os.utime(path, (beyond.timestamp(), beyond.timestamp()))
    place.land()
    assert place.query("select bool_and(received_at <= landed_at) from landing.deliveries") == [(True,)]


def test_a_rebuild_says_what_was_said_on_the_day_of_receipt(place: Place) -> None:
    for days in (1, 3, 30):
        write_raise(place.exports, TODAY + days * A_DAY, {})
    for moment in (NOON, NOON + 2 * A_DAY):
        with time_machine.travel(moment):
            place.land()
    ledger = "select delivery_id, status, business_date, received_at, reason from landing.deliveries order by 1"
    before = place.query(ledger)
    assert sorted(status for _, status, *_ in before) == ["accepted", "accepted", "refused", "refused"]
    with time_machine.travel(NOON + 400 * A_DAY):
        landing.rebuild(place.warehouse)
    assert place.query(ledger) == before


@pytest.mark.parametrize("source", ["raise", "wccis"])
def test_what_is_let_in_after_it_answers_a_refusal_for_its_date(place: Place, source: str) -> None:
    WRITERS[source](place.exports, datetime.date(2081, 6, 4))
    WRITERS[source](place.exports, TODAY - A_DAY)
    with time_machine.travel(NOON):
        place.land()
        assert len(place.query("select delivery_id from landing.open_refusals")) == 1
        WRITERS[source](place.exports, TODAY)
        place.land()
    assert place.query("select delivery_id from landing.open_refusals") == []
