"""What commands tell as JSON: one object a line whatever is told, and sentences where nobody asked for JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY

TOLD = """
import logging
from csc_warehouse.commands import console

console.tell_as_configured()
console.ERROR.print("[bold]Ready[/bold]: 3 of 4")
console.ERROR.print("csc-warehouse: a [b] in \\u0175 and a\\nbreak", markup=False)
with console.shown_progress() as progress:
    progress("building", 1, 1)
logging.getLogger("csc_warehouse.landing").info("landed %s", 3)
logging.getLogger("somebody.else").info("chatter")
logging.getLogger("somebody.else").warning("worth knowing")
console.OUT.print("the result")
raise LookupError("a defect")
"""


def _run(tmp_path: Path, code: str, config: str | None) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "CSC_WAREHOUSE_HOME": str(tmp_path / "home")}
    variables.pop("CSC_WAREHOUSE_CONFIG", None)
    if config is not None:
        path = tmp_path / "csc_warehouse.toml"
        path.write_text(config, encoding="utf-8")
        variables["CSC_WAREHOUSE_CONFIG"] = str(path)
    return subprocess.run(  # noqa: S603  (this very Python)
        [sys.executable, "-c", code], cwd=PROJECT_DIRECTORY, env=variables, capture_output=True, text=True, check=False
    )


def test_telling_when_json_is_configured_then_every_line_is_an_object(tmp_path: Path) -> None:
    done = _run(tmp_path, TOLD, 'log_form = "json"\n')
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["level"], line["logger"], line["message"]) for line in lines] == [
        ("info", "csc_warehouse", "Ready: 3 of 4"),
        ("info", "csc_warehouse", "csc-warehouse: a [b] in \u0175 and a\nbreak"),
        ("info", "csc_warehouse", "building (1 of 1)"),
        ("info", "csc_warehouse.landing", "landed 3"),
        ("warning", "somebody.else", "worth knowing"),
        ("critical", "csc_warehouse", "An unforeseen error ended the command: LookupError."),
    ]
    assert "a defect" in lines[-1]["traceback"]
    assert {set(line) >= {"at", "level", "logger", "message"} for line in lines} == {True}
    assert done.stdout == "the result\n"


@pytest.mark.parametrize("config", [None, 'log_form = "text"\n', 'log_form = "jsn"\n'])
def test_telling_when_json_is_not_configured_then_sentences(tmp_path: Path, config: str | None) -> None:
    done = _run(tmp_path, TOLD, config)
    assert done.stderr.splitlines()[:2] == ["Ready: 3 of 4", "csc-warehouse: a [b] in \u0175 and a"]
    assert "worth knowing" in done.stderr
    assert "landed 3" not in done.stderr


def test_command_when_refused_and_json_is_configured_then_its_sentence_is_an_object(tmp_path: Path) -> None:
    asked = "import sys; from csc_warehouse.cli import main\n"
    asked += 'sys.argv = ["csc-warehouse", "contract", "check", "no-such-folder"]; main()'
    done = _run(tmp_path, asked, 'log_form = "json"\n')
    assert done.returncode == 2
    [line] = [json.loads(line) for line in done.stderr.splitlines()]
    assert line["message"].startswith("csc-warehouse: ")
    assert line["level"] == "error"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["no-such-command"], 2, "No such command 'no-such-command'"),
        (["status", "--no-such-option"], 2, "No such option: --no-such-option"),
        (["status"], 1, "UnexpectedError"),
    ],
)
def test_command_when_wrong_or_broken_and_json_is_configured_then_an_object_of_its_level(
    tmp_path: Path, words: list[str], code: int, message: str
) -> None:
    asked = "import sys; from csc_warehouse.cli import main\nfrom csc_warehouse.commands import reading\n"
    asked += "class UnexpectedError(Exception): pass\n"
    asked += "def broken(*_, **__): raise UnexpectedError\nreading.load_settings = broken\n"
    asked += f"sys.argv = {['csc-warehouse', *words]!r}; main()"
    done = _run(tmp_path, asked, 'log_form = "json"\n')
    assert done.returncode == code
    [line] = [json.loads(line) for line in done.stderr.splitlines()]
    assert message in line["message"]
    assert line["level"] == ("error" if code == 2 else "critical")


@pytest.mark.parametrize(
    ("config", "is_json"),
    [('log_form = "json"\nno_such_key = 1\n', True), ("no_such_key = 1\n", False), ('log_form = "json"\nno', False)],
)
def test_configuration_when_faulty_then_told_in_the_form_that_it_names(
    tmp_path: Path, config: str, is_json: bool
) -> None:
    asked = 'import sys; from csc_warehouse.cli import main\nsys.argv = ["csc-warehouse", "status"]; main()'
    done = _run(tmp_path, asked, config)
    assert done.returncode == 2
    assert done.stdout == ""
    if is_json:
        [line] = [json.loads(line) for line in done.stderr.splitlines()]
        assert (line["level"], "no_such_key" in line["message"]) == ("error", True)
    else:
        assert done.stderr.startswith("csc-warehouse: ")
