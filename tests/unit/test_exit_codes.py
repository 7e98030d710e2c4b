"""The codes that commands end with: said in one place, and the same in the help and in the runbook."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from csc_warehouse import cli, errors
from csc_warehouse.exit_codes import ExitCode
from csc_warehouse.settings import PROJECT_DIRECTORY

RUNBOOK = PROJECT_DIRECTORY / "docs" / "runbooks" / "the-night.md"
SOURCES = [
    path for folder in ("src/csc_warehouse", "dags", "scripts") for path in (PROJECT_DIRECTORY / folder).rglob("*.py")
]
ERRORS = {
    name: found
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, errors.CscWarehouseError)
}


def test_code_when_the_runbook_lists_it_then_with_the_meaning_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    assert [(int(code), meaning.strip()) for code, meaning in rows] == [(code, code.meaning) for code in ExitCode]


def test_help_when_read_then_names_every_code() -> None:
    shown = CliRunner().invoke(cli._assemble(), ["--help"], terminal_width=200)
    words = " ".join(re.sub(r"[^\w ,]", " ", shown.output).split())
    assert [code for code in ExitCode if f"{code.value} {code.meaning}" not in words] == []


def _written_as_numbers(path: Path) -> list[int]:
    """Return the lines of a file that end a program with a code written as a number, a signal's aside."""
    lines = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"sys.exit", "typer.Exit", "exit"}:
            lines += [node.lineno] if any(isinstance(given, ast.Constant) for given in node.args) else []
        if isinstance(node, ast.Assign) and "exit_code" in {ast.unparse(target) for target in node.targets}:
            lines += [node.lineno] if isinstance(node.value, ast.Constant) else []
    return lines


def test_code_when_a_command_ends_with_it_then_is_one_of_the_list(tmp_path: Path) -> None:
    (tmp_path / "numbers.py").write_text("import sys\nexit_code = 3\nsys.exit(1)\n")
    assert sorted(_written_as_numbers(tmp_path / "numbers.py")) == [2, 3]
    found = {str(path): lines for path in SOURCES if (lines := _written_as_numbers(path))}
    assert found == {}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_error_when_defined_then_has_a_code_and_is_raised_somewhere(error: type[errors.CscWarehouseError]) -> None:
    assert isinstance(error.exit_code, ExitCode)
    made = re.compile(rf"(?:raise|return) {error.__name__}\b|class \w+\({error.__name__}\)")
    elsewhere = [path for path in SOURCES if path.name != "errors.py"]
    assert any(made.search(path.read_text(encoding="utf-8")) for path in elsewhere)
