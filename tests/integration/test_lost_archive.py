"""An archive that is lost is told of at once, and no backup without it takes the place of one that has it."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from csc_warehouse import landing, upkeep
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.landing.keeping import retention
from csc_warehouse.settings import Config, LandingConfig, MaintenanceConfig
from csc_warehouse.warehouse import Warehouse, backup, drill, kept_archive
from tests.support.deliveries import write_raise
from tests.support.landings import Place, day

EVENINGS = ("2018-12-30", "2018-12-31")
NEXT_STEP = "Take the archive from the last backup that has it"


def moves(*reasons: str) -> dict[str, list[dict[str, str]]]:
    rows = [
        {"MOVE_NO": str(n), "CLIENT_NO": "7", "MOVE_DATE": "01/05/2018", "REASON": r} for n, r in enumerate(reasons)
    ]
    rows += [{"MOVE_NO": str(n), "CLIENT_NO": "8", "MOVE_DATE": "01/05/2018", "REASON": "HOME"} for n in range(50, 90)]
    return {"SCHOOL_MOVE": rows}


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Path) -> Place:
    """Return a landing with a delivery that stands, one that it replaced, a refused one and an unchanged one."""
    config = Config(
        landing=LandingConfig(keep_superseded_days=0, keep_refused_days=0),
        maintenance=MaintenanceConfig(backup_folder=tmp_path / "backups", keep_backups=1),
    )
    place = Place(module_warehouse, tmp_path, config)
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.retention_proofs")
    write_raise(place.exports, day(10), moves("HOME", "OTHER"))
    place.land()
    write_raise(place.exports, day(10), moves("OTHER", "OTHER"))
    place.land()
    folder = write_raise(place.exports, day(12), moves("HOME"))
    path = next(folder.glob("RAISE_SCHOOL*"))
    path.write_bytes(path.read_bytes()[:-40])
    assert len(place.land().refused) == 1
    # the same content once more is no delivery of its own
    write_raise(place.exports, day(10), moves("OTHER", "OTHER"))
    place.land()
    return place


def do(place: Place, step: str, stamp: str = EVENINGS[1]) -> tuple[str, str]:
    return upkeep.STEPS[step](upkeep.Evening(place.warehouse, stamp))


def lose_everything(archive: Path) -> None:
    shutil.rmtree(archive)


def lose_the_objects(archive: Path) -> None:
    shutil.rmtree(archive / "objects")
    (archive / "objects").mkdir()


def lose_one(archive: Path) -> None:
    min(archive.glob("objects/*/*")).unlink()


def cut_one_to_nothing(archive: Path) -> None:
    min(archive.glob("objects/*/*")).write_bytes(b"")


def lose_the_journal(archive: Path) -> None:
    (archive / "journal.jsonl").unlink()


LOSSES: dict[Callable[[Path], None], str] = {
    lose_everything: r"(\d+) of the \1 files that deliveries need .* and the journal's lines of 2 deliveries",
    lose_the_objects: r"(\d+) of the \1 files that deliveries need \(first \w{12} of delivery \d+\)\.",
    lose_one: r"1 of the \d+ files that deliveries need",
    cut_one_to_nothing: r"1 of the \d+ files that deliveries need",
    lose_the_journal: r"lacks the journal's lines of 2 deliveries \(first delivery \d+\)\.",
}


def test_archive_when_something_of_it_is_gone_then_the_check_and_the_backup_say_what_and_what_to_do(
    place: Place, tmp_path: Path
) -> None:
    archive = place.warehouse.settings.archive
    shutil.copytree(archive, tmp_path / "whole")
    for lose, lacking in LOSSES.items():
        assert do(place, "archive check")[0] == "done"
        lose(archive)
        for step in ("archive check", "backup"):
            with pytest.raises(CscWarehouseError, match=lacking) as error:
                do(place, step)
            assert NEXT_STEP in str(error.value)
        shutil.rmtree(archive, ignore_errors=True)
        shutil.copytree(tmp_path / "whole", archive)


def test_archive_when_lost_then_every_backup_that_has_it_stays_and_brings_it_back(place: Place) -> None:
    folder = place.warehouse.settings.config.maintenance.backup_folder
    assert folder is not None
    for evening in EVENINGS:
        assert do(place, "backup", evening)[0] == "done"
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert list(kept) == [f"csc-warehouse-{EVENINGS[1]}.tar"]
    archive = place.warehouse.settings.archive
    lose_everything(archive)
    # the same evening again, and those after it
    for evening in (EVENINGS[1], "2019-01-01", "2019-01-02"):
        with pytest.raises(CscWarehouseError, match="No backup was made, and those that are there stay"):
            do(place, "backup", evening)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept
    assert do(place, "restore drill", "2019-01-02") == (
        "left out",
        "This evening's backup was not made: none is tried.",
    )
    # the way back, as the runbook has it
    command = ["tar", "-xf", str(folder / next(iter(kept))), "-C", str(archive.parent), "archive"]
    subprocess.run(command, check=True)  # noqa: S603
    assert do(place, "archive check")[0] == "done"
    assert do(place, "backup", "2019-01-02")[0] == "done"


def test_archive_when_files_leave_it_lawfully_then_nothing_is_called_lost(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = kept_archive.look(place.warehouse).needed
    with monkeypatch.context() as cut_off:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        # retention ends between the removal and its proof
        cut_off.setattr(retention._Retention, "_confirm", killed)
        with pytest.raises(KeyboardInterrupt):
            landing.expire(place.warehouse, by="A. Jones")
    assert place.query("select count(*) from landing.retention_proofs") == [(0,)]
    for _ in range(2):
        kept = kept_archive.look(place.warehouse)
        assert kept == kept_archive.Kept(needed=needed - 1)
        landing.expire(place.warehouse, by="A. Jones")
    # the proof alone tells it where the journal's announcement does not
    assert place.query("select count(*) from landing.retention_proofs where holding = 'superseded'") == [(1,)]
    write_raise(place.exports, day(11), moves("OTHER", "HOME"))
    place.land()
    (latest,) = place.query("select max(delivery_id) from landing.deliveries")[0]
    landing.withdraw(place.warehouse, delivery_id=latest, by="A. Jones", reason="Sent by mistake")
    landing.expire(place.warehouse, by="A. Jones")
    assert kept_archive.look(place.warehouse) == kept_archive.Kept(needed=needed - 1)
    assert do(place, "archive check")[0] == "done"
    assert do(place, "backup")[0] == "done"


def test_archive_when_the_ledger_was_brought_back_to_before_a_delivery_then_its_journal_tells_what_is_lost(
    place: Place,
) -> None:
    place.empty()
    kept = kept_archive.look(place.warehouse)
    assert kept.is_whole
    assert kept.needed > 0
    lose_the_objects(place.warehouse.settings.archive)
    assert len(kept_archive.look(place.warehouse).lacking) == kept.needed


def test_drill_when_the_backup_has_no_archive_then_is_red(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as an earlier version wrote it
    monkeypatch.setattr(kept_archive, "require_whole", lambda warehouse: None)
    elsewhere = place.warehouse.settings.model_copy(update={"home": tmp_path / "elsewhere"})
    hollow = backup.backup(dataclasses.replace(place.warehouse, settings=elsewhere), tmp_path / "hollow.tar")
    with pytest.raises(CscWarehouseError, match=r"hollow\.tar was restored, .* lacks (\d+) of the \1 files"):
        drill.restore_and_compare(place.warehouse, hollow)
