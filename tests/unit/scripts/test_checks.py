"""`make test` leaves no test out, and makes one finished night for all of its processes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.support import finished_night

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))

import checks

BY_THEMSELVES = {"bi", "compose"}
"""What needs Superset beside (make test-bi), or containers (make test-compose)."""


def test_each_file_of_tests_is_run_by_one_check() -> None:
    named = [PROJECT_DIRECTORY / word for check in checks._tests() for word in check.command if word[:6] == "tests/"]
    run = Counter(
        file for path in named for file in ([path] if path.suffix else path.rglob("test_*.py")) if file.exists()
    )
    rooms = {path for path in (PROJECT_DIRECTORY / "tests").iterdir() if path.is_dir()}
    files = {file for room in rooms if room.name not in BY_THEMSELVES for file in room.rglob("test_*.py")}
    assert set(run) == files
    assert set(run.values()) == {1}


def test_processes_are_told_of_one_folder_that_is_gone_afterwards() -> None:
    told = f"import os; print(os.environ[{checks.KEPT_BELOW!r}]); os.listdir(os.environ[{checks.KEPT_BELOW!r}])"
    twice = [checks.Check(str(number), (sys.executable, "-c", told)) for number in range(2)]
    outcomes = list(checks._outcomes(twice))
    assert [outcome.code for outcome in outcomes] == [0, 0]
    (folder,) = {outcome.output.strip() for outcome in outcomes}
    assert not Path(folder).exists()
    assert checks.KEPT_BELOW == finished_night.KEPT_BELOW


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the homes in which the night was run, in place of running it."""
    found: list[Path] = []

    def run(home: Path) -> dict[str, int]:
        assert not home.exists()
        home.mkdir()
        found.append(home)
        return {"built": len(found)}

    monkeypatch.setattr(finished_night, "_run", run)
    return found


def _asked() -> dict[str, int]:
    with finished_night._kept() as kept:
        return finished_night._made(kept)


def test_night_when_kept_then_made_once(runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(finished_night.KEPT_BELOW, str(tmp_path))
    assert [_asked(), _asked()] == [{"built": 1}] * 2
    assert runs == [tmp_path / "home"]


def test_night_when_its_making_was_killed_then_made_anew(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(finished_night.KEPT_BELOW, str(tmp_path))
    (tmp_path / "home").mkdir()
    (tmp_path / "result.json.new").write_text("half of i", encoding="utf-8")
    assert _asked() == {"built": 1}


def test_night_when_a_process_is_alone_then_its_own_and_gone_with_it(
    runs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(finished_night.KEPT_BELOW, raising=False)
    assert [_asked(), _asked()] == [{"built": 1}, {"built": 2}]
    assert runs[0] != runs[1]
    assert not any(home.parent.exists() for home in runs)


def test_night_when_another_process_makes_it_then_waited_for(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(finished_night.KEPT_BELOW, str(tmp_path))
    holding = (
        "import fcntl, pathlib, sys, time; place = pathlib.Path(sys.argv[1]); lock = open(place / 'lock', 'a');"
        "fcntl.flock(lock, fcntl.LOCK_EX); print(flush=True); time.sleep(0.5);"
        "(place / 'result.json').write_text('{\"built\": 7}')"
    )
    with subprocess.Popen([sys.executable, "-c", holding, str(tmp_path)], stdout=subprocess.PIPE) as other:  # noqa: S603
        assert other.stdout is not None
        other.stdout.readline()
        assert _asked() == {"built": 7}
    assert runs == []
