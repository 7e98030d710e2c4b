"""Who may import whom within landing: its rooms build on one another in one direction, and no module on itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY

SOURCE = PROJECT_DIRECTORY / "src"
LANDING = SOURCE / "csc_warehouse" / "landing"
FILES = sorted(LANDING.rglob("*.py"))
FOUNDATION = {"delivered_text", "lost_database", "progress", "refusal", "unforeseen_errors"}
"""Files beside the rooms that every room may use."""
MAY_IMPORT = {
    "verifying": set[str](),
    "reading": {"verifying"},
    "recording": {"reading", "verifying"},
    "history": {"reading"},
    "judging": {"history", "reading", "recording"},
    "merging": {"history", "judging", "reading", "recording", "verifying"},
    "keeping": {"history", "merging", "recording", "verifying"},
}
"""What each room may import of landing beside the foundation; the files above the rooms bring them together."""


def _module(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {_module(path): path for path in FILES}


def _imports(path: Path) -> Iterator[str]:
    """Yield the modules of landing that a file imports: at its top, inside functions, and for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # what is imported from a package may be a module of it
            of_package = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in MODULES else str(node.module) for name in of_package]
        yield from (name for name in names if name in MODULES)


def _room(path: Path) -> str:
    parts = path.relative_to(LANDING).parts
    return parts[0].removesuffix(".py")


def _arrows(room: str) -> set[str]:
    return {
        _room(MODULES[name])
        for path in FILES
        if _room(path) == room
        for name in _imports(path)
        if _room(MODULES[name]) != room
    }


def test_walk_when_it_looks_then_sees_the_rooms() -> None:
    # the tests below prove nothing unless imports are found
    assert {path.name for path in LANDING.iterdir() if path.is_dir()} - {"__pycache__"} == set(MAY_IMPORT)
    assert "csc_warehouse.landing.recording.ledger" in set(_imports(LANDING / "merging" / "merge.py"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_room_when_it_imports_then_exactly_along_its_arrows(room: str) -> None:
    # an arrow that nobody uses is taken out, here and in docs/architecture.md
    assert _arrows(room) - FOUNDATION == MAY_IMPORT[room]


def test_foundation_when_it_imports_then_no_room_and_nothing_above() -> None:
    assert {name: _arrows(name) - FOUNDATION for name in FOUNDATION} == {name: set() for name in FOUNDATION}


def test_modules_when_their_imports_are_followed_then_none_leads_back() -> None:
    graph = {name: set(_imports(path)) - {name} for name, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these modules import each other: {error.args[1]}")


def test_rooms_when_described_then_as_they_are() -> None:
    page = (PROJECT_DIRECTORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.partition("\n## Inside landing\n")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    described = {cells[0].strip(" `"): set(cells[-1].replace("`", "").replace("-", "").split(", ")) for cells in lines}
    assert {room: {name.strip() for name in names if name.strip()} for room, names in described.items()} == MAY_IMPORT
