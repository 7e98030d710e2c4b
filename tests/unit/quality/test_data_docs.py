"""Great Expectations' pages are made without a value of a record and without anything from outside."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse.quality import data_docs
from csc_warehouse.quality.judge import judge
from csc_warehouse.quality.results import Measure
from csc_warehouse.settings import Settings, load_settings
from tests.unit.quality.test_judge import check

DAY = datetime.date(2018, 12, 31)


@pytest.fixture(scope="module")
def result() -> Any:
    kept: list[Any] = []
    measures = [Measure("TST01", "contacts", 7.0), Measure("TST02", "contacts", 1.0)]
    judge([check("TST01", maximum=2), check("TST02", minimum=1), check("TST03", maximum=0)], measures, kept.append)
    return kept[0]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path)


def validation(result: Any, day: datetime.date = DAY) -> data_docs.Validation:
    return data_docs.Validation("exit", "W06000006", day, 7, result)


def test_page_when_rendered_then_tells_passed_from_failed_and_from_not_made(result: Any) -> None:
    page = data_docs.page(validation(result))
    rows = dict(re.findall(r"<th>(TST0[1-3])</th>.*?<td>(passed|failed|could not be made)</td>", page, re.DOTALL))
    assert rows == {"TST01": "failed", "TST02": "passed", "TST03": "could not be made"}
    assert "Figures agree with their records." in page
    assert "at most 2" in page
    assert "exit of release 7, W06000006" in page


def test_page_when_searched_then_asks_for_nothing_from_outside(result: Any) -> None:
    page = data_docs.page(validation(result))
    assert not re.search(r"https?://|<script|<link|<img|@import|url\(", page)


def test_pages_when_written_then_indexed_and_old_ones_go(result: Any, settings: Settings) -> None:
    old = DAY - datetime.timedelta(days=data_docs.KEPT_DAYS + 1)
    (first,) = data_docs.write(settings, [validation(result, old)])
    (second,) = data_docs.write(settings, [validation(result)])
    assert not first.exists()
    assert second == settings.reports / "data_docs" / "2018-12-31" / "exit-W06000006.html"
    index = (settings.reports / "data_docs" / "index.html").read_text()
    assert 'href="2018-12-31/exit-W06000006.html"' in index
    assert str(old) not in index


def test_nothing_judged_when_written_then_no_page(settings: Settings) -> None:
    assert data_docs.write(settings, []) == []
    assert not (settings.reports / "data_docs").exists()
