"""What every file of the repository must be: of a readable size, and free of this or that machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY

LINES = {".py": 420, ".sql": 450, ".yml": 600, ".yaml": 600}
"""A longer file is two rooms; split it."""
LARGEST_BYTES = 1_000_000
# put together here, so that this file does not hold what it forbids
REGISTRIES = [
    "pypi" + ".org",
    "files.python" + "hosted",
    "registry.npm" + "js",
    "index-" + "url http",
    "find-" + "links /",
]
MACHINE_PATHS = [r"(?<![\w.])/" + folder + r"/" for folder in ("work", "home", "root", "Users")]


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=PROJECT_DIRECTORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        PROJECT_DIRECTORY / name for name in listed.stdout.split("\0") if name and (PROJECT_DIRECTORY / name).is_file()
    ]


TRACKED = _tracked()
TEXTS = [path for path in TRACKED if b"\0" not in path.read_bytes()[:8000]]


def _relative(path: Path) -> str:
    return str(path.relative_to(PROJECT_DIRECTORY))


def test_tracked_files_when_listed_then_are_there() -> None:
    assert len(TRACKED) > 100
    assert PROJECT_DIRECTORY / "requirements.lock" in TEXTS


@pytest.mark.parametrize("forbidden", REGISTRIES)
def test_tracked_file_when_read_then_names_no_package_registry(forbidden: str) -> None:
    assert [_relative(path) for path in TEXTS if forbidden in path.read_text(errors="replace")] == []


@pytest.mark.parametrize("pattern", MACHINE_PATHS)
def test_tracked_file_when_read_then_names_no_path_of_a_machine(pattern: str) -> None:
    found = [
        f"{_relative(path)}: {match.group()}"
        for path in TEXTS
        if (match := re.search(pattern, path.read_text(errors="replace")))
    ]
    assert found == []


def test_tracked_file_when_the_repository_ignores_it_then_is_not_there() -> None:
    # what the installation writes names this machine's folders
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--ignored", "--exclude-standard"],  # noqa: S607
        cwd=PROJECT_DIRECTORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout == ""


def test_tracked_file_when_measured_then_is_small_enough_to_read() -> None:
    too_long = {
        _relative(path): lines
        for path in TEXTS
        if path.suffix in LINES and (lines := len(path.read_text().splitlines())) > LINES[path.suffix]
    }
    assert too_long == {}


def test_tracked_file_when_measured_then_is_no_data_dump() -> None:
    assert [_relative(path) for path in TRACKED if path.stat().st_size > LARGEST_BYTES] == []


def test_tracked_file_when_listed_then_none_is_a_lock_that_records_hosts_or_a_secret() -> None:
    names = {path.name for path in TRACKED}
    assert names.isdisjoint({"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", ".env"})
    assert [_relative(path) for path in TRACKED if path.suffix in {".key", ".pem", ".p12"}] == []


def test_source_when_read_then_leaves_nothing_for_later() -> None:
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")
    code = [path for path in TEXTS if path.suffix in {".py", ".sql", ".yml", ".sh"} or path.name == "Makefile"]
    assert [_relative(path) for path in code if later.search(path.read_text())] == []
