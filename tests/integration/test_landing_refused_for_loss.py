"""A full that was refused for lost rows is judged again once it is measured against another one, and only then."""

from __future__ import annotations

import datetime

import pytest

from csc_warehouse import landing
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import Place, day
from tests.support.parquet_deliveries import write_cofnod

BY = {"by": "A. Jones", "reason": "half of it was another council's"}
REFUSALS = "select count(*) from landing.deliveries where status = 'refused'"


@pytest.fixture(scope="module")
def shared(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(module_warehouse, tmp_path_factory.mktemp("refused_for_loss"))


@pytest.fixture
def place(shared: Place) -> Place:
    shared.start_again()
    return shared


def deliver(place: Place, number: int, rows: int) -> None:
    write_raise(place.exports, day(number), {"SCHOOL_MOVE": [{"MOVE_NO": str(n)} for n in range(rows)]})


def standing(place: Place) -> dict[datetime.date, int]:
    """Return the rows of each delivery that counts."""
    return dict(
        place.query("select business_date, rows_accepted from landing.deliveries where status = 'accepted' order by 1")
    )


def assert_settled(place: Place) -> None:
    """Check that another night tries nothing, counts nothing, and that a rebuild says the same."""
    ledger = "select delivery_id, status, reason, content_sha256 from landing.deliveries order by 1"
    refusals = "select * from landing.refusals order by 1"
    before = place.history_digest(with_ids=True), place.query(ledger), place.query(refusals)
    assert place.waiting().deliveries == []
    summary = place.land()
    assert (summary.landed, summary.refused) == ([], [])
    place.empty()
    landing.rebuild(place.warehouse)
    assert (place.history_digest(with_ids=True), place.query(ledger), place.query(refusals)) == before
    assert place.land().landed == []
    assert (place.history_digest(with_ids=True), place.query(ledger), place.query(refusals)) == before
    assert place.accounts_balance()


def test_a_refused_full_when_the_one_it_was_measured_against_is_withdrawn_then_lands(place: Place) -> None:
    deliver(place, 1, 100)
    deliver(place, 2, 300)
    _, bad = place.land().landed
    deliver(place, 3, 110)
    (refused,) = place.land().refused
    assert "lost 190 of the 300 rows that the full of 2018-05-02 had" in refused
    assert_settled(place)

    landing.withdraw(place.warehouse, delivery_id=bad, **BY)
    assert len(place.land().landed) == 1
    assert standing(place) == {day(1): 100, day(3): 110}
    assert_settled(place)

    # undone, it stands between the two; what landed meanwhile was let in, and nobody took it back
    landing.undo_withdrawal(place.warehouse, delivery_id=bad, **BY)
    assert standing(place) == {day(1): 100, day(2): 300, day(3): 110}
    assert_settled(place)


def test_a_withdrawal_that_is_undone_before_the_next_landing_changes_nothing(place: Place) -> None:
    deliver(place, 2, 300)
    (bad,) = place.land().landed
    deliver(place, 3, 110)
    place.land()
    landing.withdraw(place.warehouse, delivery_id=bad, **BY)
    landing.undo_withdrawal(place.warehouse, delivery_id=bad, **BY)
    assert_settled(place)
    assert standing(place) == {day(2): 300}


@pytest.mark.parametrize("is_at_once", [True, False])
def test_a_refused_full_when_another_comes_late_between_then_lands_as_in_order(place: Place, is_at_once: bool) -> None:
    deliver(place, 1, 1000)
    deliver(place, 3, 700)
    assert len(place.land().refused) == 1
    deliver(place, 2, 850)
    waiting = place.waiting().deliveries
    # the same night lands the one that it lets in; a landing of the late one alone leaves it to the next
    landing.land(place.warehouse, waiting if is_at_once else waiting[:1])
    assert standing(place) == {day(1): 1000, day(2): 850} | ({day(3): 700} if is_at_once else {})
    place.land()
    assert standing(place) == {day(1): 1000, day(2): 850, day(3): 700}
    assert_settled(place)


def test_each_of_several_refused_fulls_lands_once_the_one_before_it_has(place: Place) -> None:
    deliver(place, 1, 1000)
    deliver(place, 3, 700)
    deliver(place, 4, 600)
    assert len(place.land().refused) == 2
    deliver(place, 2, 850)
    assert len(place.land().landed) == 3
    assert standing(place) == {day(1): 1000, day(2): 850, day(3): 700, day(4): 600}
    assert_settled(place)


def test_a_refused_full_when_the_one_before_is_sent_again_with_other_contents_then_lands(place: Place) -> None:
    deliver(place, 2, 300)
    deliver(place, 3, 110)
    assert len(place.land().refused) == 1
    deliver(place, 2, 120)
    assert len(place.land().landed) == 2
    assert standing(place) == {day(2): 120, day(3): 110}
    assert_settled(place)


def test_what_is_lost_against_the_other_too_is_refused_once_more_and_then_left(place: Place) -> None:
    deliver(place, 1, 1000)
    deliver(place, 3, 400)
    place.land()
    deliver(place, 2, 850)
    summary = place.land()
    assert len(summary.landed) == 1
    assert "lost 450 of the 850 rows that the full of 2018-05-02 had" in summary.refused[0]
    assert place.query(REFUSALS) == [(2,)]
    assert_settled(place)


@pytest.mark.parametrize("what", ["an earlier full", "a later full", "another day's refusal"])
def test_what_is_not_measured_against_gives_no_second_trial(place: Place, what: str) -> None:
    deliver(place, 2, 300)
    deliver(place, 5, 110)
    assert len(place.land().refused) == 1
    number, rows = {"an earlier full": (1, 300), "a later full": (6, 290), "another day's refusal": (4, 20)}[what]
    deliver(place, number, rows)
    place.land()
    ((tried,),) = place.query("select count(*) from landing.deliveries where business_date = %s", day(5))
    assert tried == 1
    assert day(5) not in standing(place)
    assert_settled(place)


def test_a_delta_of_wccis_that_comes_late_gives_no_second_trial(place: Place) -> None:
    def people(count: int) -> dict[str, list[dict[str, str]]]:
        return {"person": [{"personid": f"a-{n}"} for n in range(count)]}

    write_wccis(place.exports, day(1, 6), people(300))
    write_wccis(place.exports, day(3, 6), people(110))
    assert len(place.land().refused) == 1
    # it can bring rows and take none away, so that the full has lost as many as before
    write_wccis(place.exports, day(2, 6), people(20), extract_type="delta")
    summary = place.land()
    assert (len(summary.landed), summary.refused) == (1, [])
    assert_settled(place)


def test_a_refused_full_when_a_late_delivery_takes_back_what_it_lacked_then_lands(place: Place) -> None:
    ids = [f"00000000-0000-4000-8000-{n:012d}" for n in range(300)]
    write_cofnod(place.exports, day(5, 4, 2020), {"people": [{"id": each} for each in ids]})
    write_cofnod(place.exports, day(7, 4, 2020), {"people": [{"id": each} for each in ids[:200]]})
    assert "lost 100 of the 300 rows" in place.land().refused[0]
    gone = [{"id": each, "change": "delete"} for each in ids[200:]]
    write_cofnod(place.exports, day(6, 4, 2020), {"people": gone}, extract_type="changes")
    summary = place.land()
    assert (len(summary.landed), summary.refused) == (2, [])
    assert_settled(place)
