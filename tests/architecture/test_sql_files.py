"""SQL of more than a few lines lies in files; what those files may not say, and where functions and locks are kept."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.warehouse import locks, migrations, repeatable

PACKAGE = PROJECT_DIRECTORY / "src" / "csc_warehouse"
MODULES = sorted(PACKAGE.rglob("*.py"))
FILES = sorted(PACKAGE.rglob("sql/*/*.sql"))
MOST_LINES = 8
"""A longer statement in a string is neither formatted nor checked, and hides the function around it."""
BEGINS_AS_SQL = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*\(?\s*"
    r"(?:with|select|insert|update|delete|merge|create|alter|drop|grant|revoke|truncate|comment|do)\b",
    re.IGNORECASE,
)
COMMENT = re.compile(r"--[^\n]*")
WITH_REPEATABLES = 91
"""Number of the migration since which functions and views are repeatable files."""


def _long_statements(text: str) -> list[int]:
    """Return the lines at which a string of SQL begins that is too long; what a model of dbt is made of is none."""
    tree = ast.parse(text)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            said = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            said = node.value
        else:
            continue
        is_long = (node.end_lineno or 0) - node.lineno + 1 > MOST_LINES
        if is_long and BEGINS_AS_SQL.match(said) and "{{" not in said:
            lines.append(node.lineno)
    return lines


def test_long_statements_when_looked_for_then_found() -> None:
    # the test below proves nothing unless this finds what is certainly there
    joined = '(\n    "select one"\n' + '    " , two"\n' * MOST_LINES + ")\n"
    tripled = '"""\nwith a as (' + "\n" * MOST_LINES + 'select 1\n"""\n'
    assert _long_statements(f"a = {joined}") == [2]
    assert _long_statements(f"a = {tripled}b = f{tripled}") == [1, 4 + MOST_LINES]
    assert _long_statements('a = """select\n1"""\nb = """It is\n' + "\n" * MOST_LINES + '"""') == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_when_its_sql_is_long_then_it_lies_in_a_file(path: Path) -> None:
    assert _long_statements(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_when_kept_then_its_own_module_reads_it(path: Path) -> None:
    module = path.parent.parent.parent / f"{path.parent.name}.py"
    package = path.parent.parent.parent / path.parent.name / "__init__.py"
    [reader] = [found for found in (module, package) if found.exists()]
    assert f'statement(__name__, "{path.stem}")' in reader.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file_when_read_then_is_one_statement_whose_values_are_bound(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert BEGINS_AS_SQL.match(text)
    # neither a place for Python to write into, nor a parameter that only stands in a comment
    assert re.findall(r"\{\w+\}|%\(", text) == []
    assert [comment for comment in COMMENT.findall(text) if re.search(r"(?<![:\w]):\w", comment)] == []


def test_module_when_it_asks_for_a_file_then_it_is_there() -> None:
    asked = {
        path.parent / "sql" / (path.parent.name if path.name == "__init__.py" else path.stem) / f"{name}.sql"
        if path.name != "__init__.py"
        else path.parent.parent / "sql" / path.parent.name / f"{name}.sql"
        for path in MODULES
        for name in re.findall(r'statement\(__name__, "(\w+)"\)', path.read_text(encoding="utf-8"))
    }
    assert asked == set(FILES)
    assert len(FILES) > 40


def test_migration_when_it_makes_a_function_or_view_then_is_older_than_the_repeatable_files() -> None:
    made = re.compile(r"\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure|view)\s+([\w.]+)", re.IGNORECASE)
    later = {
        path.name: made.findall(COMMENT.sub(" ", path.read_text(encoding="utf-8")))
        for path in migrations.DIRECTORY.glob("[0-9][0-9][0-9]_*.sql")
        if int(path.name[:3]) >= WITH_REPEATABLES
    }
    assert later
    assert {name: names for name, names in later.items() if names} == {}, (
        "write it as a file of src/csc_warehouse/warehouse/repeatable: that folder is applied after every migration"
    )


def test_number_to_lock_when_asked_for_then_only_in_migrations_that_are_past() -> None:
    # a number is anybody's to lock; the warehouse's locks are rows, which only the pipeline's roles may lock
    sources = [*PACKAGE.rglob("*.sql"), *MODULES, *(PROJECT_DIRECTORY / "dbt_project").rglob("macros/**/*.sql")]
    found = {path.name for path in sources if "pg_advisory" in path.read_text(encoding="utf-8")}
    replaced = {"031_sign_off.sql", "060_decisions.sql", "061_signed_and_untold.sql"}
    assert found <= replaced
    assert not [file.name for file in repeatable.files() if "advisory" in file.statements]


def test_lock_when_a_file_takes_it_then_it_is_in_the_registry_and_has_its_row() -> None:
    registry = {(lock.schema, lock.name) for lock in vars(locks).values() if isinstance(lock, locks.Lock)}
    taken = re.compile(r"from (release|landing)\.locks(?: as \w+)? where (?:\w+\.)?name = '([^']+)'")
    texts = [path.read_text(encoding="utf-8") for path in [*PACKAGE.rglob("*.sql"), *MODULES]]
    found = {match for text in texts for match in taken.findall(text)}
    assert ("release", "sign off") in found
    assert found <= registry
    rows = re.compile(r"insert into (release|landing)\.locks \(name(?:, purpose)?\) values\s*((?:\([^;]*\)[,;]?\s*)+);")
    inserted = {
        (schema, name)
        for path in migrations.DIRECTORY.glob("*.sql")
        for schema, values in rows.findall(path.read_text(encoding="utf-8"))
        for name in re.findall(r"\('([^']+)'", values)
    }
    assert inserted == registry
