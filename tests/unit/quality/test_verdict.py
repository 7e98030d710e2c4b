"""Severity decides what becomes of a candidate, and one sentence says it."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from csc_warehouse.quality.check_result import CheckResult
from csc_warehouse.quality.verdict import decide


def result(code: str, severity: str, status: str, *indicators: str) -> CheckResult:
    return CheckResult(
        code=code,
        sentence="Every contact is counted once.",
        severity=severity,  # type: ignore[arg-type]
        owner="Data engineering",
        status=status,  # type: ignore[arg-type]
        checked=10,
        failed=0 if status == "passed" else 1,
        measure=1.0,
        limit_text="at most 0",
        worst_subject="",
        indicators=indicators,
        otherwise="Contacts are missing from the count.",
    )


def test_all_passed_when_decided_then_published() -> None:
    found = decide([result("A01", "critical", "passed"), result("B01", "warning", "passed")])
    assert (found.verdict, found.reason) == ("published", "All 2 checks allow the figures to be used.")


def test_information_when_failing_then_published_and_noted() -> None:
    found = decide([result("A01", "critical", "passed"), result("I01", "info", "failed", "CON01")])
    assert found.verdict == "published"
    assert found.reason == "All 2 checks allow the figures to be used. 1 thing noted for information."
    assert found.indicators == ()


def test_warning_when_failing_then_caveats_name_the_indicators() -> None:
    found = decide([result("W01", "warning", "failed", "CON03", "CON01"), result("W02", "warning", "failed", "CON01")])
    assert found.verdict == "caveats"
    assert found.reason == "Contacts are missing from the count. 1 further warning. 2 indicators carry a caveat."
    assert found.indicators == ("CON01", "CON03")
    assert found.failed_checks == ("W01", "W02")


@pytest.mark.parametrize("status", ["failed", "broken"])
def test_critical_when_failing_or_broken_then_held(status: str) -> None:
    found = decide([result("C01", "critical", status, "CON01"), result("W01", "warning", "failed", "ASM07")])
    assert found.verdict == "held"
    assert found.reason.startswith("Held: ")
    assert found.reason.endswith("The figures published before stay.")
    assert found.indicators == ("CON01",)


def test_broken_warning_when_decided_then_never_counts_as_fine() -> None:
    found = decide([result("W01", "warning", "broken", "CON01")])
    assert found.verdict == "caveats"
    assert found.reason == ("The check that every contact is counted once could not be made. CON01 carries a caveat.")


def test_nothing_checked_when_decided_then_held() -> None:
    assert decide([]).verdict == "held"


def test_explained_warning_when_decided_then_told_and_no_caveat() -> None:
    explained = replace(
        result("W01", "warning", "failed", "CON01"),
        explained_by="Jo Bell",
        explained_until=datetime.date(2019, 1, 31),
    )
    found = decide([explained, result("A01", "critical", "passed")])
    assert (found.verdict, found.indicators) == ("published", ())
    assert found.reason == (
        "1 of 2 checks allow the figures to be used. 1 failure is explained by Jo Bell, until 31 January 2019."
    )
    beside = decide([explained, result("W02", "warning", "failed", "CON03")])
    assert (beside.verdict, beside.indicators) == ("caveats", ("CON03",))
    assert beside.reason.endswith("1 failure is explained by Jo Bell, until 31 January 2019.")


@pytest.mark.parametrize(
    ("severity", "status", "verdict"), [("critical", "failed", "held"), ("warning", "broken", "caveats")]
)
def test_grave_or_broken_check_when_somebody_explains_it_all_the_same_then_weighs_as_ever(
    severity: str, status: str, verdict: str
) -> None:
    found = decide([replace(result("C01", severity, status, "CON01"), explained_by="Jo Bell")])
    assert found.verdict == verdict
