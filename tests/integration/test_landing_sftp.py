"""Deliveries from a real OpenSSH server: fetched whole or not at all, from a server that is known."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse import nightly
from csc_warehouse.errors import CscWarehouseError, SourceUnavailableError, UsageError
from csc_warehouse.sources import sftp
from csc_warehouse.warehouse import Warehouse
from tests.support.debian import needs_program
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import Place, day
from tests.support.noting import noted
from tests.support.sftp_server import SftpServer, make_key, running_sftp_server

pytestmark = needs_program("sshd", package="openssh-server")
MOVES = {
    "SCHOOL_MOVE": [
        {"MOVE_NO": str(n), "REASON": "HOME", "MOVE_DATE": "01/05/2018", "CLIENT_NO": "7"} for n in range(20_000)
    ]
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with running_sftp_server(tmp_path_factory.mktemp("sftp")) as running:
        yield running


@pytest.fixture
def empty(server: SftpServer) -> SftpServer:
    shutil.rmtree(server.exports)
    server.exports.mkdir()
    return server


def place_of(warehouse: Warehouse, home: Path, server: SftpServer, **changes: Any) -> Place:
    """Return an empty landing that fetches from the server."""
    config = warehouse.settings.config.model_copy(update={"sftp": server.config(**changes)})
    place = Place(warehouse, home, config)
    place.exports = server.exports
    return place


def make_old(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 600, time.time() - 600))


def spooled(place: Place) -> list[Path]:
    return [p for p in place.warehouse.settings.spool.rglob("*") if p.is_file() and p.suffix != ".lock"]


def write_all(exports: Path) -> None:
    write_raise(exports, day(10), {"SCHOOL_MOVE": MOVES["SCHOOL_MOVE"][:50]})
    write_raise(exports, day(11), {"SCHOOL_MOVE": MOVES["SCHOOL_MOVE"][:45]})
    write_wccis(exports, day(1, 6), {"person": [{"personid": "a-1"}]}, authority="W06000005")
    folder = exports / "corporate" / str(day(31))
    folder.mkdir(parents=True)
    (folder / "nwas_adopters_20180531.csv").write_text(
        "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n1,W06000006,GENERAL,N,1,N,2018-05-31\n"
    )


def test_what_lies_on_the_server_lands_as_from_a_folder(
    module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path
) -> None:
    write_all(empty.exports)
    local = Place(module_warehouse, tmp_path / "local")
    shutil.rmtree(local.exports)
    shutil.copytree(empty.exports, local.exports)
    assert len(local.land().landed) == 4
    expected = local.history_digest()
    place = place_of(module_warehouse, tmp_path / "remote", empty)
    summary = place.land()
    assert (len(summary.landed), summary.refused, summary.not_there_yet) == (4, [], [])
    assert place.history_digest() == expected
    assert spooled(place) == []
    assert place.waiting().deliveries == [], "what was landed is not fetched again"
    # touched and not changed: it is fetched, and found to be what it was
    make_old(empty.exports)
    again = place.land()
    assert (again.landed, len(again.unchanged)) == ([], 4)
    assert place.waiting().deliveries == []


def test_a_refused_delivery_is_kept_apart_and_not_fetched_again(
    module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path
) -> None:
    folder = write_raise(empty.exports, day(10), {})
    next(folder.glob("RAISE_S47*")).write_text("")
    place = place_of(module_warehouse, tmp_path, empty)
    assert "is empty: not even a header is there" in place.land().refused[0]
    assert len(list((place.warehouse.settings.archive / "refused").iterdir())) == 16
    assert spooled(place) == []
    assert place.waiting().deliveries == []


def test_an_unknown_server_is_refused_in_one_sentence_with_the_next_step(
    module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path
) -> None:
    write_all(empty.exports)
    nobody = tmp_path / "known_hosts"
    nobody.write_text("")
    place = place_of(module_warehouse, tmp_path, empty, known_hosts=nobody)
    with pytest.raises(CscWarehouseError, match=r"is not known, and nothing was fetched: .* SHA256:.*ssh-keyscan -p"):
        place.land()
    assert spooled(place) == []


def test_a_server_with_another_key_is_refused(module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path) -> None:
    other = tmp_path / "known_hosts"
    other.write_text(f"[127.0.0.1]:{empty.port} {make_key(tmp_path / 'other')}\n")
    place = place_of(module_warehouse, tmp_path, empty, known_hosts=other)
    with pytest.raises(CscWarehouseError, match="shows another key than the one that is known"):
        place.waiting()


def test_a_host_key_in_the_settings_vouches_as_a_file_does(
    module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path
) -> None:
    key = (empty.folder / "host_key.pub").read_text()
    assert place_of(module_warehouse, tmp_path, empty, known_hosts=None, host_key=key).waiting().deliveries == []
    for wrong in ("ssh-ed25519 nonsense", "nonsense"):
        place = place_of(module_warehouse, tmp_path / wrong, empty, known_hosts=None, host_key=wrong)
        with pytest.raises(UsageError, match="is no public key"):
            place.waiting()


def test_what_is_wrong_with_the_settings_is_said(
    module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path
) -> None:
    make_key(tmp_path / "stranger")
    (tmp_path / "no_key").write_text("no key")
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"key_file": tmp_path / "stranger"}, CscWarehouseError, "does not let this account in"),
        ({"key_file": tmp_path / "no_key"}, UsageError, "cannot be read: correct `key_file`"),
        ({"known_hosts": tmp_path / "gone"}, UsageError, "correct `known_hosts`"),
        ({"folder": "/nowhere"}, UsageError, "The folder /nowhere does not exist on 127.0.0.1"),
        ({"port": 1}, SourceUnavailableError, "cannot be reached, or was lost"),
    ]
    for number, (changes, error, said) in enumerate(wrong):
        place = place_of(module_warehouse, tmp_path / str(number), empty, **changes)
        with pytest.raises(error, match=said):
            place.waiting()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # paramiko's, of the lost session
def test_a_broken_fetch_goes_on_where_it_broke(
    module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_raise(empty.exports, day(10), MOVES)
    place = place_of(module_warehouse, tmp_path, empty)
    monkeypatch.setattr(sftp, "WINDOW", 64 * 1024)
    original, starts = sftp.SftpTree.read_from, []

    def read_and_lose(self: sftp.SftpTree, path: str, start: int, size: int) -> Iterator[bytes]:
        starts.append((path, start))
        for number, content in enumerate(original(self, path, start, size)):
            if number == 6:
                empty.drop_connections()
            yield content

    monkeypatch.setattr(sftp.SftpTree, "read_from", read_and_lose)
    with pytest.raises(SourceUnavailableError, match="what was fetched is kept"):
        place.land()
    assert place.query("select count(*) from landing.deliveries") == [(0,)]
    part = next(path for path in spooled(place) if path.suffix == ".part")
    fetched = part.stat().st_size
    assert fetched >= 6 * sftp.REQUEST
    starts.clear()
    monkeypatch.setattr(sftp.SftpTree, "read_from", lambda *call: noted(starts, call[1:3], original(*call)))
    assert len(place.land().landed) == 1
    assert [start for path, start in starts if "SCHOOL_MOVE" in path] == [fetched]
    assert place.query("select count(*) from landing.raise_school_move") == [(20_000,)]
    assert spooled(place) == []


def test_a_half_written_delivery_is_not_read(
    module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_of(module_warehouse, tmp_path, empty)
    folder = write_raise(empty.exports, day(10), MOVES)
    assert "were written to a moment ago" in place.waiting(stable_seconds=60).not_there_yet[0]
    control = next(folder.glob("*CONTROL*"))
    control.rename(folder / "kept.txt")
    assert "its control file has not arrived" in place.waiting().not_there_yet[0]
    (folder / "kept.txt").rename(control)
    # the supplier goes on writing while it is fetched
    original, moves = sftp.SftpTree.read_from, next(folder.glob("*SCHOOL*"))

    def read_while_written(self: sftp.SftpTree, path: str, start: int, size: int) -> Iterator[bytes]:
        yield from original(self, path, start, size)
        with moves.open("ab") as file:
            file.write(b"x")

    monkeypatch.setattr(sftp.SftpTree, "read_from", read_while_written)
    summary = place.land()
    assert (summary.landed, summary.refused) == ([], [])
    assert summary.not_there_yet == [
        "raise W06000006 2018-05-10 is not there yet: its files changed while they were fetched."
    ]


def test_links_on_the_server_are_not_followed(module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path) -> None:
    folder = write_raise(empty.exports, day(10), {})
    target = next(folder.glob("RAISE_S47*"))
    target.rename(tmp_path / "outside.csv")
    target.symlink_to(tmp_path / "outside.csv")
    place = place_of(module_warehouse, tmp_path, empty)
    assert "is listed in the control file but absent" in place.land().refused[0]


def test_an_orchestrators_connection_is_taken_in_place_of_the_configuration(
    module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path
) -> None:
    write_raise(empty.exports, day(10), {})
    place = Place(module_warehouse, tmp_path)
    settings = place.warehouse.settings
    connection = empty.config().model_dump(mode="json", exclude_none=True)
    tickets = nightly.find_waiting_tickets("raise", settings=settings, is_scheduled=False, sftp=connection)
    assert [ticket["business_date"] for ticket in tickets] == ["2018-05-10"]
    with pytest.raises(UsageError, match="The SFTP connection has a wrong value at port"):
        nightly.find_waiting_tickets("raise", settings=settings, sftp=connection | {"port": "none"})


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "a\0b"])
def test_a_name_that_leaves_its_folder_is_not_taken(name: str) -> None:
    assert not sftp.is_plain(name)


def test_settings_are_not_printed_with_the_password(server: SftpServer) -> None:
    assert "geheim" not in repr(dataclasses.replace(server).config(password="geheim"))  # noqa: S106


@pytest.mark.parametrize("name", [b"caf\xe9.csv", b"\xff", b"\x1b[2J.csv"])
def test_a_name_that_cannot_be_shown_and_a_link_hold_up_no_delivery_of_a_server(
    module_warehouse: Warehouse, empty: SftpServer, tmp_path: Path, name: bytes
) -> None:
    folder = write_raise(empty.exports, day(10), {})
    for where in (folder, folder.parent):
        os.close(os.open(os.fsencode(where) + b"/" + name, os.O_CREAT | os.O_WRONLY))
    (folder.parent / "2018-05-11").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.csv")
    place = place_of(module_warehouse, tmp_path, empty)
    waiting = place.waiting()
    assert len(place.land().landed) == 1
    said = " ".join(waiting.ignored)
    assert said.isprintable()
    assert said.count("its name holds bytes that are no UTF-8, or characters that cannot be shown") == 2
    assert "it is a link, and no link of a server is followed" in said
    assert "pipe.csv is ignored: it is no file" in said
