"""A rebuild from an archive that is older than the database loses no decision, and no delivery without a word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from csc_warehouse import landing
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.landing.keeping import rectification
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise
from tests.support.landings import WREXHAM, Place, day

BY = {"by": "A. Jones", "reason": "request 7"}
DECIDED = (
    "select delivery_id, is_undone, decided_by, reason, decided_at from landing.withdrawals order by withdrawal_id",
    "select source, authority_code, name, business_date, decided_by, decided_at from landing.overrides order by 4",
    "select to_jsonb(r) from landing.rectifications as r order by rectification_id",
    "select source, authority_code, id_hash, is_followed, erasure_id from landing.erased_ids order by 3",
    "select to_jsonb(e) from landing.erasures as e",
    "select relation, rows_removed, removed_at from landing.erasure_proofs order by 1",
)


def moves(reason: str) -> dict[str, list[dict[str, str]]]:
    """Return moves of child 7, whose reason is given, of child 8 and of forty times child 9."""
    children = ["7", "8", *["9"] * 40]
    rows = [
        {"MOVE_NO": str(n), "CLIENT_NO": child, "MOVE_DATE": "01/05/2018", "REASON": reason if n == 0 else "HOME"}
        for n, child in enumerate(children)
    ]
    return {"SCHOOL_MOVE": rows, "CLIENT": [{"CLIENT_NO": n, "SURNAME": f"Name{n}"} for n in ("7", "8", "9")]}


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Path) -> Place:
    place = Place(module_warehouse, tmp_path)
    place.warehouse.settings.home.mkdir(parents=True, exist_ok=True)
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.erasures, landing.erased_ids, landing.erasure_proofs")
    for number, reason in ((10, "HOME"), (11, "OTHER")):
        write_raise(place.exports, day(number), moves(reason))
        place.land()
    return place


def set_right(place: Place, move: str, value: str) -> str:
    return landing.rectify(
        place.warehouse, source="raise", entity="school_move", record=move, column="reason", value=value,
        authority_code=WREXHAM, **BY,
    ).rectification_id  # fmt: skip


def number_of(place: Place, on: int) -> int:
    found = place.query("select delivery_id from landing.deliveries where business_date = %s", day(on))
    return int(found[0][0])


def test_rebuild_when_the_archive_is_that_of_an_earlier_backup_then_no_decision_since_is_lost(
    place: Place, tmp_path: Path
) -> None:
    archive = place.warehouse.settings.archive
    of_the_erased = set_right(place, "1", "OTHER")
    undone = set_right(place, "2", "OTHER")
    shutil.copytree(archive, tmp_path / "backup")
    landing.withdraw(place.warehouse, delivery_id=number_of(place, 11), **BY)
    landing.accept_loss(place.warehouse, source="raise", authority_code=WREXHAM, business_date=day(12), name=None, **BY)
    landing.undo_rectification(place.warehouse, undone, **BY)
    set_right(place, "3", "OTHER")
    landing.erase(place.warehouse, "8", by="A. Jones", reason="request 7")
    decided = [place.query(asked) for asked in DECIDED]
    assert all(decided)
    history = place.history_digest(with_ids=True)
    shutil.rmtree(archive)
    shutil.copytree(tmp_path / "backup", archive)
    landing.rebuild(place.warehouse)
    assert [place.query(asked) for asked in DECIDED] == decided
    assert place.history_digest(with_ids=True) == history
    assert not (archive / rectification.FOLDER / f"{of_the_erased}.json").exists()
    # from now on the archive alone knows them, as an empty database shows
    lines = len((archive / "journal.jsonl").read_bytes().splitlines())
    place.empty()
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.erasures, landing.erased_ids, landing.erasure_proofs")
    landing.rebuild(place.warehouse)
    assert [place.query(asked) for asked in DECIDED] == decided
    assert place.history_digest(with_ids=True) == history
    assert len((archive / "journal.jsonl").read_bytes().splitlines()) == lines


def test_rebuild_when_a_later_decision_stands_in_the_journal_then_the_older_one_does_not_come_after_it(
    place: Place,
) -> None:
    number = number_of(place, 11)
    landing.withdraw(place.warehouse, delivery_id=number, **BY)
    landing.undo_withdrawal(place.warehouse, delivery_id=number, **BY)
    with place.warehouse.raw_connection() as connection:
        # as after a way back to between the two
        connection.execute("delete from landing.withdrawals where is_undone")
    landing.rebuild(place.warehouse)
    assert place.query("select status from landing.deliveries where delivery_id = %s", number) == [("accepted",)]


def test_rebuild_when_the_archive_lacks_a_delivery_then_refuses_until_it_is_told_to_leave_it_out(
    place: Place, tmp_path: Path
) -> None:
    archive = place.warehouse.settings.archive
    shutil.copytree(archive, tmp_path / "backup")
    write_raise(place.exports, day(12), moves("HOME"))
    place.land()
    history = place.history_digest()
    shutil.rmtree(archive)
    shutil.copytree(tmp_path / "backup", archive)
    with pytest.raises(CscWarehouseError, match=r"has 1 delivery that .* \(first \d+, raise of 2018-05-12\)") as error:
        landing.rebuild(place.warehouse)
    assert "rebuild --leave-out-unarchived" in str(error.value)
    assert place.history_digest() == history
    landing.rebuild(place.warehouse, leave_out_unarchived=True)
    assert place.query("select count(*) from landing.deliveries") == [(2,)]
    # its export still lies where it was found
    assert len(place.land().landed) == 1
    assert place.history_digest() == history
