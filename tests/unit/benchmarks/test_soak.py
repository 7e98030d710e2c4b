"""What a soak says of what it measured: growth by thirds, readers' faults, and the page that is written from it."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks import measured, soak
from benchmarks.small_council import leave_out_what_came_long_before
from benchmarks.soak_readers import Reader, fault

COMMITTED, REPEATABLE = psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ
WHOLE = ([7], [7], [7], [7], 10, 3)
NEXT = ([8], [8], [8], [8], 11, 3)


def nights(count: int, **grows: float) -> list[dict[str, Any]]:
    """Return nights that all measured 100 of everything, but for what grows by so much each night."""
    return [{name: 100.0 + number * grows.get(name, 0.0) for name in soak.LIMITS} for number in range(count)]


def test_growth_when_nothing_grows_then_no_measure_is_over_its_limit() -> None:
    ratios = soak.growth(nights(30))
    assert set(ratios) == set(soak.LIMITS)
    assert soak.grown(ratios) == []


@pytest.mark.parametrize("name", list(soak.LIMITS))
def test_growth_when_one_measure_grows_each_night_then_it_alone_is_named(name: str) -> None:
    assert soak.grown(soak.growth(nights(30, **{name: 10.0}))) == [name]


def test_growth_when_it_settles_in_the_first_third_then_is_none() -> None:
    settling = nights(30)
    for number in range(10):
        settling[number]["built_mib"] = 10.0 * (number + 1)
    assert soak.grown(soak.growth(settling)) == []


def test_growth_when_something_was_nought_then_any_of_it_is_growth() -> None:
    found = nights(30)
    for night in found:
        night["connections"] = 0
    assert soak.grown(soak.growth(found)) == []
    for night in found[20:]:
        night["connections"] = 1
    assert soak.grown(soak.growth(found)) == ["connections"]


@pytest.mark.parametrize(("most", "expected"), [(56, False), (112, False), (113, True), (168, True)])
def test_blocks_of_releases_when_a_third_stands_then_are_too_many(most: int, expected: bool) -> None:
    assert soak.has_too_many_blocks([{"partitions": count} for count in (56, most, 56)]) is expected


def test_growth_when_nights_are_few_then_nothing_is_said() -> None:
    assert soak.growth(nights(soak.ENOUGH_NIGHTS - 1)) == {}


@pytest.mark.parametrize(
    ("first", "second", "isolation", "expected"),
    [
        (WHOLE, WHOLE, REPEATABLE, None),
        (WHOLE, NEXT, COMMITTED, None),
        (WHOLE, NEXT, REPEATABLE, "changed within a snapshot"),
        (WHOLE, ([7], [8], [7], [7], 10, 3), COMMITTED, "mixed"),
        (([7, 8], [7, 8], [7, 8], [7, 8], 10, 3), WHOLE, COMMITTED, "mixed"),
        (([7], None, [7], [7], 10, 3), WHOLE, COMMITTED, "empty"),
        (WHOLE, ([7], [7], [7], [7], 0, 3), REPEATABLE, "empty"),
        ((), WHOLE, COMMITTED, "empty"),
    ],
)
def test_answers_when_judged_then_only_one_whole_release_is_right(
    first: tuple[Any, ...], second: tuple[Any, ...], isolation: psycopg.IsolationLevel, expected: str | None
) -> None:
    assert fault(first, second, isolation) == expected


def test_page_when_written_from_what_was_measured_then_is_the_one_that_is_kept() -> None:
    kept = measured.PAGE.read_text(encoding="utf-8")
    assert measured.page_with_tables(kept) == kept


def test_page_when_nothing_was_measured_then_says_so(tmp_path: Path) -> None:
    page = measured.page_with_tables(measured.PAGE.read_text(encoding="utf-8"), tmp_path)
    assert page.count(measured.NOT_RUN) == len(measured.TABLES)


def test_page_when_it_has_no_place_for_a_table_then_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for the table of chaos"):
        measured.page_with_tables("# Reliability\n")


def test_table_when_a_reader_saw_a_fault_then_says_which_and_how_often(tmp_path: Path) -> None:
    night = {
        "night": 1, "seconds": 9.0, "database_mib": 1.0, "landing_mib": 1.0, "wal_mib": 1.0, "archive_mib": 1.0,
        "home_files": 1, "process_mib": 1.0, "server_mib": 1.0, "connections": 0, "open_files": 9, "relations": 1234,
        "partitions": 56,
        "published": 1,
    }  # fmt: skip
    result = {
        "asked_nights": 60,
        "scale": 0.05,
        "kept_releases": 5,
        "machine": "2 processors",
        "nights": [night, {**night, "night": 2, "published": 0}],
        "growth": {},
        "readers": [{"isolation": "READ_COMMITTED", "answers": 5, "releases": 2, "faults": {"mixed": 3}}],
    }
    (tmp_path / "soak.json").write_text(json.dumps(result), encoding="utf-8")
    text = measured.soak_table(json.loads((tmp_path / "soak.json").read_text(encoding="utf-8")))
    assert "2 nights of the 60 asked for, 1 published" in text
    assert "| READ COMMITTED | 5 | 2 | mixed: 3 |" in text
    assert "Too few nights" in text
    assert "| 1 234 |" in text


@pytest.mark.parametrize(
    ("nights", "scale", "made", "goes_on"),
    [(60, 0.02, 4, True), (60, 0.05, 4, False), (20, 0.02, 4, False), (60, 0.02, 60, False), (60, 0.02, 0, False)],
)
def test_soak_when_stopped_then_the_same_one_goes_on_and_no_other(
    tmp_path: Path, nights: int, scale: float, made: int, goes_on: bool
) -> None:
    out, home = tmp_path / "soak.json", tmp_path / "home"
    assert soak.interrupted(out, home, nights, scale) == {}
    if made:
        out.write_text(json.dumps({"asked_nights": 60, "scale": 0.02, "nights": [{}] * made}))
    # what was measured on a home that is gone is no beginning of this one
    assert soak.interrupted(out, home, nights, scale) == {}
    (home / "exports").mkdir(parents=True)
    assert bool(soak.interrupted(out, home, nights, scale)) is goes_on


def test_reader_when_it_goes_on_then_counts_what_it_saw_before() -> None:
    before = {"answers": 10, "releases": 2, "seen": [1, 2], "faults": {"mixed": 2}}
    assert Reader("nowhere", COMMITTED, before).summary() == {"isolation": "READ_COMMITTED", **before}


def test_small_council_when_shortened_then_keeps_each_last_full_extract(tmp_path: Path) -> None:
    for folder in ("raise/2018-04-30", "raise/2018-05-20", "corporate/2017-06-30"):
        (tmp_path / folder).mkdir(parents=True)
    for day in ("2018-12-08", "2018-12-09", "2018-12-16", "2018-12-17", "2018-12-20"):
        (tmp_path / "wccis" / "W06000006" / day).mkdir(parents=True)
    leave_out_what_came_long_before(tmp_path, datetime.date(2018, 12, 15))
    left = sorted(path.name for path in tmp_path.rglob("2*"))
    assert left == ["2017-06-30", "2018-05-20", "2018-12-09", "2018-12-16", "2018-12-17", "2018-12-20"]
