"""What sqlfluff is spared: a template of the same text and syntax is translated once, and means what jinja says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import CodeType

from jinja2 import Environment
from sqlfluff.core import FluffConfig, Linter
from sqlfluff.utils.reflow import ReflowSequence

from csc_warehouse.settings import PROJECT_DIRECTORY

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))

import lint_sql

MACRO = "{% macro twice(what) %}{{ what }}, {{ what }}{% endmacro %}select {{ twice('a') }}"
"""A text that two syntaxes read differently."""


def _said(environment: Environment, text: str) -> str:
    code = lint_sql.translate(environment, text)
    assert isinstance(code, CodeType)
    return environment.template_class.from_code(environment, code, {}).render()


def test_text_when_translated_by_two_environments_then_once_and_as_jinja_does() -> None:
    first, second = Environment(), Environment()  # noqa: S701  (of SQL)
    assert lint_sql.translate(first, MACRO) is lint_sql.translate(second, MACRO)
    assert _said(second, MACRO) == first.from_string(MACRO).render() == "select a, a"


def test_text_when_the_syntax_is_another_then_translated_anew() -> None:
    other = Environment(variable_start_string="[[", variable_end_string="]]")  # noqa: S701
    assert _said(other, "select {{ 1 }}, [[ 2 ]]") == "select {{ 1 }}, 2"
    assert _said(Environment(), "select {{ 1 }}, [[ 2 ]]") == "select 1, [[ 2 ]]"  # noqa: S701


def test_fault_when_in_a_file_then_found_with_its_rule(tmp_path: Path) -> None:
    (tmp_path / ".sqlfluff").write_text("[sqlfluff]\ndialect = postgres\nrules = CP01\n", encoding="utf-8")
    for name, word in (("sound", "select"), ("faulty", "SELECT")):
        (tmp_path / f"{name}.sql").write_text(f"{{% set n = 1 %}}\n{word} a from b where c = {{{{ n }}}}\n")
    done = subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, str(PROJECT_DIRECTORY / "scripts" / "lint_sql.py"), "lint", "--processes", "1", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "CP01" in done.stdout
    assert "sound.sql" not in done.stdout


def test_layout_when_two_rules_ask_for_it_then_made_once_and_as_sqlfluff_does() -> None:
    config = FluffConfig(overrides={"dialect": "postgres"})
    first, second = (Linter(config=config).parse_string(text).tree for text in ("select a, b\n", "select a,  b\n"))
    assert first is not None
    assert second is not None
    once, again = lint_sql.lay_out(first, config), lint_sql.lay_out(first, config)
    assert all(one is other for one, other in zip(once.elements, again.elements, strict=True))
    assert once.elements is not again.elements
    for tree in (first, second, first):
        assert lint_sql.lay_out(tree, config).elements == ReflowSequence.from_root(tree, config).elements
        assert lint_sql.lay_out(tree, config).get_raw() == tree.raw
