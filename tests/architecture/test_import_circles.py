"""No module of ours imports itself by way of others: not at its top, not inside a function, not for types alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from csc_warehouse.settings import PROJECT_DIRECTORY

ROOTS = ("src", "dags", "dags/plugins", ".")
"""Where Python looks for our modules: the package, the DAGs and what lies beside them, the checks."""
FOLDERS = {
    "src": "src/csc_warehouse",
    "dags": "dags",
    "dags/plugins": "dags/plugins",
    ".": "expectations",
}


def _modules() -> dict[str, Path]:
    """Return every module of ours by the name that it is imported by."""
    found = {}
    for root in ROOTS:
        folder = PROJECT_DIRECTORY / FOLDERS[root]
        flat = root.startswith("dags")
        for path in sorted(folder.glob("*.py") if flat else folder.rglob("*.py")):
            parts = path.relative_to(PROJECT_DIRECTORY / root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imported(text: str, modules: Iterable[str]) -> set[str]:
    """Return which modules a text imports, wherever in it that stands."""
    known = set(modules)
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                names.add(whole if whole in known else node.module)
    return names & known


def _circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Return the modules of one circle in order, the first again at the end; nothing where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_circles_when_looked_for_then_found() -> None:
    # the test below proves nothing unless this finds what is certainly there
    modules = ("a", "a.one", "a.two", "b")
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import two\ndef f():\n    import b\n"
    assert _imported(text, modules) == {"a.two", "b"}
    assert _imported("from a.one import name", modules) == {"a.one"}
    assert _circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert sorted(set(_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}))) == ["a", "b", "c"]


def test_module_when_its_imports_are_followed_then_none_leads_back_to_it() -> None:
    modules = _modules()
    assert {"csc_warehouse.nightly", "warehouse_pages", "nightly_chain", "expectations.catalogue"} <= set(modules)
    imports = {name: _imported(path.read_text(encoding="utf-8"), modules) - {name} for name, path in modules.items()}
    assert _circle(imports) == []
