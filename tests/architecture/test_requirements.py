"""A lock for what runs, one for tests, and Superset's and the bench's apart; nothing is imported undeclared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)
TEST_TOOLS = {"hypothesis", "mypy", "playwright", "polars", "pre-commit", "pytest", "ruff", "sqlfluff", "time-machine"}
OURS = {"csc_warehouse", "expectations"}


def locked(name: str) -> dict[str, str]:
    return dict(PINNED.findall((PROJECT_DIRECTORY / name).read_text(encoding="utf-8")))


def declared() -> set[str]:
    project = tomllib.loads((PROJECT_DIRECTORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # only what one command needs, and says where it is missing
    entries = [*project["dependencies"], *project["optional-dependencies"]["semantic"]]
    return {normal(re.split(r"[\[<>=!~; ]", entry, maxsplit=1)[0]) for entry in entries}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> dict[str, str]:
    """Return the packages of others that the library imports, each with a file that does."""
    found: dict[str, str] = {}
    for folder in ("src/csc_warehouse", "expectations"):
        for path in sorted((PROJECT_DIRECTORY / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    names = [node.module]
                found |= {name.partition(".")[0]: path.name for name in names}
    return {name: where for name, where in found.items() if name not in OURS | set(sys.stdlib_module_names)}


def test_what_runs_in_production_carries_no_test_tool() -> None:
    production = locked("requirements.lock")
    assert {"apache-airflow", "dbt-core", "great-expectations", "sqlalchemy"} <= set(production)
    assert TEST_TOOLS & set(production) == set()
    assert set(locked("requirements-dev.lock")) >= TEST_TOOLS


def test_tests_run_on_the_versions_of_production() -> None:
    tested = locked("requirements-dev.lock")
    assert {name: tested.get(name) for name in locked("requirements.lock")} == locked("requirements.lock")


def test_kubernetes_adds_to_what_production_runs_on_and_changes_none_of_it() -> None:
    pods, production = locked("requirements-kubernetes.lock"), locked("requirements.lock")
    assert {name: pods.get(name) for name in production} == production
    assert "apache-airflow-providers-cncf-kubernetes" in set(pods) - set(production)
    text = (PROJECT_DIRECTORY / "requirements-kubernetes.lock").read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") >= len(pods)


@pytest.mark.parametrize(
    ("lock", "held", "apart"),
    [
        ("requirements-bi.lock", {"cachetools", "gunicorn", "psycopg2-binary", "rich"}, {"apache-superset"}),
        ("requirements-bench.lock", {"duckdb", "pandas", "dbt-postgres"}, {"astronomer-cosmos", "dlt"}),
    ],
)
def test_what_runs_apart_has_a_lock_of_its_own_with_a_hash_for_each_package(
    lock: str, held: set[str], apart: set[str]
) -> None:
    found = locked(lock)
    assert held | apart <= set(found)
    assert apart & (set(locked("requirements.lock")) | set(locked("requirements-dev.lock"))) == set()
    text = (PROJECT_DIRECTORY / lock).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert {re.split(r"\[|==", entry, maxsplit=1)[0] for entry in entries} == set(found)
    assert [entry.partition("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_is_imported_is_declared() -> None:
    providers = packages_distributions()
    missing = {
        f"{name} ({where})"
        for name, where in imported().items()
        if not {normal(provider) for provider in providers.get(name, [])} & declared()
    }
    assert missing == set()
