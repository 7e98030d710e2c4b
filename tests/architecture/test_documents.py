"""What the documents name is there: paths, links, commands with their options, targets of make, rooms and arrows."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from packaging.version import Version

from csc_warehouse import cli
from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.architecture.test_python_arrows import FOUNDATION, MAY_IMPORT

LISTED = subprocess.run(
    ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
    cwd=PROJECT_DIRECTORY,
    capture_output=True,
    text=True,
    check=True,
).stdout.split("\0")
DOCUMENTS = sorted(PROJECT_DIRECTORY / name for name in LISTED if name.endswith(".md"))
CONTRIBUTING = PROJECT_DIRECTORY / "CONTRIBUTING.md"
TOP = {name.split("/")[0] for name in LISTED if "/" in name}
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
QUOTED = re.compile(r"`([^`\n]+)`")
ROOT: Any = typer.main.get_command(cli._assemble())


def _name(path: Path) -> str:
    return str(path.relative_to(PROJECT_DIRECTORY))


def _paths(text: str) -> set[str]:
    """Return what a text quotes as a path of this repository."""
    words = {word.rstrip(",:;.") for quoted in QUOTED.findall(text) for word in quoted.split()}
    return {
        word
        for word in words
        # a word with a placeholder is a form, and no path
        if ((word.split("/")[0] in TOP and "/" in word) or word in LISTED) and not re.search(r"[<>*{]|\.\.\.", word)
    }


def test_paths_when_looked_for_then_found() -> None:
    # the tests below prove nothing unless this finds what is certainly there
    assert {_name(path) for path in DOCUMENTS} >= {"README.md", "CONTRIBUTING.md", "docs/architecture.md"}
    assert _paths("`tests/no_such_file.py` in `CONTRIBUTING.md`, `tests/unit/<room>`, `a/b`") == {
        "tests/no_such_file.py",
        "CONTRIBUTING.md",
    }
    assert len(_paths(CONTRIBUTING.read_text(encoding="utf-8"))) > 30


def test_version_when_the_changelog_has_unreleased_notes_then_is_no_released_one() -> None:
    # who upgrades sees by --version which code runs, and what the notes of it are
    headings = re.findall(r"^## (.+)$", (PROJECT_DIRECTORY / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = tomllib.loads((PROJECT_DIRECTORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if headings[0] == "Unreleased":
        assert Version(told).is_devrelease
        assert Version(told) > Version(headings[1])
    else:
        assert told == headings[0]
    tag = yaml.safe_load((PROJECT_DIRECTORY / "docs" / "helm" / "values.yaml").read_text(encoding="utf-8"))
    assert tag["defaultAirflowTag"] == told


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_path_when_a_document_names_it_then_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert sorted(path for path in _paths(text) if not (PROJECT_DIRECTORY / path).exists()) == []
    links = [target for target in LINK.findall(text) if not re.match(r"https?:|mailto:", target)]
    assert sorted(target for target in links if not (document.parent / target).exists()) == []


@pytest.mark.parametrize("kind", ["A column of a contract", "An indicator, or its rule", "A check", "A page", "A role"])
def test_kind_of_change_when_looked_up_then_names_its_files_and_a_test(kind: str) -> None:
    section = CONTRIBUTING.read_text(encoding="utf-8").partition(f"### {kind}\n")[2].partition("\n##")[0]
    paths = _paths(section)
    assert len(paths) >= 5
    assert any(path.startswith("tests/") for path in paths)


def _invocations(text: str) -> Iterator[list[str]]:
    """Yield the words after csc-warehouse, of lines of code and of what stands in quotes."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.partition("  #")[0] for block in blocks for line in block.splitlines()]
    quoted = QUOTED.findall(re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    for line in (*lines, *quoted):
        for part in line.split(" && "):
            found = re.search(r"(?:^|[\s/])csc-warehouse((?: .*)?)$", part)
            if found and "csc-warehouse:" not in part:
                try:
                    yield shlex.split(found.group(1))
                except ValueError:
                    # a quotation that goes on in the next line
                    yield found.group(1).split()


def _unknown(words: list[str]) -> list[str]:
    """Return what a person who types this would be told is not known."""
    command = ROOT
    while words and getattr(command, "commands", None):
        if words[0] in command.commands:
            command, words = command.commands[words[0]], words[1:]
        else:
            break
    if getattr(command, "commands", None) and words and not words[0].startswith("-"):
        return [words[0]]
    if command.name in {"psql", "dbt"}:
        return []
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    return [word for word in words if word.startswith("--") and word not in known]


def test_commands_when_looked_for_then_found() -> None:
    text = "`csc-warehouse nonsense`\n\n```\n.venv/bin/csc-warehouse run --exprts x  # why\n```\n`csc-warehouse status`"
    assert sorted(_unknown(words) for words in _invocations(text)) == [[], ["--exprts"], ["nonsense"]]


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_command_when_a_document_shows_it_then_can_be_typed(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    wrong = [word for words in _invocations(text) for word in _unknown(words)]
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_target_of_make_when_a_document_names_it_then_is_there(document: Path) -> None:
    makefile = (PROJECT_DIRECTORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())  # type: ignore[index]
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE))
    assert named <= targets


def test_rooms_when_the_design_lists_them_then_as_the_arrows_are_tested() -> None:
    design = (PROJECT_DIRECTORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = design.partition("## The rooms and their arrows")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([^|]*) \|$", table, re.MULTILINE)
    listed = {room: set(re.findall(r"`(\w+)`", arrows)) for room, arrows in rows}
    above = {
        "authorities", "authority_config", "configuration", "errors", "exit_codes", "lined_yaml", "processors",
        "rounding", "settings", "sql_files", "version",
    }  # fmt: skip
    assert listed == {room: arrows - FOUNDATION for room, arrows in MAY_IMPORT.items() if room not in above}


def test_decisions_and_runbooks_when_written_then_are_in_their_lists() -> None:
    for folder in ("adr", "runbooks"):
        index = PROJECT_DIRECTORY / "docs" / folder / "README.md"
        linked = set(LINK.findall(index.read_text(encoding="utf-8")))
        pages = {path.name for path in index.parent.glob("*.md")} - {"README.md"}
        assert pages <= linked


def test_owners_when_named_then_own_something_that_is_there() -> None:
    lines = (PROJECT_DIRECTORY / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    paths = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert len(paths) > 5
    assert [path for path in paths if not list(PROJECT_DIRECTORY.glob(path.strip("/")))] == []
