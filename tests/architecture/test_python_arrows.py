"""Who may import whom. No exceptions are kept: an arrow that is wanted is added to the design first."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY

PACKAGE = PROJECT_DIRECTORY / "src" / "csc_warehouse"
ROOM_FILES = sorted(PACKAGE.rglob("*.py"))
FOUNDATION = {"errors", "lined_yaml", "processors", "rounding", "settings", "sql_files"}
"""What every room may import."""
MAY_IMPORT = {
    "exit_codes": set(),
    "errors": {"exit_codes"},
    "sql_files": set(),
    "processors": set(),
    "rounding": set(),
    "lined_yaml": set(),
    "configuration": {"errors"},
    "authorities": set(),
    "authority_config": set(),
    "settings": {"authorities", "authority_config", "errors", "configuration"},
    "version": {"settings"},
    "contracts": FOUNDATION | {"authority_config"},
    "privacy": FOUNDATION | {"contracts"},
    "register": FOUNDATION,
    "statswales": FOUNDATION,
    "layouts": FOUNDATION,
    "texts": FOUNDATION,
    "overlay": FOUNDATION | {"authorities", "contracts", "layouts", "register", "statswales", "texts"},
    "warehouse": FOUNDATION,
    "sample": FOUNDATION,
    "sources": FOUNDATION | {"contracts"},
    "landing": FOUNDATION | {"contracts", "privacy", "sources", "warehouse"},
    "transform": FOUNDATION | {"contracts", "overlay", "register", "warehouse"},
    "quality": FOUNDATION | {"contracts", "register", "version", "warehouse"},
    "disclosure": FOUNDATION | {"register", "warehouse"},
    "publication": FOUNDATION | {"privacy", "warehouse"},
    "reporting": FOUNDATION | {"authorities", "layouts", "statswales", "texts", "version", "warehouse"},
    "notification": FOUNDATION | {"warehouse"},
}
"""What each room may import of the house. Only the night, and the commands, bring rooms together."""
ABOVE_THE_ROOMS = {"nightly", "stewardship", "upkeep", "weekly", "commands", "cli"}


def _imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, at its top, inside functions and for types alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative imports hide the arrow"
            module = node.module or ""
            yield module
            # "from package import room" is an arrow to the room
            yield from (f"{module}.{alias.name}" for alias in node.names if module in {"csc_warehouse", "airflow"})


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports_package(path: Path, package: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for name in _imports(path))


def _relative(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(PROJECT_DIRECTORY)) for path in paths]


def test_walk_when_it_looks_then_sees_the_house() -> None:
    assert len(ROOM_FILES) > 40
    assert {"landing", "quality", "transform", "nightly"} <= {_room(path) for path in ROOM_FILES}


@pytest.mark.parametrize("orchestrator", ["airflow", "cosmos"])
def test_package_when_imported_then_needs_no_orchestrator(orchestrator: str) -> None:
    assert _relative([path for path in ROOM_FILES if _imports_package(path, orchestrator)]) == []


@pytest.mark.parametrize(
    ("tool", "room"), [("great_expectations", "quality"), ("dbt", "transform"), ("metricflow", "transform")]
)
def test_tool_when_imported_then_only_by_its_room(tool: str, room: str) -> None:
    users = [path for path in ROOM_FILES if _imports_package(path, tool)]
    assert {_room(path) for path in users} <= {room}, _relative(users)


def test_rooms_when_compared_with_the_design_then_none_is_unknown() -> None:
    rooms = {_room(path) for path in ROOM_FILES} - {"__init__", *ABOVE_THE_ROOMS}
    assert rooms <= set(MAY_IMPORT), "a new room needs its arrows here and in docs/architecture.md"


@pytest.mark.parametrize("path", ROOM_FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_when_it_imports_the_house_then_along_an_arrow(path: Path) -> None:
    room = _room(path)
    if room in ABOVE_THE_ROOMS or room == "__init__":
        return
    imported = {name.split(".")[1] for name in _imports(path) if name.startswith("csc_warehouse.")}
    assert imported - {room} <= MAY_IMPORT[room]


def test_arrow_when_allowed_then_is_used() -> None:
    used: dict[str, set[str]] = defaultdict(set)
    for path in ROOM_FILES:
        used[_room(path)] |= {name.split(".")[1] for name in _imports(path) if name.startswith("csc_warehouse.")}
    reserved = {room: arrows - used[room] - FOUNDATION for room, arrows in MAY_IMPORT.items()}
    assert {room: arrows for room, arrows in reserved.items() if arrows} == {}
    assert sorted(name for name in FOUNDATION if sum(name in arrows for arrows in used.values()) < 2) == []


def test_rooms_when_their_arrows_are_followed_then_none_leads_back() -> None:
    arrows: dict[str, set[str]] = defaultdict(set)
    for path in ROOM_FILES:
        arrows[_room(path)] |= {n.split(".")[1] for n in _imports(path) if n.startswith("csc_warehouse.")} - {
            _room(path)
        }

    def reachable(start: str) -> set[str]:
        found: set[str] = set()
        waiting = list(arrows[start])
        while waiting:
            room = waiting.pop()
            if room not in found:
                found.add(room)
                waiting += arrows[room]
        return found

    assert sorted(room for room in list(arrows) if room in reachable(room)) == []


def test_expectations_when_imported_then_need_nothing_of_ours() -> None:
    files = sorted((PROJECT_DIRECTORY / "expectations").rglob("*.py"))
    assert files
    for package in ("csc_warehouse", "dags", "nightly_chain", "airflow"):
        assert _relative([path for path in files if _imports_package(path, package)]) == []


def test_dags_when_imported_then_need_the_package_and_airflow_alone() -> None:
    files = sorted((PROJECT_DIRECTORY / "dags").glob("*.py"))
    assert files
    allowed = {"airflow", "csc_warehouse", "nightly_chain", "structlog", "task_log"}
    used = {name.split(".")[0] for path in files for name in _imports(path)}
    assert used - sys.stdlib_module_names == allowed
    for path in files:
        ours = {name for name in _imports(path) if name.startswith("csc_warehouse.")}
        # which sources there are, and what is said of them, is data of the contracts
        allowed_here = {"nightly", "stewardship", "upkeep", "weekly", "contracts.nights"}
        assert ours <= {f"csc_warehouse.{name}" for name in allowed_here}


def test_superset_when_it_runs_then_needs_nothing_of_ours_and_nobody_else_needs_it() -> None:
    files = sorted((PROJECT_DIRECTORY / "bi").rglob("*.py"))
    used = {name.split(".")[0] for path in files for name in _imports(path)}
    assert used - sys.stdlib_module_names - {"__future__"} == {"flask_migrate", "superset"}
    others = [
        path
        for folder in ("src", "dags", "expectations", "scripts", "benchmarks", "tests")
        for path in sorted((PROJECT_DIRECTORY / folder).rglob("*.py"))
    ]
    assert _relative([path for path in others if _imports_package(path, "superset")]) == []


def _environment_reads(path: Path) -> list[int]:
    """Return the lines in which a file reads the environment (setting a variable is no reading)."""
    lines = []
    tree = ast.parse(path.read_text())
    stored = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del)
    }
    stored |= {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
    }
    for node in ast.walk(tree):
        is_environ = isinstance(node, ast.Attribute) and node.attr in {"environ", "environb"} and id(node) not in stored
        is_getenv = isinstance(node, ast.Attribute) and node.attr in {"getenv", "getenvb"}
        from_os = {a.name for a in node.names} if isinstance(node, ast.ImportFrom) and node.module == "os" else set()
        if isinstance(node, ast.expr | ast.stmt) and (is_environ or is_getenv or from_os & {"environ", "getenv"}):
            lines.append(node.lineno)
    return lines


def test_reading_the_environment_when_looked_for_then_found() -> None:
    # the test below proves nothing unless this finds what is certainly there
    assert _environment_reads(PACKAGE / "settings.py")


def test_environment_when_read_then_by_settings_alone() -> None:
    # dbt's profile takes its parameters from the process environment only: the runner puts back what stood there before
    allowed = {"src/csc_warehouse/settings.py", "src/csc_warehouse/transform/runner.py"}
    files = [*ROOM_FILES, *sorted((PROJECT_DIRECTORY / "expectations").rglob("*.py"))]
    readers = {str(path.relative_to(PROJECT_DIRECTORY)): _environment_reads(path) for path in files}
    readers = {name: lines for name, lines in readers.items() if lines and name not in allowed}
    assert readers == {}
