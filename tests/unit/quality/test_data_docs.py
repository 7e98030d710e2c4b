"""Great Expectations' pages are made without a value of a record and without anything from outside."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse.quality import data_docs
from csc_warehouse.quality.check_result import Measure
from csc_warehouse.quality.validation import judge
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.version import Origin
from expectations.suites import stored_result
from tests.unit.quality.test_validation import check

DAY = datetime.date(2018, 12, 31)
ORIGIN = Origin("1.2.3+abc")


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
    return data_docs.Validation("exit", "W06000006", day, "release 7", result)


def test_page_when_rendered_then_tells_passed_from_failed_and_from_not_made(result: Any) -> None:
    page = data_docs.page(validation(result), ORIGIN)
    rows = dict(re.findall(r"<th>(TST0[1-3])</th>.*?<td>(passed|failed|could not be made)</td>", page, re.DOTALL))
    assert rows == {"TST01": "failed", "TST02": "passed", "TST03": "could not be made"}
    assert "Figures agree with their records." in page
    assert "at most 2" in page
    assert "<h1>Exit of release 7, W06000006</h1>" in page


def test_page_when_searched_then_asks_for_nothing_from_outside(result: Any) -> None:
    page = data_docs.page(validation(result), ORIGIN)
    assert not re.search(r"https?://|<script|<link|<img|@import|url\(|expectations/[a-z]+[.]html", page)


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


def stored(code: str, status: str, measure: float | None, limits: Any) -> dict[str, Any]:
    return {
        "check_code": code,
        "sentence": "Rows that could not be read are few.",
        "severity": "warning",
        "status": status,
        "checked": 10,
        "failed": 0 if status == "passed" else 1,
        "measure": measure,
        "check": limits,
    }


def test_stored_results_when_rendered_then_say_what_was_stored() -> None:
    rows = [
        stored("TST01", "failed", 7.0, check("TST01", maximum=2)),
        stored("TST02", "passed", 1.0, check("TST02", minimum=1)),
        # it broke for one subject, and another was measured
        stored("TST03", "broken", 5.0, check("TST03", minimum=0, maximum=3)),
        stored("TST04", "passed", 4.0, None),
    ]
    result = stored_result("door", rows)
    made = data_docs.Validation("door", "W06000006", DAY, "delivery 12 (wccis of 2018-12-31)", result, "-wccis-12")
    page = data_docs.page(made, ORIGIN)
    cells = re.findall(
        r"<th>(TST0[1-4])</th><td>([^<]*)</td><td>warning</td>\s*<td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td>", page
    )
    sentence = "Rows that could not be read are few."
    assert cells == [
        ("TST01", sentence, "failed", "7", "at most 2"),
        ("TST02", sentence, "passed", "1", "at least 1"),
        ("TST03", sentence, "could not be made", "", "at least 0 and at most 3"),
        ("TST04", sentence, "passed", "4", ""),
    ]
    assert "<h1>Door of delivery 12 (wccis of 2018-12-31), W06000006</h1>" in page
    assert not re.search(r"https?://|<script|<link|<img|@import|url\(|expectations/[a-z]+[.]html", page)
    assert str(made.path) == "2018-12-31/door-W06000006-wccis-12.html"
