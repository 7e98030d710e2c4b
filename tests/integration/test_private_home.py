"""After every kind of command, whatever the umask, no other account can read what lies in the home."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from csc_warehouse.cli import _assemble
from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse import home as homes
from csc_warehouse.warehouse import open_warehouse
from tests.support.deliveries import write_raise
from tests.support.homes import temporary_home
from tests.support.landings import day

CHILD = "0000042"
CONTACTS = [{"CONTACT_NO": str(n), "CLIENT_NO": CHILD, "RECEIVED": f"0{n % 9 + 1}/05/2018 09:30"} for n in range(1, 60)]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with temporary_home() as parent:
        place = parent / "o'o ŵ" / "home"
        place.mkdir(parents=True)
        place.chmod(0o755)
        write_raise(place / "exports", day(10), {"CLIENT": [{"CLIENT_NO": CHILD}], "CONTACT": CONTACTS})
        write_raise(place / "exports", day(11), {"CLIENT": [{"CLIENT_NO": CHILD}], "CONTACT": CONTACTS})
        damaged = max((place / "exports" / "raise" / str(day(11))).iterdir(), key=lambda path: path.stat().st_size)
        damaged.write_bytes(damaged.read_bytes()[:-200])
        yield place
        subprocess.run(
            [sys.executable, "-m", "csc_warehouse.cli", "stop"],
            env={**os.environ, "CSC_WAREHOUSE_HOME": str(place)},
            check=True,
        )


def open_to_others(home: Path) -> list[str]:
    """Return what other accounts could read below a home, or the home itself."""
    found = [path for path in home.rglob("*") if not path.is_symlink() and path.stat().st_mode & homes.OTHERS]
    wanted = 0o711 if os.geteuid() == 0 else 0o700
    above = [] if stat.S_IMODE(home.stat().st_mode) == wanted else [home]
    return [str(path) for path in (*above, *found)]


RIGHT = ["--column", "surname", "--value", "Other", "--reason", "a test", "--yes"]
COMMANDS = [
    ["land"],
    ["build"],
    ["check"],
    ["publish"],
    ["status"],
    ["quality-report"],
    ["check-catalogue"],
    ["worklists"],
    ["expire"],
    ["subject", "rectify", "--source", "raise", "--entity", "client", "--record", CHILD, *RIGHT],
    ["subject", "find", "--child", CHILD],
    ["subject", "export", "--child", CHILD, "--out", "{home}/request"],
    ["rebuild"],
    ["erase", "--child", CHILD, "--by", "A. Jones"],
    ["rotate-key"],
    ["backup", "--out", "{home}/backups/b.tar"],
    ["asset-register", "--out", "{home}/assets.csv"],
]


@pytest.mark.parametrize("umask", [0o000])
def test_nothing_in_a_home_is_open_to_others_after_any_command(
    home: Path, umask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSC_WAREHOUSE_HOME", str(home))
    ended = {}
    for command in COMMANDS:
        before = os.umask(umask)
        try:
            result = CliRunner().invoke(_assemble(), [part.format(home=home) for part in command])
        finally:
            os.umask(before)
        ended[command[0]] = result.exit_code
        assert open_to_others(home) == [], command
    assert list((home / "archive" / "refused").iterdir())
    done = ("build", "status", "rebuild", "rotate-key", "backup", "asset-register")
    assert [ended[name] for name in done] == [0] * len(done)


def test_a_landing_ends_with_its_last_sentence_and_tells_of_no_leak(home: Path) -> None:
    write_raise(home / "exports", day(12), {"CLIENT": [{"CLIENT_NO": CHILD}], "CONTACT": CONTACTS})
    done = subprocess.run(
        [sys.executable, "-m", "csc_warehouse.cli", "land"],
        env={**os.environ, "CSC_WAREHOUSE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 4)
    assert "nanobind" not in done.stderr + done.stdout
    assert [line for line in done.stderr.splitlines() if "leaked" in line] == []
    assert "Landed" in done.stdout


_KILLED = """
import sys, time
from pathlib import Path
from csc_warehouse import landing
from csc_warehouse.landing.recording import archive
from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse import open_warehouse
def halt(self, sha256, target):
    Path(target).write_text("a child")
    print(target, flush=True)
    time.sleep(60)
archive.Archive.restore = halt
landing.rebuild(open_warehouse(load_settings()))
"""


def test_deliveries_unpacked_by_a_rebuild_that_was_killed_lie_in_the_home_and_go_with_the_next_command(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(  # noqa: S603  (our own interpreter)
        [sys.executable, "-c", _KILLED],
        env={**os.environ, "CSC_WAREHOUSE_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        assert killed.stdout is not None
        left = Path(killed.stdout.readline().strip())
        assert left.is_relative_to(home / "spool")
        assert [path for path in (left, left.parent) if path.stat().st_mode & homes.OTHERS] == []
        killed.send_signal(signal.SIGKILL)
    assert left.exists()
    open_warehouse(load_settings(home=home)).engine.dispose()
    assert list((home / "spool").iterdir()) in ([], [home / "spool" / "large"])
