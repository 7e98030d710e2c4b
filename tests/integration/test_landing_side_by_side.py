"""Authorities are landed side by side: none waits for another's landing, and none fails with another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from csc_warehouse import landing
from csc_warehouse.landing import DeliveryProfile, LandingSummary
from csc_warehouse.landing.history import tables, versions
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_wccis
from tests.support.landings import Place, day

WREXHAM, ANGLESEY = "W06000006", "W06000001"
SECONDS = 30.0
"""How long one landing stands at the door for another: one that had to wait for it would not come."""
PERSON = {
    WREXHAM: "aaaaaaaa-0000-0000-0000-000000000006",
    ANGLESEY: "aaaaaaaa-0000-0000-0000-000000000001",
}


@dataclass
class Verdict:
    """What the door says."""

    is_refused: bool = False
    reason: str = ""


class Meeting:
    """A door at which one authority's landing stands until another's has come to an end."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.is_there = threading.Event()
        self.may_go_on = threading.Event()
        self.was_met = False
        self._refuses = refuses

    def __call__(self, profile: DeliveryProfile) -> Verdict:
        del profile
        self.is_there.set()
        self.was_met = self.may_go_on.wait(SECONDS)
        return Verdict(is_refused=self._refuses, reason="it was told so" if self._refuses else "")


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Path) -> Place:
    return Place(module_warehouse, tmp_path)


def land(place: Place, authority: str, door: landing.Door | None = None) -> LandingSummary:
    mine = [delivery for delivery in place.waiting().deliveries if delivery.authority_code == authority]
    assert mine
    return landing.land(place.warehouse, mine, door=door)


def write(place: Place, authority: str, date: int) -> Path:
    person = {"personid": PERSON[authority], "personnumber": "1", "lastname": f"Of {date}"}
    return write_wccis(place.exports, day(date, month=6), {"person": [person]}, authority=authority)


def land_while_the_other_stands_at_the_door(place: Place, door: Meeting) -> tuple[LandingSummary, LandingSummary]:
    """Let Wrexham's landing stand at the door, land Anglesey meanwhile, then let Wrexham's go on."""
    with ThreadPoolExecutor(1) as beside:
        wrexham = beside.submit(land, place, WREXHAM, door)
        assert door.is_there.wait(SECONDS)
        anglesey = land(place, ANGLESEY)
        door.may_go_on.set()
        return wrexham.result(), anglesey


# a first load drops the index of the table that it fills: rows by the thousand, or here one
@pytest.mark.parametrize("is_first_load", [True, False])
def test_landing_when_another_authority_is_landed_meanwhile_then_neither_waits(
    place: Place, monkeypatch: pytest.MonkeyPatch, is_first_load: bool
) -> None:
    monkeypatch.setattr(versions, "MANY_ROWS", 1)
    if not is_first_load:
        for authority in PERSON:
            write(place, authority, 1)
        place.land()
    for authority in PERSON:
        write(place, authority, 2)
    door = Meeting()
    wrexham, anglesey = land_while_the_other_stands_at_the_door(place, door)
    assert door.was_met, "Anglesey's landing waited for Wrexham's"
    assert (len(wrexham.landed), len(anglesey.landed)) == (1, 1)
    names = "select authority_code, lastname from landing.wccis_person where valid_to_date is null order by 1"
    assert place.query(names) == [(ANGLESEY, "Of 2"), (WREXHAM, "Of 2")]
    index = "select count(*) from pg_indexes where schemaname = 'landing' and indexname = 'wccis_person_version'"
    assert place.query(index) == [(1,)]


def test_landing_when_the_door_refuses_one_authority_then_the_other_is_landed_all_the_same(place: Place) -> None:
    for authority in PERSON:
        write(place, authority, 1)
    door = Meeting(refuses=True)
    wrexham, anglesey = land_while_the_other_stands_at_the_door(place, door)
    assert door.was_met
    assert (len(wrexham.landed), len(wrexham.refused), len(anglesey.landed)) == (0, 1, 1)
    states = "select authority_code, status from landing.deliveries order by 1"
    assert place.query(states) == [(ANGLESEY, "accepted"), (WREXHAM, "refused")]


def test_landing_when_an_authoritys_file_is_no_zip_then_the_other_is_landed_all_the_same(place: Place) -> None:
    write(place, WREXHAM, 1).write_bytes(b"no zip")
    write(place, ANGLESEY, 1)
    with ThreadPoolExecutor(2) as both:
        found = dict(zip(PERSON, both.map(lambda authority: land(place, authority), PERSON), strict=True))
    assert (len(found[WREXHAM].refused), len(found[ANGLESEY].landed)) == (1, 1)


def test_first_load_when_nobody_else_is_landed_then_holds_its_table_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "MANY_ROWS", 1)
    dropped: list[str] = []
    drop = tables.drop_version_index

    def noted(cursor: psycopg.Cursor, name: str) -> None:
        dropped.append(name)
        drop(cursor, name)

    monkeypatch.setattr(tables, "drop_version_index", noted)
    write(place, WREXHAM, 1)
    land(place, WREXHAM)
    assert dropped == ["wccis_person"]
