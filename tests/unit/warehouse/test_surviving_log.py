"""What a home alone holds of its server's log: which pieces are saved, to where, and what is never written over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from csc_warehouse.warehouse import sealing, server, surviving_log

MINE, OTHER = 7, 8
SIZE = 1 << 24


def piece(data: Path, number: int, *, of: int = MINE, holds: int | None = None, is_ready: bool = True) -> str:
    """Put a piece of the log into a data directory; holds: whose pages are in it, where it waits to be used again."""
    name = f"{1:08X}{0:08X}{number:08X}"
    wal = data / "pg_wal"
    (wal / "archive_status").mkdir(parents=True, exist_ok=True)
    address = (number if holds is None else holds) * SIZE
    (wal / name).write_bytes(surviving_log._HEADER.pack(0xD118, 2, 1, address, 0, of, SIZE, 8192) + b"records")
    if is_ready:
        (wal / "archive_status" / f"{name}.ready").touch()
    return name


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    old, new, log = tmp_path / "old", tmp_path / "new", tmp_path / "log"
    (new / "global").mkdir(parents=True)
    (new / "pg_wal").mkdir()
    (new / "global" / "pg_control").write_bytes(surviving_log._SERVER.pack(MINE) + bytes(100))
    log.mkdir()
    return old, new, log


@pytest.mark.parametrize("is_sealed", [False, True])
def test_pieces_when_saved_then_finished_ones_go_to_the_kept_log_and_the_last_to_the_new_files(
    folders: tuple[Path, Path, Path], tmp_path: Path, is_sealed: bool
) -> None:
    old, new, log = folders
    keys = sealing.Keys(tmp_path / "key", [b"k" * sealing.KEY_BYTES]) if is_sealed else None
    suffix = sealing.SUFFIX if is_sealed else ""
    kept, finished = piece(old, 3), piece(old, 4)
    last = piece(old, 5, is_ready=False)
    # before the copy's first piece, and one that waits to be written again
    piece(old, 1, is_ready=False)
    piece(old, 6, holds=2, is_ready=False)
    (old / "pg_wal" / "00000002.history").write_text("1")
    (old / "pg_wal" / "archive_status" / "00000002.history.ready").touch()
    # as the server kept it, before there was a key
    (log / kept).write_bytes(b"another")
    of = server.Account("this account", os.geteuid(), os.getegid())
    assert surviving_log.save(old, new, f"{1:08X}{0:08X}{2:08X}", surviving_log.Kept(log, of, keys)) == 2
    assert sorted(path.name for path in log.iterdir()) == sorted(
        [kept, f"{finished}{suffix}", f"00000002.history{suffix}"]
    )
    assert (log / kept).read_bytes() == b"another"
    assert [path.name for path in (new / "pg_wal").iterdir()] == [last]
    assert (new / "pg_wal" / last).read_bytes() == (old / "pg_wal" / last).read_bytes()
    if keys is None:
        assert (log / finished).read_bytes() == (old / "pg_wal" / finished).read_bytes()
    else:
        with sealing.unsealing(log / f"{finished}{suffix}", keys) as content:
            assert content.read() == (old / "pg_wal" / finished).read_bytes()


def test_pieces_of_another_server_when_met_then_left(folders: tuple[Path, Path, Path]) -> None:
    old, new, log = folders
    piece(old, 3, of=OTHER)
    piece(old, 4, of=OTHER, is_ready=False)
    (old / "pg_wal" / "00000002.history").write_text("1")
    (old / "pg_wal" / "archive_status" / "00000002.history.ready").touch()
    (old / "pg_wal" / f"{1:08X}{0:08X}{5:08X}").write_bytes(b"cut")
    of = server.Account("this account", os.geteuid(), os.getegid())
    assert surviving_log.save(old, new, f"{1:08X}{0:08X}{2:08X}", surviving_log.Kept(log, of, None)) == 0
    assert list(log.iterdir()) == list((new / "pg_wal").iterdir()) == []
