"""Deliveries in a folder: complete, not there yet, or no part of any."""

from __future__ import annotations

import datetime
import errno
import json
import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.errors import UsageError
from csc_warehouse.sources import Delivery, FolderSource, Found
from csc_warehouse.sources.delivery import UnreadableFolderError
from tests.support.deliveries import write_raise, write_wccis

DAY = datetime.date(2018, 5, 20)


def find(exports: Path, source: str, stable_seconds: float = 0) -> Found:
    contract = load_contracts((source,))[source]
    return FolderSource(exports, contract, home_authority="W06000006").find(stable_seconds=stable_seconds)


def make_old(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 600, time.time() - 600))


def test_an_exports_folder_that_is_not_there_is_said_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist: give it by --exports or CSC_WAREHOUSE_EXPORTS"):
        find(tmp_path / "gone", "raise")


def test_a_source_that_never_delivered_has_nothing(tmp_path: Path) -> None:
    assert find(tmp_path, "raise") == Found()


def test_raise_is_not_there_yet_without_its_control_file(tmp_path: Path) -> None:
    folder = write_raise(tmp_path, DAY, {})
    assert len(find(tmp_path, "raise").deliveries) == 1
    next(folder.glob("*CONTROL*")).unlink()
    found = find(tmp_path, "raise")
    assert found.deliveries == []
    assert found.not_there_yet == ["raise W06000006 2018-05-20 is not there yet: its control file has not arrived."]


def test_deliveries_come_in_business_date_order_by_authority(tmp_path: Path) -> None:
    for number, authority in ((3, "W06000006"), (1, "W06000006"), (1, "W06000005")):
        write_wccis(tmp_path, datetime.date(2018, 6, number), {}, authority=authority)
    found = [(d.business_date.day, d.authority_code) for d in find(tmp_path, "wccis").deliveries]
    assert found == [(1, "W06000005"), (1, "W06000006"), (3, "W06000006")]


def test_a_zip_that_does_not_open_is_not_there_yet_while_it_changes(tmp_path: Path) -> None:
    path = write_wccis(tmp_path, DAY, {})
    path.write_bytes(path.read_bytes()[:500])
    assert find(tmp_path, "wccis", stable_seconds=60).deliveries == []
    assert "its zip does not open and is still changing" in find(tmp_path, "wccis", stable_seconds=60).not_there_yet[0]
    make_old(tmp_path)
    assert len(find(tmp_path, "wccis", stable_seconds=60).deliveries) == 1


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_whose_members_are_damaged_stops_no_other_delivery(tmp_path: Path, method: int) -> None:
    path = write_wccis(tmp_path, DAY, {})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", compression=method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        # what is packed begins behind a header of 30 bytes and the name; LZMA puts nine of its own before it
        starts = [member.header_offset + 30 + len(member.filename) for member in archive.infolist()]
    damaged = bytearray(path.read_bytes())
    for start in starts:
        damaged[start + 9 : start + 30] = bytes(255 - byte for byte in damaged[start + 9 : start + 30])
    path.write_bytes(damaged)
    write_wccis(tmp_path, DAY + datetime.timedelta(days=1), {})

    found = find(tmp_path, "wccis", stable_seconds=60)

    assert [delivery.business_date.day for delivery in found.deliveries] == [21]
    assert "its zip does not open and is still changing" in found.not_there_yet[0]


def test_a_zip_that_opens_is_complete_however_young(tmp_path: Path) -> None:
    write_wccis(tmp_path, DAY, {})
    assert len(find(tmp_path, "wccis", stable_seconds=60).deliveries) == 1


def test_a_zip_under_another_name_has_not_arrived(tmp_path: Path) -> None:
    path = write_wccis(tmp_path, DAY, {})
    path.rename(path.with_suffix(".zip.part"))
    assert find(tmp_path, "wccis").not_there_yet == [
        "wccis W06000006 2018-05-20 is not there yet: its zip has not arrived."
    ]


def test_a_return_is_complete_once_its_size_is_stable(tmp_path: Path) -> None:
    folder = tmp_path / "corporate" / str(DAY)
    folder.mkdir(parents=True)
    (folder / "nwas_adopters_20180520.csv").write_text("x")
    (folder / "families_first_20180520.csv").write_text("x")
    assert len(find(tmp_path, "corporate", stable_seconds=60).not_there_yet) == 2
    assert [d.name for d in find(tmp_path, "corporate").deliveries] == ["families_first", "nwas_adopters"]
    make_old(tmp_path)
    assert len(find(tmp_path, "corporate", stable_seconds=60).deliveries) == 2


def test_a_return_may_be_a_sheet_or_a_csv(tmp_path: Path) -> None:
    folder = tmp_path / "corporate" / str(DAY)
    folder.mkdir(parents=True)
    (folder / "HR_Establishment_20180520.CSV").write_text("x")
    assert [d.name for d in find(tmp_path, "corporate").deliveries] == ["hr_establishment"]


def test_what_is_no_part_of_a_delivery_is_named(tmp_path: Path) -> None:
    for name in ("raise/2018-02-30", "raise/archive", "raise/2018-5-20", "wccis/Wrexham", "corporate/2018-05-20"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "corporate/2018-05-20/holidays.xlsx").write_text("x")
    assert len(find(tmp_path, "raise").ignored) == 3
    assert len(find(tmp_path, "wccis").ignored) == 1
    assert "no return of that name was agreed" in find(tmp_path, "corporate").ignored[0]
    assert find(tmp_path, "raise").deliveries == []


def test_a_ticket_travels_as_json_and_comes_back_whole(tmp_path: Path) -> None:
    write_raise(tmp_path, DAY, {})
    delivery = find(tmp_path, "raise").deliveries[0]
    again = Delivery.from_ticket(json.loads(json.dumps(delivery.ticket())))
    assert again == delivery
    assert again.fingerprint == delivery.fingerprint


def test_the_fingerprint_changes_with_any_write(tmp_path: Path) -> None:
    folder = write_raise(tmp_path, DAY, {})
    before = find(tmp_path, "raise").deliveries[0].fingerprint
    path = next(folder.glob("*S47*"))
    path.write_bytes(path.read_bytes())
    assert find(tmp_path, "raise").deliveries[0].fingerprint != before


def deny(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let nobody list a folder: an administrator, as whom tests may run, could."""
    listed = Path.iterdir

    def iterdir(self: Path) -> Iterator[Path]:
        if self == folder:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", iterdir)


def test_a_dated_folder_that_may_not_be_listed_is_said_and_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_raise(tmp_path, DAY, {})
    write_raise(tmp_path, datetime.date(2018, 5, 21), {})
    deny(monkeypatch, folder)
    found = find(tmp_path, "raise")
    assert [delivery.business_date.day for delivery in found.deliveries] == [21]
    (sentence,) = found.not_there_yet
    assert sentence.startswith(f"raise W06000006 2018-05-20 is not there yet: the folder {folder} cannot be read")
    assert "correct its owner, mode or share" in sentence


def test_a_sources_folder_that_may_not_be_listed_is_no_quiet_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_raise(tmp_path, DAY, {})
    deny(monkeypatch, tmp_path / "raise")
    with pytest.raises(
        UnreadableFolderError, match=r"^The folder .+/raise cannot be read \(Permission denied\): correct"
    ):
        find(tmp_path, "raise")


def test_an_exports_folder_that_cannot_be_reached_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stale(self: Path) -> bool:
        raise OSError(errno.ESTALE, "Stale file handle", str(self))

    monkeypatch.setattr(Path, "is_dir", stale)
    with pytest.raises(UsageError, match=r"cannot be reached \(Stale file handle\): mount the share"):
        find(tmp_path, "raise")
