"""Councils that are written side by side: each gives the bytes that it gives alone, and one that dies says so."""

from __future__ import annotations

import datetime as dt
import os
import signal
from pathlib import Path

import pytest

from csc_warehouse.authorities import WELSH_AUTHORITIES
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.sample import FURTHER_AUTHORITIES, HOME_AUTHORITY, councils, write_sample
from csc_warehouse.sample.councils import Asked, write_council, write_side_by_side

START, END = dt.date(2016, 4, 1), dt.date(2016, 5, 31)


def asked(authority: str, out: Path) -> Asked:
    return Asked(authority, out, 1, START, END, is_clean=False, successor_from=None)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_councils_when_written_side_by_side_then_are_the_bytes_of_each_alone(tmp_path: Path) -> None:
    codes = ("W06000024", HOME_AUTHORITY, "W06000001")
    together = [asked(code, tmp_path / "together") for code in codes]
    told: list[tuple[int, int]] = []
    written = write_side_by_side(together, lambda what, done, of: told.append((done, of)))
    alone = [write_council(asked(code, tmp_path / "alone")) for code in codes]
    assert written == alone
    assert sum(one.rows["wccis"] for one in written) > 5000
    assert files_of(tmp_path / "together") == files_of(tmp_path / "alone")
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_wales_when_counted_is_every_authority_once_in_its_own_size() -> None:
    assert {HOME_AUTHORITY, *FURTHER_AUTHORITIES} == set(WELSH_AUTHORITIES)
    sizes = [Asked(code, Path(), 1, START, END, False, None).scale for code in WELSH_AUTHORITIES]
    # of Wales's children 4.6 in a hundred live in Wrexham (mid-2018), and so some 21.7 Wrexhams are Wales
    assert 21 < sum(sizes) < 24
    assert max(sizes) == FURTHER_AUTHORITIES["W06000015"]


def end_this_process(_asked: Asked, _progress: object = None) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_process_when_it_is_killed_then_the_sample_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(councils, "write_council", end_this_process)
    with pytest.raises(CscWarehouseError, match="for want of memory: free some"):
        write_side_by_side([asked(HOME_AUTHORITY, tmp_path), asked("W06000001", tmp_path)], lambda *_: None)


@pytest.mark.parametrize(
    ("authorities", "years", "sentence"),
    [
        (0, 0, "There are 22 Welsh authorities, and 0 were asked for: give 1 to that many."),
        (23, 0, "There are 22 Welsh authorities, and 23 were asked for"),
        (22, -1, "-1 years before 2018-12-31 are not in the sample's calendar"),
        (22, 300, "300 years before 2018-12-31 .* give 0 to 26"),
    ],
)
def test_wales_when_asked_for_what_is_not_there_then_says_what_is(
    tmp_path: Path, authorities: int, years: int, sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        write_sample(tmp_path, authorities=authorities, years=years)
    assert list(tmp_path.iterdir()) == []
