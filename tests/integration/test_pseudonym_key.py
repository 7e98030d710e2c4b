"""A pseudonym key that is lost or exchanged is refused by landing, rebuild and erasure; a rotated one is not."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from csc_warehouse import landing, stewardship
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.landing.recording.journal import Journal
from csc_warehouse.landing.recording.pseudonym_key import EVENT, record_key, require_key
from csc_warehouse.privacy import pseudonyms
from csc_warehouse.warehouse import Warehouse, backup, cluster
from tests.support.deliveries import write_raise
from tests.support.landings import Place, day

CLIENTS = [{"CLIENT_NO": "0000042", "SURNAME": "Roberts"}]


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Path) -> Place:
    place = Place(module_warehouse, tmp_path)
    settings = place.warehouse.settings.model_copy(update={"key_file": tmp_path / "secrets" / "pseudonym.key"})
    place.warehouse = replace(place.warehouse, settings=settings)
    write_raise(place.exports, day(10), {"CLIENT": CLIENTS})
    place.land()
    return place


def key_file(place: Place) -> Path:
    return place.warehouse.settings.key_file


def known(place: Place) -> list[tuple[str, bool]]:
    return place.query("select key_fingerprint, is_journalled from landing.pseudonym_key")


def journalled(place: Place) -> list[str]:
    lines = Journal(place.warehouse.settings.archive).read()
    return [line["key_fingerprint"] for line in lines if line["event"] == EVENT]


def lose(path: Path) -> None:
    path.unlink()


def exchange(path: Path) -> None:
    path.write_text("f" * 64 + "\n")


def exchange_all(path: Path) -> None:
    path.write_text("e" * 64 + "\n" + "f" * 64 + "\n")


def land_more(place: Place) -> None:
    write_raise(place.exports, day(11), {"CLIENT": CLIENTS})
    place.land()


def rebuild(place: Place) -> None:
    landing.rebuild(place.warehouse)


def erase(place: Place) -> None:
    landing.erase(place.warehouse, "0000042", by="A. Jones", reason="request")


def test_the_first_key_is_known_by_a_fingerprint_that_gives_nothing_away(place: Place) -> None:
    key = pseudonyms.load_key(place.warehouse.settings)
    assert known(place) == [(pseudonyms.fingerprint(key), True)]
    assert journalled(place) == [pseudonyms.fingerprint(key)]
    assert key.decode() not in (place.warehouse.settings.archive / "journal.jsonl").read_text()


def test_a_backup_holds_the_key_neither_as_a_file_nor_in_one(place: Place, tmp_path: Path) -> None:
    key = pseudonyms.load_key(place.warehouse.settings)
    with tarfile.open(backup.backup(place.warehouse, tmp_path / "backup.tar")) as tar:
        tar.extractall(tmp_path / "opened", filter="data")
    files = [path for path in (tmp_path / "opened").rglob("*") if path.is_file()]
    names = {path.relative_to(tmp_path / "opened").parts[0] for path in files}
    assert names == {backup.DATABASE_MEMBER, backup.READERS_MEMBER, backup.ARCHIVE_MEMBER}
    assert key_file(place).name not in {path.name for path in files}
    # the database lies in it compressed: as the statements that bring it back
    program = cluster.binaries() / "pg_restore"
    dump = tmp_path / "opened" / backup.DATABASE_MEMBER
    dumped = subprocess.run([program, "--file=-", dump], capture_output=True, check=True)  # noqa: S603
    assert pseudonyms.fingerprint(key).encode() in dumped.stdout
    for held in (dumped.stdout, *(path.read_bytes() for path in files)):
        assert key not in held
        assert key.hex().encode() not in held


@pytest.mark.parametrize("damage", [lose, exchange, exchange_all])
@pytest.mark.parametrize("work", [land_more, rebuild, erase])
def test_a_lost_key_is_refused_and_none_is_made_in_its_place(
    place: Place, damage: Callable[[Path], None], work: Callable[[Place], None]
) -> None:
    before = known(place), place.query("select delivery_id, status from landing.deliveries")
    damage(key_file(place))
    content = key_file(place).read_text() if key_file(place).exists() else None
    with pytest.raises(CscWarehouseError, match=r"Restore the file from the safe.*csc-warehouse rotate-key"):
        work(place)
    assert (key_file(place).read_text() if key_file(place).exists() else None) == content
    assert (known(place), place.query("select delivery_id, status from landing.deliveries")) == before


@pytest.mark.parametrize("damage", [lose, exchange])
def test_an_empty_database_knows_the_key_by_the_journal(place: Place, damage: Callable[[Path], None]) -> None:
    copy = key_file(place).read_text()
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.pseudonym_key")
    damage(key_file(place))
    with pytest.raises(CscWarehouseError, match="another pseudonym"):
        rebuild(place)
    key_file(place).write_text(copy)
    rebuild(place)
    assert known(place) == [(journalled(place)[0], True)]
    assert len(journalled(place)) == 1


def test_a_key_put_above_the_known_one_is_in_force_and_recorded(place: Place) -> None:
    key_file(place).write_text("a" * 64 + "\n" + key_file(place).read_text())
    land_more(place)
    assert known(place) == [(pseudonyms.fingerprint(b"a" * 64), True)]
    assert journalled(place)[-1:] == [pseudonyms.fingerprint(b"a" * 64)]


def test_a_rotation_that_was_killed_before_it_was_recorded_is_no_loss(place: Place) -> None:
    before = known(place)
    pseudonyms.rotate_key(place.warehouse.settings)
    assert known(place) == before
    require_key(place.warehouse)
    assert known(place) != before


@pytest.mark.parametrize(("damage", "held"), [(None, 2), (lose, 1), (exchange, 2)])
def test_rotate_key_is_the_way_out_and_the_next_landing_goes_on(
    place: Place, damage: Callable[[Path], None] | None, held: int
) -> None:
    if damage is not None:
        damage(key_file(place))
    assert pseudonyms.rotate_key(place.warehouse.settings) == held
    record_key(place.warehouse)
    land_more(place)
    assert known(place) == [(pseudonyms.fingerprint(pseudonyms.load_key(place.warehouse.settings)), True)]


def test_rotate_key_records_the_new_key_by_itself(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stewardship, "open_warehouse", lambda settings: place.warehouse)
    assert stewardship.rotate_key(settings=place.warehouse.settings) == 2
    assert known(place) == [(pseudonyms.fingerprint(pseudonyms.load_key(place.warehouse.settings)), True)]


def test_a_home_of_before_whose_key_is_known_by_its_pseudonyms_alone_is_journalled(place: Place) -> None:
    fingerprint = journalled(place)[0]
    (place.warehouse.settings.archive / "journal.jsonl").unlink()
    with place.warehouse.raw_connection() as connection:
        connection.execute("update landing.pseudonym_key set is_journalled = false")
    require_key(place.warehouse)
    assert journalled(place) == [fingerprint]
    assert known(place) == [(fingerprint, True)]
