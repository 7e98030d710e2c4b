"""What lies among the deliveries and is none: said, never opened, and never in the way of the others."""

from __future__ import annotations

import datetime
import os
import socket
from pathlib import Path

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.errors import few_sentences, printable, shown, shown_few
from csc_warehouse.sources import FolderSource, Found
from tests.support.deliveries import write_raise, write_wccis

DAY = datetime.date(2018, 5, 20)
NAMES = [b"caf\xe9.csv", b"\xff\xfe", b"bell\x07.csv", b"\x1b[31mred.csv", "left\u202efdp.csv".encode(), b"two\nlines"]


def find(exports: Path, source: str) -> Found:
    contract = load_contracts((source,))[source]
    return FolderSource(exports, contract, home_authority="W06000006").find(stable_seconds=0)


def put(folder: Path, name: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(os.fsencode(folder) + b"/" + name, os.O_CREAT | os.O_WRONLY)
    os.close(handle)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["", "2018-05-20"])
def test_a_name_that_cannot_be_stored_or_shown_is_told_and_holds_up_no_delivery(
    tmp_path: Path, name: bytes, place: str
) -> None:
    write_raise(tmp_path, DAY, {})
    put(tmp_path / "raise" / place, name)
    found = find(tmp_path, "raise")
    (delivery,) = found.deliveries
    assert len(delivery.files) == 16
    (sentence,) = found.ignored
    assert "is ignored: its name holds bytes that are no UTF-8, or characters that cannot be shown" in sentence
    assert sentence.isprintable()
    sentence.encode()


@pytest.mark.parametrize("source", ["wccis", "corporate"])
def test_an_odd_folder_is_told_in_every_source(tmp_path: Path, source: str) -> None:
    for name in NAMES:
        os.makedirs(os.fsencode(tmp_path / source) + b"/" + name)
    assert len(find(tmp_path, source).ignored) == len(NAMES)


def test_a_linked_folder_that_leaves_the_exports_is_not_entered(tmp_path: Path) -> None:
    outside, exports = tmp_path / "outside", tmp_path / "exports"
    write_raise(outside, DAY, {})
    write_wccis(outside, DAY, {})
    write_raise(exports, datetime.date(2018, 5, 19), {})
    write_wccis(exports, DAY, {}, authority="W06000005")
    (exports / "raise" / str(DAY)).symlink_to(outside / "raise" / str(DAY))
    (exports / "wccis" / "W06000006").symlink_to(outside / "wccis" / "W06000006")
    for source in ("raise", "wccis"):
        found = find(exports, source)
        assert len(found.deliveries) == 1, source
        (sentence,) = found.ignored
        assert "it is a link that leaves the exports folder, and was not followed" in sentence


def test_a_source_that_is_a_link_out_of_the_exports_is_not_entered(tmp_path: Path) -> None:
    write_raise(tmp_path / "outside", DAY, {})
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "raise").symlink_to(tmp_path / "outside" / "raise")
    found = find(tmp_path / "exports", "raise")
    assert found.deliveries == []
    assert "leaves the exports folder" in found.ignored[0]


def test_links_that_stay_inside_and_a_linked_exports_folder_are_followed(tmp_path: Path) -> None:
    write_raise(tmp_path / "exports" / "kept", DAY, {})
    (tmp_path / "exports" / "raise").mkdir()
    (tmp_path / "exports" / "raise" / str(DAY)).symlink_to(tmp_path / "exports" / "kept" / "raise" / str(DAY))
    (tmp_path / "linked").symlink_to(tmp_path / "exports")
    for exports in (tmp_path / "exports", tmp_path / "linked"):
        found = find(exports, "raise")
        assert (len(found.deliveries), found.ignored) == (1, [])


def test_pipes_sockets_and_broken_links_are_told_and_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_raise(tmp_path, DAY, {})
    os.mkfifo(folder / "pipe.csv")
    os.mkfifo(tmp_path / "raise" / "2018-05-21")
    (folder / "gone.csv").symlink_to(tmp_path / "nowhere")
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("listens.csv")
    found = find(tmp_path, "raise")
    assert len(found.deliveries) == 1
    told = " ".join(found.ignored)
    assert told.count("it is a pipe, and no file") == 2
    assert told.count("it is a link that leads nowhere") == 2
    assert "it is a socket, and no file" in told


@pytest.mark.parametrize("count", [11, 3000])
def test_many_strays_are_one_sentence_with_how_many_and_ten_of_them(tmp_path: Path, count: int) -> None:
    write_raise(tmp_path, DAY, {})
    for number in range(count):
        put(tmp_path / "raise", f"stray{number:05}".encode())
    found = find(tmp_path, "raise")
    assert len(found.deliveries) == 1
    (sentence,) = found.ignored
    assert sentence.startswith(
        f"{count:,} files and folders are ignored: a folder named by a business date is expected"
    )
    assert sentence.count("stray0") == 10


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("contact.csv", "contact.csv"),
        ("Tŷ Môn.csv", "Tŷ Môn.csv"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\u202eb\u2066", "a\\u202eb\\u2066"),
        ("\ud800.csv", "\\ud800.csv"),
        (os.fsdecode(b"\xe9.csv"), "\\xe9.csv"),
        ("t\udcc5\udcb7", "tŷ"),
        ("a\0b\r\n", "a\\x00b\\r\\n"),
        ("\u2028", "\\u2028"),
    ],
)
def test_a_name_is_shown_with_what_cannot_be_seen_written_out(text: str, told: str) -> None:
    assert printable(text) == told
    assert shown(text) == told


def test_long_names_and_long_lists_are_shown_in_part() -> None:
    assert shown("x" * 5000) == "x" * 200 + "..."
    assert shown_few([str(number) for number in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
    assert few_sentences(["a."] * 10, "files") == ["a."] * 10
    assert few_sentences(["a."] * 12, "files") == ["a."] * 10 + ["These are 10 of 12 files."]
