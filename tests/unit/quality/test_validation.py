"""Great Expectations judges measures; what could not be measured is broken, never passed."""

from __future__ import annotations

import math
from typing import Literal

import pytest

from csc_warehouse.quality.check_result import Measure
from csc_warehouse.quality.validation import judge
from expectations.catalogue import ExitCheck
from expectations.suites import great_expectations

Severity = Literal["critical", "warning", "info"]


def check(code: str, severity: Severity = "critical", **limits: float) -> ExitCheck:
    return ExitCheck(
        code=code,
        sentence="Figures agree with their records.",
        otherwise="Figures differ from their records.",
        measures="Figures that differ.",
        severity=severity,
        owner="Data engineering",
        family="figures",
        **limits,
    )


@pytest.mark.parametrize(
    ("value", "status"), [(0.0, "passed"), (0.5, "passed"), (0.51, "failed"), (math.nan, "broken"), (None, "broken")]
)
def test_measure_when_compared_with_an_inclusive_maximum_then_status(value: float | None, status: str) -> None:
    (found,) = judge([check("TST01", maximum=0.5)], [Measure("TST01", "CON01", value)])
    assert found.status == status


def test_no_measure_at_all_when_judged_then_every_check_is_broken() -> None:
    found = judge([check("TST01", maximum=0), check("TST02", "warning", minimum=1)], [])
    assert [(result.code, result.status) for result in found] == [("TST01", "broken"), ("TST02", "broken")]


def test_one_check_without_measure_when_judged_then_the_others_keep_their_verdict() -> None:
    found = judge([check("TST01", maximum=0), check("TST02", maximum=0)], [Measure("TST01", "CON01", 0.0)])
    assert [result.status for result in found] == ["passed", "broken"]


def test_several_subjects_when_one_is_beyond_then_failed_and_it_is_the_worst() -> None:
    (found,) = judge(
        [check("TST01", maximum=2)],
        [
            Measure("TST01", "CON01", 1, checked=100, failed=1),
            Measure("TST01", "CON03", 7, checked=50, failed=7),
            Measure("TST01", "PM24", 3, checked=10, failed=3),
        ],
    )
    assert (found.status, found.measure, found.worst_subject) == ("failed", 7, "CON03")
    assert (found.checked, found.failed) == (160, 11)
    assert found.failing_subjects == ("CON03", "PM24")


def test_both_limits_when_below_the_lower_then_failed() -> None:
    (found,) = judge([check("TST01", minimum=0.8, maximum=1.2)], [Measure("TST01", "x", 0.79)])
    assert (found.status, found.limit_text) == ("failed", "at least 0.8 and at most 1.2")


def test_great_expectations_tells_an_operator_nothing_of_its_own_doings(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        judge([check("TST01", maximum=0)], [Measure("TST01", "CON01", 0.0)])
        great_expectations().get_context(mode="ephemeral")
    assert [record.getMessage() for record in caplog.records if record.name.startswith("great_expectations")] == []
