"""Row history: half-open ranges of business dates, whatever the order in which deliveries arrive."""

from __future__ import annotations

import datetime
import random
import shutil
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csc_warehouse import landing
from csc_warehouse.landing import DeliveryProfile
from csc_warehouse.landing.history import versions
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import Place, day

GUID = "aaaaaaaa-0000-0000-0000-{:012}"


@pytest.fixture(scope="module")
def shared(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(module_warehouse, tmp_path_factory.mktemp("history"))


@pytest.fixture
def place(shared: Place) -> Place:
    shared.start_again()
    return shared


def moves(*rows: str) -> dict[str, Any]:
    """Return a RAISe full with school moves given as `number reason` or `number reason date`."""
    parts = [(row + " 01/05/2018").split(" ")[:3] for row in rows]
    return {"SCHOOL_MOVE": [{"MOVE_NO": n, "REASON": r, "MOVE_DATE": d, "CLIENT_NO": "7"} for n, r, d in parts]}


def raise_state(place: Place, on: datetime.date) -> dict[str, str]:
    return place.state("raise_school_move", "reason", on)


def test_versions_are_kept_with_the_dates_for_which_they_held(place: Place) -> None:
    # 1 is unchanged, 2 changes on the 11th, 3 vanishes on the 11th and comes back on the 12th, 4 is new on the 12th
    write_raise(place.exports, day(10), moves("1 HOME", "2 HOME", "3 HOME"))
    write_raise(place.exports, day(11), moves("1 HOME", "2 OTHER"))
    write_raise(place.exports, day(12), moves("1 HOME", "2 OTHER", "3 HOME", "4 HOME"))
    place.land()
    rows = place.query(
        "select row_key, reason, valid_from_date, valid_to_date from landing.raise_school_move order by 1, 3"
    )
    assert rows == [
        ("1", "HOME", day(10), None),
        ("2", "HOME", day(10), day(11)),
        ("2", "OTHER", day(11), None),
        ("3", "HOME", day(10), day(11)),
        ("3", "HOME", day(12), None),
        ("4", "HOME", day(12), None),
    ]
    accounts = place.query(
        "select rows_in_file, e.rows_accepted, rows_new, rows_changed, rows_unchanged, rows_vanished"
        " from landing.delivery_entities as e join landing.deliveries using (delivery_id)"
        " where entity = 'school_move' order by business_date"
    )
    assert accounts == [(3, 3, 3, 0, 0, 0), (2, 2, 0, 1, 1, 1), (4, 4, 2, 0, 2, 0)]


def test_the_same_fact_sent_another_way_is_no_change(place: Place) -> None:
    write_raise(place.exports, day(10), moves("0000042 HOME"))
    write_raise(place.exports, day(11), moves("42 home\t"))
    summary = place.land()
    assert (summary.rows_new, summary.rows_changed, summary.rows_vanished) == (1, 0, 0)
    assert place.query("select move_no, reason from landing.raise_school_move") == [("0000042", "HOME")]


def test_guids_in_another_case_are_the_same_row(place: Place) -> None:
    person = {
        "personid": GUID.format(1).upper(),
        "modifiedon": "2018-06-01T08:00:00Z",
        "createdon": "2018-06-01T08:00:00Z",
    }
    write_wccis(place.exports, day(1, 6), {"person": [person]})
    again = person | {"personid": GUID.format(1), "modifiedon": "2018-06-01T09:00:00+01:00"}
    write_wccis(place.exports, day(2, 6), {"person": [again]})
    assert place.land().rows_changed == 0


def test_a_delta_leaves_what_it_does_not_name(place: Place) -> None:
    people = [{"personid": GUID.format(n), "lastname": "A"} for n in range(3)]
    write_wccis(place.exports, day(1, 6), {"person": people})
    write_wccis(place.exports, day(2, 6), {"person": [people[0] | {"lastname": "B"}]}, extract_type="delta")
    write_wccis(place.exports, day(3, 6), {}, extract_type="delta")
    write_wccis(place.exports, day(4, 6), {"person": people[:2]})
    place.land()
    name = "lastname"
    assert place.state("wccis_person", name, day(3, 6)) == dict(zip(map(GUID.format, range(3)), "BAA", strict=True))
    # the full of the 4th gives the first person the old name again, and has lost the third
    assert place.state("wccis_person", name, day(4, 6)) == dict(zip(map(GUID.format, range(2)), "AA", strict=True))


def test_a_missed_night_before_a_delta_is_said(place: Place) -> None:
    write_wccis(place.exports, day(1, 6), {})
    write_wccis(place.exports, day(4, 6), {}, extract_type="delta")
    assert any("2 nights are missing before this delta" in notice for notice in place.land().notices)


def test_authorities_are_apart(place: Place) -> None:
    for authority in ("W06000005", "W06000006"):
        row = {"personid": GUID.format(1), "lastname": authority}
        write_wccis(place.exports, day(1, 6), {"person": [row]}, authority=authority)
    write_wccis(place.exports, day(2, 6), {}, authority="W06000005")
    place.land()
    rows = place.query("select authority_code, valid_to_date from landing.wccis_person order by 1")
    assert rows == [("W06000005", day(2, 6)), ("W06000006", None)]


@pytest.mark.parametrize(
    "spoiled",
    [
        "2 HOME 31/02/2018",  # unreadable date
        f"2 {'H' * 200}",  # too long
    ],
)
def test_a_quarantined_row_protects_its_earlier_version(place: Place, spoiled: str) -> None:
    many = [f"{n} OTHER" for n in range(100, 140)]
    write_raise(place.exports, day(10), moves("2 HOME", *many))
    write_raise(place.exports, day(11), moves(spoiled, *many))
    place.land()
    assert raise_state(place, day(11))["2"] == "HOME"
    # gone from the file, it is gone
    write_raise(place.exports, day(12), moves(*many))
    place.land()
    assert "2" not in raise_state(place, day(12))
    assert "2" in raise_state(place, day(11))


def test_a_row_of_wrong_field_count_protects_nothing(place: Place) -> None:
    many = [f"{n} OTHER" for n in range(100, 140)]
    write_raise(place.exports, day(10), moves("2 HOME", *many))
    folder = write_raise(place.exports, day(11), moves("2 HOME", *many))
    path = next(folder.glob("RAISE_SCHOOL_MOVE*"))
    path.write_bytes(path.read_bytes().replace(b"2,7,", b"2,7,,", 1))
    assert place.land().rows_quarantined == 1
    assert "2" not in raise_state(place, day(11))


def test_the_first_readable_row_of_a_key_stays(place: Place) -> None:
    many = [f"{n} OTHER" for n in range(100, 180)]
    rows = moves("2 HOME 31/02/2018", "02 OTHER", "2 ADOPTION", "3 HOME", "3 OTHER", *many)
    write_raise(place.exports, day(10), rows)
    place.land()
    assert {key: raise_state(place, day(10))[key] for key in "23"} == {"2": "OTHER", "3": "HOME"}
    apart = place.query("select record_number, reason_code, file_name from landing.quarantine order by 1")
    name = "RAISE_SCHOOL_MOVE_20180510.csv"
    assert apart == [(2, "unreadable_date", name), (4, "duplicate_key", name), (6, "duplicate_key", name)]


def test_the_same_content_again_is_a_no_op(place: Place) -> None:
    write_raise(place.exports, day(10), moves("1 HOME"))
    assert len(place.land().landed) == 1
    write_raise(place.exports, day(10), moves("1 HOME"))
    assert place.waiting().deliveries == []
    write_wccis(place.exports, day(1, 6), {})
    place.land()
    # packed again, the same members are the same content
    write_wccis(place.exports, day(1, 6), {})
    assert place.waiting().deliveries == []
    assert place.query("select count(*) from landing.deliveries") == [(2,)]


def test_other_content_for_a_day_replaces_it_and_both_stay_traceable(place: Place) -> None:
    write_raise(place.exports, day(10), moves("1 HOME", "2 HOME"))
    write_raise(place.exports, day(11), moves("1 HOME", "2 OTHER"))
    place.land()
    write_raise(place.exports, day(10), moves("1 ADOPTION", "3 HOME"))
    assert len(place.land().landed) == 1
    assert raise_state(place, day(10)) == {"1": "ADOPTION", "3": "HOME"}
    assert raise_state(place, day(11)) == {"1": "HOME", "2": "OTHER"}
    assert place.query("select business_date, status, rows_accepted from landing.deliveries order by delivery_id") == [
        (day(10), "superseded", 2),
        (day(11), "accepted", 2),
        (day(10), "accepted", 2),
    ]
    assert place.accounts_balance()
    # the first content once more is the latest word again
    write_raise(place.exports, day(10), moves("1 HOME", "2 HOME"))
    place.land()
    assert raise_state(place, day(10)) == {"1": "HOME", "2": "HOME"}


def test_a_re_sent_delivery_that_is_refused_leaves_the_first(place: Place) -> None:
    write_raise(place.exports, day(10), moves("1 HOME"))
    place.land()
    folder = write_raise(place.exports, day(10), moves("1 OTHER"))
    next(folder.glob("RAISE_S47*")).unlink()
    assert len(place.land().refused) == 1
    assert raise_state(place, day(10)) == {"1": "HOME"}


def test_mass_loss_is_accepted_by_name_and_date_alone(place: Place) -> None:
    write_raise(place.exports, day(10), moves(*(f"{n} HOME" for n in range(100))))
    write_raise(place.exports, day(11), moves("1 HOME"))
    assert len(place.land().refused) == 1
    decision = {"source": "raise", "by": "A. Jones", "reason": "purge agreed"}
    landing.accept_loss(place.warehouse, business_date=day(12), **decision)
    assert place.waiting().deliveries == [], "a decision for another date changes nothing"
    landing.accept_loss(place.warehouse, business_date=day(11), **decision)
    summary = place.land()
    assert (len(summary.landed), summary.rows_vanished) == (1, 99)
    assert "A. Jones" in "\n".join(landing.story(place.warehouse, summary.landed[0]))


def test_mass_loss_is_measured_against_the_nearest_earlier_full(place: Place) -> None:
    # the delta's 60 rows are not in the full of the 1st, so that losing them in the next full is no loss of its rows
    full = [{"personid": GUID.format(n)} for n in range(100)]
    write_wccis(place.exports, day(1, 6), {"person": full})
    write_wccis(
        place.exports,
        day(2, 6),
        {"person": [{"personid": GUID.format(n)} for n in range(100, 160)]},
        extract_type="delta",
    )
    write_wccis(place.exports, day(3, 6), {"person": full})
    summary = place.land()
    assert summary.refused == []
    assert summary.rows_vanished == 60


def test_a_small_entity_may_lose_all_its_rows(place: Place) -> None:
    write_raise(place.exports, day(10), moves(*(f"{n} HOME" for n in range(99))))
    write_raise(place.exports, day(11), moves())
    assert place.land().rows_vanished == 99


def test_a_delivery_beside_the_cut_over_is_landed_and_said(place: Place) -> None:
    write_raise(place.exports, day(21), moves("1 HOME"))
    write_wccis(place.exports, day(20), {})
    notices = place.land().notices
    assert sum("no figure uses it" in notice for notice in notices) == 2


@dataclass(frozen=True)
class Verdict:
    """The answer of a door of this test's own."""

    is_refused: bool
    reason: str


def test_the_door_is_asked_before_the_merge(place: Place) -> None:
    seen: list[DeliveryProfile] = []

    def door(profile: DeliveryProfile) -> Verdict:
        seen.append(profile)
        assert place.query(
            "select count(*) from landing.raise_school_move where delivery_id = %s", profile.delivery_id
        ) == [(0,)]
        return Verdict(is_refused=profile.business_date == day(11), reason="too few contacts")

    write_raise(place.exports, day(10), moves("1 HOME", "2 Nowhere"))
    write_raise(place.exports, day(11), moves("1 HOME", "2 Nowhere", "3 HOME 01/06/2018"))
    summary = place.land(door)
    assert summary.refused == [
        "raise W06000006 2018-05-11 is refused: the delivery did not pass the door: too few contacts; "
        "ask the supplier what happened and for the delivery again; where it is true, the owner of the check changes"
        " its limit in expectations/door."
    ]
    frame = seen[1].measures.set_index(["entity", "column_name", "measure"])
    assert frame.loc[("school_move", "", "rows_new")].tolist() == [1.0, 2.0]
    assert frame.loc[("school_move", "", "days_since_previous"), "value"] == 1.0
    assert frame.loc[("school_move", "reason", "unknown_code_count")].tolist() == [1.0, 1.0]
    assert frame.loc[("school_move", "move_date", "future_date_count"), "value"] == 1.0
    assert frame.loc[("school_move", "client_no", "missing_reference_count"), "value"] == 3.0
    assert frame.loc[("school_move", "recorded", "null_share"), "value"] == 1.0
    assert frame.loc[("school_move", "move_no", "distinct_count"), "value"] == 3.0


def test_a_file_that_is_last_nights_is_not_read_and_accounted_all_the_same(place: Place) -> None:
    for number in (10, 11):
        write_raise(place.exports, day(number), moves("1 HOME", "2 Nowhere"))
    place.land()
    accounts = place.query(
        "select rows_in_file, rows_unchanged, rows_vanished from landing.delivery_entities"
        " join landing.deliveries using (delivery_id) where entity = 'school_move' and business_date = %s",
        day(11),
    )
    assert accounts == [(2, 2, 0)]
    assert place.query("select count(*) from landing.unlisted_codes where code = 'NOWHERE'") == [(2,)]


def test_an_empty_table_that_somebody_reads_is_filled_without_waiting(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "MANY_ROWS", 2)
    write_raise(place.exports, day(10), moves("1 HOME", "2 HOME"))
    with place.warehouse.raw_connection() as reader, reader.transaction():
        reader.execute("select count(*) from landing.raise_school_move")
        assert place.land().refused == []
    assert raise_state(place, day(10)) == {"1": "HOME", "2": "HOME"}
    assert place.query("select to_regclass('landing.raise_school_move_version') is not null") == [(True,)]


def test_rebuild_gives_the_same_row_history_by_checksum(place: Place) -> None:
    write_raise(place.exports, day(10), moves(*(f"{n} HOME" for n in range(100))))
    write_raise(place.exports, day(12), moves("1 OTHER"))
    place.land()
    landing.accept_loss(place.warehouse, source="raise", business_date=day(12), by="A. Jones", reason="purge")
    place.land()
    write_raise(place.exports, day(11), moves("1 HOME 31/02/2018", *(f"{n} ADOPTION" for n in range(2, 100))))
    place.land()
    write_raise(place.exports, day(12), moves("1 ADOPTION"))
    place.land()
    write_wccis(place.exports, day(1, 6), {"person": [{"personid": GUID.format(1)}]})
    place.land()
    ledger = "select * from landing.{} order by 1, 2, 3"
    tables = ("deliveries", "delivery_entities", "quarantine", "refusals", "overrides", "delivery_notices")
    before = place.history_digest(with_ids=True), [place.query(ledger.format(table)) for table in tables]
    place.empty()
    shutil.rmtree(place.exports)
    place.exports.mkdir()
    summary = landing.rebuild(place.warehouse)
    assert (summary.deliveries, summary.refused, summary.overrides) == (5, 1, 1)
    after = place.history_digest(with_ids=True), [place.query(ledger.format(table)) for table in tables]
    assert before[0] == after[0]
    assert [len(rows) for rows in before[1]] == [len(rows) for rows in after[1]]
    assert before[1][0] == after[1][0]
    assert before[1][2] == after[1][2]


def random_deliveries(seed: int) -> list[tuple[str, datetime.date, dict[str, Any], str]]:
    """Return deliveries of both systems that would all be accepted in order, some for the same day."""
    chance = random.Random(seed)  # noqa: S311  (test data)
    deliveries: list[tuple[str, datetime.date, dict[str, Any], str]] = []
    for number in range(10, 15):
        for _ in range(chance.choice([1, 1, 2])):
            rows = [f"{n} {chance.choice(['HOME', 'OTHER'])}" for n in range(6) if chance.random() < 0.7]
            deliveries.append(("raise", day(number), moves(*rows), "full"))
    for number in range(1, 5):
        kind = "full" if number == 1 else chance.choice(["full", "delta"])
        people = [
            {"personid": GUID.format(n), "lastname": chance.choice("AB")} for n in range(6) if chance.random() < 0.6
        ]
        deliveries.append(("wccis", day(number, 6), {"person": people}, kind))
    return deliveries


def deliver(place: Place, delivery: tuple[str, datetime.date, dict[str, Any], str]) -> None:
    source, date, entities, kind = delivery
    if source == "raise":
        write_raise(place.exports, date, entities)
    else:
        write_wccis(place.exports, date, entities, extract_type=kind)
    assert place.land().refused == []


def latest(
    deliveries: list[tuple[str, datetime.date, dict[str, Any], str]],
) -> list[tuple[str, datetime.date, dict[str, Any], str]]:
    """Return the last delivery of each place, by business date."""
    return sorted({(source, date): d for d in deliveries for source, date in [d[:2]]}.values(), key=lambda d: d[1])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
def test_the_end_state_does_not_depend_on_the_order_of_arrival(shared: Place, seed: int, order: random.Random) -> None:
    deliveries = random_deliveries(seed)
    order.shuffle(deliveries)
    shared.start_again()
    for delivery in latest(deliveries):
        deliver(shared, delivery)
    expected = shared.history_digest()
    accounts = "select entity, business_date, rows_new, rows_changed, rows_vanished from landing.delivery_entities"
    accounts += " join landing.deliveries using (delivery_id) where status = 'accepted' order by 1, 2"
    expected_accounts = shared.query(accounts)
    shared.start_again()
    for delivery in deliveries:
        deliver(shared, delivery)
    assert shared.history_digest() == expected
    assert shared.query(accounts) == expected_accounts
    assert shared.accounts_balance()


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_the_state_as_at_a_day_is_that_of_landing_up_to_it_alone(shared: Place, seed: int) -> None:
    deliveries = latest(random_deliveries(seed))
    shared.start_again()
    seen = {}
    for delivery in deliveries:
        deliver(shared, delivery)
        source, date = delivery[:2]
        table, column = ("raise_school_move", "reason") if source == "raise" else ("wccis_person", "lastname")
        seen[(table, column, date)] = shared.state(table, column, date)
    for (table, column, date), expected in seen.items():
        assert shared.state(table, column, date) == expected
