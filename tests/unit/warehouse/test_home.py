"""A home is its owner's alone whatever the umask, and what a killed process left in it goes with the next."""

from __future__ import annotations

import logging
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from csc_warehouse.warehouse import home as homes


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_new_home_is_private_and_so_is_what_is_written_after(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "deep" / "home"
    homes.make_private(home)
    (home / "reports").mkdir()
    (home / "reports" / "page.html").write_text("x")
    assert [mode(path) for path in (home, home / "reports", home / "reports" / "page.html")] == [0o700, 0o700, 0o600]


def test_a_home_of_before_is_put_right_and_nothing_above_or_behind_a_link_is_changed(
    tmp_path: Path, umask: int
) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    for folder, folder_mode in ((outside, 0o755), (home / "archive" / "refused", 0o755), (home / "logs", 0o777)):
        folder.mkdir(parents=True)
        folder.chmod(folder_mode)
    for path, file_mode in ((outside / "theirs", 0o644), (home / "archive" / "refused" / "a.csv", 0o644)):
        path.write_text("x")
        path.chmod(file_mode)
    (home / "link").symlink_to(outside)
    (home / "archive" / "link").symlink_to(outside / "theirs")
    tmp_path.chmod(0o755)
    home.chmod(0o755)
    (home / "archive").chmod(0o755)
    homes.make_private(home)
    below = [path for path in home.rglob("*") if not path.is_symlink()]
    assert len(below) == 4
    assert [path for path in below if mode(path) & 0o077] == []
    assert (mode(home), mode(tmp_path), mode(outside), mode(outside / "theirs")) == (0o700, 0o755, 0o755, 0o644)


def test_a_home_whose_server_is_another_accounts_lets_it_pass_and_list_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        homes.make_private(tmp_path / "home", holds_server=True)
    finally:
        os.umask(before)
    assert mode(tmp_path / "home") == (0o711 if os.geteuid() == 0 else 0o700)


def test_what_cannot_be_made_private_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports").chmod(0o755)

    def refuse(path: Path, wanted: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    with caplog.at_level(logging.WARNING):
        homes.make_private(tmp_path)
    assert "exports can be read by other accounts" in caplog.text
    assert "Operation not permitted" in caplog.text


@pytest.mark.parametrize(("folder", "expected"), [(0o700, 0o600), (0o755, 0o644), (0o750, 0o640)])
def test_a_page_is_as_readable_as_the_folder_that_it_is_put_into(tmp_path: Path, folder: int, expected: int) -> None:
    tmp_path.chmod(folder)
    assert homes.as_readable_as_its_folder(tmp_path) == expected


_HOLDER = """
import sys, time
from pathlib import Path
from csc_warehouse.warehouse import home
with home.scratch(Path(sys.argv[1]), sys.argv[2]) as folder:
    (folder / "delivery.csv").write_text("a child")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("prefix", [homes.SCRATCH, ".backup-"])
def test_scratch_is_swept_after_a_kill_and_not_before(tmp_path: Path, prefix: str) -> None:
    spool = tmp_path / "spool"
    with subprocess.Popen(  # noqa: S603  (our own interpreter)
        [sys.executable, "-c", _HOLDER, str(spool), prefix], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        left = Path(holder.stdout.readline().strip())
        assert (left / "delivery.csv").exists()
        assert mode(left) == 0o700
        assert homes.sweep_scratch(spool, prefix) == 0
        holder.send_signal(signal.SIGKILL)
    assert left.exists()
    assert homes.sweep_scratch(spool, prefix) == 1
    assert list(spool.iterdir()) == []


def test_scratch_that_is_released_leaves_nothing(tmp_path: Path) -> None:
    with homes.scratch(tmp_path / "spool") as folder:
        (folder / "x").write_text("x")
    assert list((tmp_path / "spool").iterdir()) == []


def test_sweep_never_follows_a_link(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "x").write_text("x")
    (tmp_path / f"{homes.SCRATCH}1").symlink_to(kept)
    assert homes.sweep_scratch(tmp_path) == 0
    assert (kept / "x").exists()
