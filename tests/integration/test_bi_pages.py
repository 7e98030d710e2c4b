"""The pages of docs/bi hold: their Python runs as a reader, and each says what was tried and what was not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from csc_warehouse.privacy.grants import READER, READING
from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.conftest import Night

FOLDER = PROJECT_DIRECTORY / "docs" / "bi"
PAGES = sorted(path.name for path in FOLDER.glob("*.md"))
TOOLS = ["duckdb.md", "excel.md", "metabase.md", "power-bi.md", "python.md", "r.md"]


def text_of(page: str) -> str:
    return (FOLDER / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(page), re.MULTILINE | re.DOTALL)


@pytest.fixture
def as_a_reader(sample_night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give what a page asks for: an address, here the server's socket, where every session is a reader's."""
    monkeypatch.setenv("WAREHOUSE", sample_night.warehouse.url_for("libpq"))
    monkeypatch.setenv("PGOPTIONS", f"-c role={READER}")


def run(page: str) -> dict[str, Any]:
    """Run the blocks of a page one after the other, as a notebook would; return what they left."""
    left: dict[str, Any] = {}
    for number, block in enumerate(blocks(page, "python"), start=1):
        exec(compile(block, f"{page}, block {number}", "exec"), left)  # noqa: S102  (the page's own text)
    return left


def test_python_s_page_leads_to_pmc024_by_quarter_and_team_against_wales(as_a_reader: None) -> None:
    left = run("python.md")
    table = left["table"]
    assert len(table) > 8
    assert {"value", "target", "comparator", "AIT"} <= set(table.columns)
    assert table["comparator"].notna().all()
    assert set(left["tables"]["rpt_scorecard"]["profile"]) == {"committee"}


def test_duckdb_s_page_leads_to_the_same(as_a_reader: None) -> None:
    left = run("duckdb.md")
    assert len(left["latest"]) > 8
    assert set(left["latest"]["local_code"]) == {"PMC024"}


def test_pages_that_are_run_have_something_to_run() -> None:
    assert [page for page in PAGES if blocks(page, "python")] == ["duckdb.md", "python.md"]


@pytest.mark.parametrize("page", PAGES)
def test_a_query_says_its_role_in_its_first_line(page: str) -> None:
    first = [block.partition("\n")[0] for block in blocks(page, "sql")]
    assert [line for line in first if line.removeprefix("-- as ") not in READING] == []


@pytest.mark.parametrize("page", TOOLS)
def test_a_tool_s_page_says_what_was_tried_and_the_rest_of_what_is_asked_of_it(page: str) -> None:
    text = text_of(page)
    assert re.search(r"\bWalked here:|\bNot walked here:", text)
    assert "**Role**" in text
    assert re.search(r"^## Connection", text, re.MULTILINE)
    assert re.search(r"^##.* refresh", text, re.MULTILINE | re.IGNORECASE)
    assert re.search(r"^## Measures", text, re.MULTILINE)


def test_every_page_is_reached_from_the_first() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", text_of("README.md")))
    assert set(PAGES) - {"README.md"} <= linked
