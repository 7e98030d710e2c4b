"""The page of the bench: what was kept is what it shows, and a budget that is not met says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import bench_page
from benchmarks.__main__ import PARTS, told
from benchmarks.bench_rows import Drawing, Part, Row, ratios
from csc_warehouse.settings import Settings, load_settings


@pytest.mark.parametrize(
    ("runs", "budget", "moonshot", "verdict"),
    [
        ((1.0, 3.0, 1.9), 2.0, 1.2, "met"),
        ((1.0, 3.0, 1.1), 2.0, 1.2, "met, moonshot too"),
        ((2.1, 2.2, 0.1), 2.0, 1.2, "NOT MET"),
        ((2.0,), 2.0, None, "met"),
        ((9.0,), None, None, ""),
    ],
)
def test_budget_when_held_against_the_middle_run_then_says_whether_it_is_met(
    runs: tuple[float, ...], budget: float | None, moonshot: float | None, verdict: str
) -> None:
    assert Row("landing", runs, "x", "COPY", budget, moonshot).verdict == verdict


def test_row_when_shown_then_tells_middle_spread_and_budget() -> None:
    row = Row("landing", ratios([4.0, 9.0, 30.0], [2.0, 3.0, 6.0]), "x", "COPY", 2.0, 1.2)
    assert bench_page.cells(row) == ["landing", "3.00 x (2.00 to 5.00, 3 runs)", "COPY", "2 x (1.2)", "NOT MET"]
    assert bench_page.cells(Row("rows", (12345.6,), "s"))[1] == "12 346 s"
    with pytest.raises(ValueError, match="longer"):
        ratios([1.0], [1.0, 2.0])


def test_part_when_kept_then_the_others_stay_and_the_page_and_its_drawings_say_it(tmp_path: Path) -> None:
    path = tmp_path / "measured" / "bench.json"
    drawing = Drawing("history", "By <history>", ("one", "two"), {"landing": (1.0, 2.0), "building": (3.0, 3.5)}, "s")
    bench_page.keep("other", Part((Row("a", (1.0,), "s"),)), 0.1, path)
    bench_page.keep("growth", Part((Row("b", (1.0,), "s"),), (drawing,)), 12.34, path)
    bench_page.keep("other", Part((Row("c", (2.0,), "s", "", 1.0),)), 0.2, path)
    kept = json.loads(path.read_text(encoding="utf-8"))
    page = bench_page.page_with_table(
        f"before\n{bench_page.BEGIN}\nold\n{bench_page.END}\nafter\n", kept, ["growth", "missing", "other"]
    )
    assert page.startswith("before\n")
    assert page.endswith(f"{bench_page.END}\nafter\n")
    assert "old" not in page
    assert "| c | 2.00 s |  | 1 s | NOT MET |" in page
    assert "**missing**: not run yet." in page
    assert "load of the minute 12.3 before" in page
    ((name, svg),) = bench_page.draw(kept, tmp_path).items()
    assert f"](pictures/{name.name})" in page
    assert svg.startswith('<svg role="img" xmlns=')
    assert "By &lt;history&gt;" in svg
    with pytest.raises(ValueError, match="no place"):
        bench_page.page_with_table("nothing", kept, [])


def test_figures_in_words_when_they_are_numbers_then_become_rows_with_the_budget_of_their_unit() -> None:
    def measure(_settings: Settings) -> list[tuple[str, str, str]]:
        return [
            ("proving", "1,234.5 s", "20 s"),
            ("asking", "p50 3.0 ms (1.0 x bare), p95 34.0 ms (3.4 x bare)", "p95 50 ms (moonshot 15) with 20 at once"),
            ("asking all", "p50 3.0 ms (1.0 x bare), p95 99.0 ms (3.4 x bare)", ""),
            ("told", "0 of 12", "0"),
        ]

    assert told(measure)(load_settings()).rows == (
        Row("proving", (1234.5,), "s", "", 20.0),
        Row("asking", (34.0,), "ms", "", 50.0, 15.0),
        Row("asking all", (99.0,), "ms"),
    )


def test_page_when_written_from_what_was_measured_then_is_the_one_that_is_kept() -> None:
    kept = bench_page.read()
    page = bench_page.PAGE.read_text(encoding="utf-8")
    assert bench_page.page_with_table(page, kept, list(PARTS)) == page
    drawn = bench_page.draw(kept)
    assert {path: path.read_text(encoding="utf-8") for path in drawn} == drawn
    assert set(kept) <= set(PARTS)
