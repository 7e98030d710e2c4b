"""An accepted delivery that is taken back: history is what it would be without it, until that is undone."""

from __future__ import annotations

import datetime
import os
import random
import signal
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from csc_warehouse import landing
from csc_warehouse.errors import UsageError
from csc_warehouse.landing.history import versions
from csc_warehouse.landing.keeping import withdrawal
from csc_warehouse.landing.merging import merge
from csc_warehouse.landing.recording import delivery_status, journal, ledger
from csc_warehouse.settings import Config, LandingConfig
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import WREXHAM, Place, day

BY = {"by": "A. Jones", "reason": "sent for the wrong year"}
LEDGER = "select source, business_date, status, rows_accepted, content_sha256 from landing.deliveries order by 1, 2, 5"
DECISIONS = (
    "select delivery_id, source, authority_code, name, business_date, content_sha256, is_undone, decided_by, reason,"
    " decided_at from landing.withdrawals order by withdrawal_id"
)
Delivery = tuple[str, datetime.date, str, int]
"""Source, business date, kind, and the seed of its rows."""


@pytest.fixture(scope="module")
def shared(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(module_warehouse, tmp_path_factory.mktemp("withdrawal"))


@pytest.fixture
def place(shared: Place) -> Place:
    shared.start_again()
    return shared


def deliver(place: Place, delivery: Delivery) -> int:
    """Write a delivery, land it and return its number."""
    source, date, kind, seed = delivery
    chance = random.Random(seed)  # noqa: S311  (test data)
    chosen = [n for n in range(8) if chance.random() < 0.7]
    if source == "raise":
        moves = [{"MOVE_NO": str(n), "CLIENT_NO": "7", "REASON": chance.choice(["HOME", "OTHER"])} for n in chosen]
        write_raise(place.exports, date, {"SCHOOL_MOVE": moves, "PLAN": [{"PLAN_NO": str(n)} for n in chosen[:3]]})
    elif source == "wccis":
        people = [{"personid": f"a-{n}", "lastname": chance.choice("ABC")} for n in chosen]
        write_wccis(place.exports, date, {"person": people}, extract_type=kind)
    else:
        folder = place.exports / "corporate" / date.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        families = "".join(f"F{n},{WREXHAM},GENERAL,N,{chance.choice('AB')},N,{date}\n" for n in chosen)
        header = "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n"
        (folder / f"nwas_adopters_{date:%Y%m%d}.csv").write_text(header + families)
    (landed,) = place.land().landed
    return landed


def full(number: int, seed: int) -> Delivery:
    return ("raise", day(number), "full", seed)


def digest_of(place: Place, deliveries: list[Delivery]) -> str:
    """Return the row history that these deliveries alone make."""
    place.start_again()
    for delivery in deliveries:
        deliver(place, delivery)
    return place.history_digest()


def status_of(place: Place, delivery_id: int) -> str:
    return str(place.query("select status from landing.deliveries where delivery_id = %s", delivery_id)[0][0])


def rebuilt(place: Place) -> None:
    """Rebuild, and check that history, ledger and decisions are those of before."""
    ledger_rows = "select delivery_id, status, reason, content_sha256 from landing.deliveries order by 1"
    before = place.history_digest(with_ids=True), place.query(ledger_rows), place.query(DECISIONS)
    place.empty()
    landing.rebuild(place.warehouse)
    assert (place.history_digest(with_ids=True), place.query(ledger_rows), place.query(DECISIONS)) == before
    assert place.accounts_balance()


def sequence(seed: int) -> list[Delivery]:
    """Return deliveries of all sources, deltas and fulls, some of them replaced."""
    chance = random.Random(seed)  # noqa: S311  (test data)
    made: list[Delivery] = []
    for number in range(10, 14):
        made += [("raise", day(number), "full", chance.randrange(10_000)) for _ in range(chance.choice([1, 1, 2]))]
        made.append(("wccis", day(number, 6), "full" if number in (10, 13) else "delta", chance.randrange(10_000)))
    made += [("corporate", day(number, 6), "return", chance.randrange(10_000)) for number in (10, 10, 20)]
    return made


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)
@given(seed=st.integers(0, 10_000), choice=st.integers(0, 10_000))
def test_history_is_what_it_would_be_without_it_and_after_undoing_what_it_was(
    shared: Place, seed: int, choice: int
) -> None:
    deliveries = sequence(seed)
    places = sorted({delivery[:2] for delivery in deliveries})
    taken = max(n for n, delivery in enumerate(deliveries) if delivery[:2] == places[choice % len(places)])
    expected = digest_of(shared, [delivery for n, delivery in enumerate(deliveries) if n != taken])
    shared.start_again()
    numbers = [deliver(shared, delivery) for delivery in deliveries]
    untouched = shared.history_digest(with_ids=True), shared.query(LEDGER)

    landing.withdraw(shared.warehouse, delivery_id=numbers[taken], **BY)
    assert shared.history_digest() == expected
    assert status_of(shared, numbers[taken]) == "withdrawn"
    assert shared.accounts_balance()
    assert shared.waiting().deliveries == []
    rebuilt(shared)
    assert shared.history_digest() == expected

    landing.undo_withdrawal(shared.warehouse, delivery_id=numbers[taken], **BY)
    assert (shared.history_digest(with_ids=True), shared.query(LEDGER)) == untouched
    rebuilt(shared)


def test_what_it_had_superseded_stands_again(place: Place) -> None:
    first, second = deliver(place, full(10, 1)), deliver(place, full(10, 2))
    deliver(place, full(11, 3))
    summary = landing.withdraw(place.warehouse, delivery_id=second, **BY)
    assert str(summary) == (
        f"Delivery {second} (raise W06000006 2018-05-10) is withdrawn, delivery {first} stands again; 1 later delivery "
        "was merged again on top. The next build shows it."
    )
    assert [status_of(place, each) for each in (first, second)] == ["accepted", "withdrawn"]
    summary = landing.undo_withdrawal(place.warehouse, delivery_id=second, **BY)
    assert [status_of(place, each) for each in (first, second)] == ["superseded", "accepted"]
    assert "is undone, and stands again" in str(summary)


@pytest.mark.parametrize("kind", ["raise", "wccis"])
def test_after_a_rebuild_a_withdrawn_delivery_still_says_what_it_brought(place: Place, kind: str) -> None:
    for number, seed in ((9, 1), (10, 2), (10, 3), (11, 4)):
        taken = deliver(place, (kind, day(number, 6), "full", seed))
        if number == 10 and seed == 3:
            landing.withdraw(place.warehouse, delivery_id=taken, **BY)
    accounts = "select * from landing.delivery_entities order by delivery_id, entity"
    before = place.query(accounts)
    rebuilt(place)
    assert place.query(accounts) == before


def test_all_of_a_day_may_be_withdrawn_and_each_undone_in_any_order(place: Place) -> None:
    numbers = [deliver(place, full(10, seed)) for seed in (1, 2, 3)]
    for number in reversed(numbers):
        landing.withdraw(place.warehouse, delivery_id=number, **BY)
    assert place.query("select count(*) from landing.raise_school_move") == [(0,)]
    rebuilt(place)
    for number, expected in zip(numbers, ("a w w", "s a w", "s s a"), strict=True):
        landing.undo_withdrawal(place.warehouse, delivery_id=number, **BY)
        assert " ".join(status_of(place, each)[0] for each in numbers) == expected
        rebuilt(place)


def pack_again(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in reversed(members):
            archive.writestr(name, content)


@pytest.mark.parametrize("how", ["as it lies", "with another time", "packed again", "sent again after a stranger"])
def test_the_same_content_stays_withdrawn(place: Place, how: str) -> None:
    deliver(place, ("wccis", day(1, 6), "full", 1))
    taken = deliver(place, ("wccis", day(2, 6), "delta", 2))
    landing.withdraw(place.warehouse, delivery_id=taken, **BY)
    path = next((place.exports / "wccis").rglob("*20180602.zip"))
    content = path.read_bytes()
    if how == "with another time":
        os.utime(path, (time.time() + 50, time.time() + 50))
    elif how == "packed again":
        pack_again(path)
    elif how == "sent again after a stranger":
        other = deliver(place, ("wccis", day(2, 6), "delta", 3))
        assert [status_of(place, each) for each in (taken, other)] == ["withdrawn", "accepted"]
        path.write_bytes(content)
    before = place.history_digest()
    summary = place.land()
    assert (summary.landed, summary.refused, place.waiting().deliveries) == ([], [], [])
    assert place.history_digest() == before
    assert status_of(place, taken) == "withdrawn"
    rebuilt(place)


def test_content_that_had_come_before_is_withdrawn_with_it(place: Place) -> None:
    first, other, again = (deliver(place, full(10, seed)) for seed in (1, 2, 1))
    landing.withdraw(place.warehouse, delivery_id=again, **BY)
    assert [status_of(place, each) for each in (first, other, again)] == ["withdrawn", "accepted", "withdrawn"]
    landing.withdraw(place.warehouse, delivery_id=other, **BY)
    assert place.query("select count(*) from landing.raise_school_move") == [(0,)]
    rebuilt(place)
    landing.undo_withdrawal(place.warehouse, delivery_id=first, **BY)
    assert [status_of(place, each) for each in (first, other, again)] == ["superseded", "withdrawn", "accepted"]
    rebuilt(place)


def test_a_later_delivery_is_compared_with_what_stands(place: Place) -> None:
    write_raise(place.exports, day(10), {"SCHOOL_MOVE": [{"MOVE_NO": str(n)} for n in range(300)]})
    place.land()
    write_raise(place.exports, day(11), {"SCHOOL_MOVE": [{"MOVE_NO": str(n)} for n in range(1000)]})
    (taken,) = place.land().landed
    landing.withdraw(place.warehouse, delivery_id=taken, **BY)
    # against the withdrawn one it would have lost two thirds of its rows
    write_raise(place.exports, day(12), {"SCHOOL_MOVE": [{"MOVE_NO": str(n)} for n in range(310)]})
    assert place.land().refused == []
    assert place.query("select count(*) from landing.raise_school_move where valid_to_date is null") == [(310,)]


def test_who_did_it_when_and_why_stands_in_the_story(place: Place) -> None:
    taken = deliver(place, full(10, 1))
    landing.withdraw(place.warehouse, delivery_id=taken, **BY)
    landing.undo_withdrawal(place.warehouse, delivery_id=taken, by="B. Price", reason="it was right")
    landing.withdraw(place.warehouse, delivery_id=taken, by="B. Price", reason="it was wrong after all")
    lines = landing.story(place.warehouse, taken)
    assert "Reason: withdrawn by B. Price: it was wrong after all" in lines
    told = [line for line in lines if line.startswith("Withdraw")]
    assert [line.partition(" on ")[0] for line in told] == [
        "Withdrawn by A. Jones",
        "Withdrawal undone by B. Price",
        "Withdrawn by B. Price",
    ]


def test_what_cannot_be_withdrawn_is_said_in_one_sentence(place: Place) -> None:
    first, second = deliver(place, full(10, 1)), deliver(place, full(10, 2))
    path = next(write_raise(place.exports, day(12), {}).glob("RAISE_PLAN*"))
    path.write_bytes(b"")
    place.land()
    ((refused,),) = place.query("select delivery_id from landing.deliveries where status = 'refused'")

    def said(work: Callable[..., Any], **named: Any) -> str:
        with pytest.raises(UsageError) as raised:
            work(place.warehouse, **{**BY, **named})
        return str(raised.value)

    before = place.history_digest(with_ids=True), place.query(LEDGER)
    assert f"The one of its business date that counts is delivery {second}." in said(
        landing.withdraw, delivery_id=first
    )
    assert "was refused: nothing of it was let in" in said(landing.withdraw, delivery_id=refused)
    assert "There is no delivery 999999:" in said(landing.withdraw, delivery_id=999_999)
    assert "is accepted, not withdrawn: there is nothing to undo." in said(landing.undo_withdrawal, delivery_id=second)
    assert "give both --by and --reason" in said(landing.withdraw, delivery_id=second, by=" ")
    assert "give both --by and --reason" in said(landing.withdraw, delivery_id=second, reason="")
    assert (place.history_digest(with_ids=True), place.query(LEDGER)) == before


STEPS: dict[str, tuple[Any, str]] = {
    "locking": (ledger, "lock"),
    "deciding": (withdrawal, "insert_withdrawal"),
    "stepping back": (versions, "truncate_from"),
    "saying what stands": (ledger, "write_status"),
    "merging again": (merge.Merge, "replay"),
    "journalling": (journal.Journal, "append"),
}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("is_undone", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_leaves_it_as_it_was_and_the_command_again_ends_undisturbed(
    place: Place, step: str, is_undone: bool, moment: str
) -> None:
    numbers = [deliver(place, full(number, seed)) for number, seed in ((10, 1), (11, 2), (11, 3), (12, 4))]
    work = landing.undo_withdrawal if is_undone else landing.withdraw
    if is_undone:
        landing.withdraw(place.warehouse, delivery_id=numbers[2], **BY)
    untouched = place.history_digest(with_ids=True), place.query(LEDGER)
    owner, name = STEPS[step]
    original = getattr(owner, name)

    def die(*values: Any, **named: Any) -> None:
        if moment == "after":
            original(*values, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            setattr(owner, name, die)
            work(place.warehouse, delivery_id=numbers[2], **BY)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL, "the blow must have fallen"
    assert (place.history_digest(with_ids=True), place.query(LEDGER)) == untouched
    work(place.warehouse, delivery_id=numbers[2], **BY)
    assert status_of(place, numbers[2]) == ("accepted" if is_undone else "withdrawn")
    assert len(place.query(DECISIONS)) == 1 + is_undone
    rebuilt(place)


def test_what_is_decided_already_changes_nothing(place: Place) -> None:
    taken = deliver(place, full(10, 1))
    for work, status in ((landing.withdraw, "withdrawn"), (landing.undo_withdrawal, "accepted")):
        work(place.warehouse, delivery_id=taken, **BY)
        before = place.query(DECISIONS), place.query(LEDGER), place.history_digest(with_ids=True)
        again = work(place.warehouse, delivery_id=taken, by="B. Price", reason="once more")
        assert str(again) == (
            f"Delivery {taken} (raise W06000006 2018-05-10) is {status} already: nothing was changed."
        )
        assert (place.query(DECISIONS), place.query(LEDGER), place.history_digest(with_ids=True)) == before
    rebuilt(place)


@pytest.mark.parametrize("is_undone", [False, True])
def test_after_a_kill_the_opposite_decision_is_the_last_word_of_the_journal_too(
    place: Place, is_undone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = deliver(place, full(10, 1))
    works = [landing.withdraw, landing.undo_withdrawal]
    if is_undone:
        landing.withdraw(place.warehouse, delivery_id=taken, **BY)
        works.reverse()

    def written_and_killed(self: journal.Journal, record: dict[str, Any]) -> None:
        append(self, record)
        raise KeyboardInterrupt

    append = journal.Journal.append
    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "append", written_and_killed)
        with pytest.raises(KeyboardInterrupt):
            works[0](place.warehouse, delivery_id=taken, **BY)
    works[1](place.warehouse, delivery_id=taken, **BY)
    assert status_of(place, taken) == ("withdrawn" if is_undone else "accepted")
    rebuilt(place)


def test_retention_counts_from_the_withdrawal_and_what_has_gone_cannot_come_back(
    module_warehouse: Warehouse, tmp_path: Path
) -> None:
    kept = Place(module_warehouse, tmp_path, Config(landing=LandingConfig(keep_superseded_days=0)))
    first, second = deliver(kept, full(10, 1)), deliver(kept, full(10, 2))
    landing.withdraw(kept.warehouse, delivery_id=second, **BY)
    assert {file.delivery_id for file in landing.due(kept.warehouse).files} == {second}
    removed = landing.expire(kept.warehouse, by="the upkeep")
    assert {(file.holding, file.delivery_id) for file in removed.files} == {("withdrawn", second)}
    with pytest.raises(UsageError, match="retention removed its files on"):
        landing.undo_withdrawal(kept.warehouse, delivery_id=second, **BY)
    rebuilt(kept)
    assert [status_of(kept, each) for each in (first, second)] == ["accepted", "withdrawn"]


def test_what_stands_again_is_never_past_its_retention(module_warehouse: Warehouse, tmp_path: Path) -> None:
    kept = Place(module_warehouse, tmp_path, Config(landing=LandingConfig(keep_superseded_days=0)))
    first, second = deliver(kept, full(10, 1)), deliver(kept, full(10, 2))
    third = deliver(kept, full(10, 3))
    landing.withdraw(kept.warehouse, delivery_id=third, **BY)
    landing.expire(kept.warehouse, by="the upkeep")
    assert [status_of(kept, each) for each in (first, second, third)] == ["superseded", "accepted", "withdrawn"]
    # the first lost its files: the day cannot be what it was before the second
    with pytest.raises(UsageError, match=f"Delivery {first} would stand again"):
        landing.withdraw(kept.warehouse, delivery_id=second, **BY)
    rebuilt(kept)


def test_an_erased_child_does_not_come_back_with_an_undone_withdrawal(place: Place) -> None:
    taken = deliver(place, full(10, 1))
    landing.withdraw(place.warehouse, delivery_id=taken, **BY)
    deliver(place, full(11, 2))
    landing.erase(place.warehouse, "7", by="A. Jones", reason="asked for")
    landing.undo_withdrawal(place.warehouse, delivery_id=taken, **BY)
    assert place.query("select count(*) from landing.raise_school_move") == [(0,)]
    rebuilt(place)


def test_the_latest_of_the_contents_that_are_not_withdrawn_stands() -> None:
    landed = [ledger.LedgerEntry(n, day(10), "full", "accepted", None, content) for n, content in enumerate("abcb")]
    assert [found.status[0] for found in delivery_status.statuses(landed, {})] == ["s", "s", "s", "a"]
    assert [found.status[0] for found in delivery_status.statuses(landed, {"b": "why"})] == ["s", "w", "a", "w"]
    assert [found.successor for found in delivery_status.statuses(landed, {"b": "why"})] == [2, None, None, None]
    assert (
        delivery_status.statuses(landed, dict.fromkeys("abc", "why"))
        == [delivery_status.DeliveryStatus("withdrawn", "why")] * 4
    )
