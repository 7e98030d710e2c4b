"""What the trial of twenty-two authorities reckons: tasks side by side, who failed apart, bounds, and its table."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks import councils_deliveries, councils_seen, measured
from csc_warehouse.settings import PROJECT_DIRECTORY

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))

from benchmarks import councils

DAY = datetime.date(2018, 12, 17)
SET_APART = {"W1": "refused", "W2": "missing", "W3": "held"}
START = datetime.datetime(2026, 11, 30, 2, 30, tzinfo=datetime.UTC)


def seen(**more: Any) -> dict[str, Any]:
    """Return what is seen of an authority after its first night."""
    first = {
        "figures": "a", "release": 1, "as_at": "2018-12-16", "delivered": "2018-12-16", "verdict": "published",
        "said": [],
    }  # fmt: skip
    return {**first, **more}


def second_night(**changed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what is seen after a second night in which each failed apart, but for what is changed of an authority."""
    night = {
        "W1": seen(release=2, said=["The zip is cut off."]),
        "W2": seen(release=2),
        "W3": seen(verdict="held", delivered="2018-12-17", said=["All outcomes are unknown."]),
        "W4": seen(figures="b", release=2, as_at="2018-12-17", delivered="2018-12-17"),
    }
    return {code: {**found, **changed.get(code, {})} for code, found in night.items()}


def spans(*minutes: tuple[float, float]) -> list[councils_seen.Span]:
    minute = datetime.timedelta(minutes=1)
    return [(START + begin * minute, START + end * minute) for begin, end in minutes]


@pytest.mark.parametrize(
    ("ran", "most"),
    [
        ([], 0),
        ([(0, 1)], 1),
        ([(0, 1), (1, 2), (2, 3)], 1),
        ([(0, 3), (1, 2), (2, 4)], 2),
        ([(0, 9), (1, 8), (2, 3), (4, 5), (4, 6)], 4),
    ],
)
def test_tasks_when_some_ran_at_the_same_moment_then_the_most_of_them_are_counted(
    ran: list[tuple[float, float]], most: int
) -> None:
    assert councils_seen.most_at_once(spans(*ran)) == most
    assert councils_seen.most_at_once(reversed(spans(*ran))) == most


def test_night_when_each_failed_apart_then_nothing_is_wrong() -> None:
    before = {code: seen() for code in second_night()}
    assert councils_seen.kept_apart(before, second_night(), SET_APART, DAY) == []


@pytest.mark.parametrize(
    ("code", "changed", "sentence"),
    [
        ("W1", {"figures": "c"}, "W1 (refused): other figures than before."),
        ("W1", {"said": []}, "W1 (refused): nobody is told why."),
        ("W2", {"as_at": "2018-12-17"}, "W2 (missing): other figures than before."),
        ("W2", {"delivered": "2018-12-17"}, "W2 (missing): nobody is told why."),
        ("W2", {"verdict": "held"}, "W2 (missing): its verdict is held."),
        ("W3", {"verdict": "caveats"}, "W3 (held): its verdict is caveats."),
        ("W3", {"release": 2}, "W3 (held): readers see the release that was held."),
        ("W3", {"said": [""]}, "W3 (held): nobody is told why."),
        ("W4", {"as_at": "2018-12-16"}, "W4 is published as at 2018-12-16, of release 2."),
        ("W4", {"release": 1}, "W4 is published as at 2018-12-17, of release 1."),
    ],
)
def test_night_when_one_was_not_kept_apart_then_that_is_told(code: str, changed: dict[str, Any], sentence: str) -> None:
    before = {name: seen() for name in second_night()}
    assert councils_seen.kept_apart(before, second_night(**{code: changed}), SET_APART, DAY) == [sentence]


def test_night_when_an_authority_is_not_published_at_all_then_that_is_told() -> None:
    after = second_night()
    before = {code: seen() for code in after}
    del after["W4"]
    assert councils_seen.kept_apart(before, after, SET_APART, DAY) == ["W4 was published on one of the nights alone."]


def test_memory_when_looked_at_then_each_part_and_all_together_are_known() -> None:
    own = psutil.Process(os.getpid())
    memory = councils_seen.Memory(lambda: {"this": [own], "none": []})
    memory.look()
    assert memory.most["none"] == 0
    assert memory.most_together == memory.most["this"] > 0


def night(**more: Any) -> dict[str, Any]:
    found = {
        "seconds": 300, "seconds_in_one_process": 200, "tasks": 60, "tried_again": 0, "landings": 22,
        "landings_at_once": 2, "memory": {"PostgreSQL": 300, "worker one": 1500}, "memory_together": 3000, "red": [],
        "differences": [],
    }  # fmt: skip
    return {**found, **more}


def result(second: dict[str, Any], **more: Any) -> dict[str, Any]:
    apart = {"authority": "W1", "how": "refused", "as_at": "2018-12-16", "are_figures_kept": True, "verdict": "caveats"}
    return {
        "machine": "2 processors", "scale": 0.03, "authorities": 22, "places": 2, "most_mib": 8192, "published": 19,
        "nights": [night(), second], "set_apart": [{**apart, "said": ["The zip is cut off."]}], "not_kept_apart": [],
        "faults": [], **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ({}, None),
        ({"landings_at_once": 3}, "Night 2: 3 landings at once, of 2."),
        ({"memory_together": 8193}, "Night 2: 8193 MiB, of 8192."),
        ({"differences": ["marts.x"]}, "Night 2 left something else than one process: marts.x."),
    ],
)
def test_trial_when_a_bound_is_passed_or_figures_differ_then_that_is_a_fault(
    second: dict[str, Any], sentence: str | None
) -> None:
    assert councils.faults_of(result(night(**second))) == ([sentence] if sentence else [])


def test_trial_when_somebody_did_not_fail_apart_then_that_is_a_fault() -> None:
    assert councils.faults_of(result(night(), not_kept_apart=["W4 is late."])) == ["W4 is late."]


def test_table_when_written_then_tells_of_nights_bounds_and_those_set_apart() -> None:
    table = measured.councils_table(result(night(seconds=150, red=["ingest_wccis.report_verdict"]), faults=["W4."]))
    assert "22 authorities of 3% of their size" in table
    assert "| seconds | 300 | 150 |" in table
    assert "| red tasks | none | ingest_wccis.report_verdict |" in table
    assert "| W1 | refused | as at 2018-12-16 | as before | The zip is cut off. |" in table
    assert "The other 19 were published with that night's day." in table
    assert table.endswith("- W4.\n")


def test_deliveries_when_written_then_all_come_to_the_first_night_and_the_three_not_as_they_should_to_the_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = dict.fromkeys(councils_deliveries.SET_APART, 0.02)
    monkeypatch.setattr(councils_deliveries, "FURTHER_AUTHORITIES", small)
    first, second = tmp_path / "first", tmp_path / "second"
    for code in small:
        councils_deliveries.write_further(code, first, second, 1.0)
    councils_deliveries.set_apart(second)
    assert {path.name for path in (first / "wccis").iterdir()} == set(small)
    assert {path.parent.name for path in first.glob("wccis/*/*")} == set(small)
    assert {path.parent.name for path in second.glob("wccis/*/*")} == set(small) - {councils_deliveries.MISSING}
    assert not [path for path in tmp_path.iterdir() if path not in (first, second)]
