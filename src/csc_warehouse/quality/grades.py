"""A grade for every indicator: how complete, timely and consistent its records are, and what a reader must know."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.quality import candidate_judgement, verdict
from csc_warehouse.quality.check_result import CheckResult
from csc_warehouse.rounding import half_up
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import Catalogue, RegisteredIndicators, load_catalogue, matching, touched_by
from expectations.grading import GradingRule, grading_statement, load_rule

MOST_CAVEATS = 2
"""A caveat of more sentences is not read."""
_CASES = {1: "the one unknown case", 2: "both unknown cases"}
_Key = tuple[str, str]


@dataclass(frozen=True)
class _Shares:
    """0 to 1; None: nothing to measure."""

    complete: float | None = None
    timely: float | None = None
    consistent: float | None = None


@dataclass(frozen=True)
class _Bound:
    period_type: str
    period_label: str
    unknown_count: int
    lower: float
    upper: float
    sentence: str


def grade(warehouse: Warehouse, release_id: int) -> int:
    """Write the grades and bounds of a candidate whose exit checks were recorded, and return how many grades.

    One row per authority and indicator of the register. Grading a release again replaces its grades: they follow from
    its records and results alone.
    """
    catalogue = load_catalogue()
    rule = load_rule()
    with warehouse.transaction() as connection:
        register = candidate_judgement.registered_indicators(connection)
        failing = _failing(connection, release_id, catalogue, register)
        shares = _shares(connection)
        timeliness = _timeliness(connection, catalogue, register)
        bounds = _bounds(connection)
        grades = []
        for candidate in candidate_judgement.candidates(connection):
            for code in register.codes:
                key = (candidate.authority_code, code)
                found = replace(shares.get(key, _Shares()), timely=timeliness.get(key))
                grades.append(
                    {
                        "run_id": candidate.run_id,
                        "authority_code": candidate.authority_code,
                        "indicator_code": code,
                        **_graded(rule, failing[key], found),
                        **_latest(bounds.get(key, [])),
                    }
                )
        _write(connection, release_id, grades, bounds)
    return len(grades)


def _failing(
    connection: Connection, release_id: int, catalogue: Catalogue, register: RegisteredIndicators
) -> dict[_Key, list[CheckResult]]:
    """Return the failing critical and warning results of the exit by authority and indicator, gravest first.

    Those that a named person explained put no caveat on a figure.
    """
    found: dict[_Key, list[CheckResult]] = defaultdict(list)
    for authority_code, results in verdict.recorded(connection, release_id, catalogue, gates=("exit",)).items():
        for result in sorted(results, key=lambda result: result.severity != "critical"):
            if result.counts_against and result.severity != "info":
                for code in result.indicators:
                    found[authority_code, code].append(_beside_indicator(catalogue, result, register.only(code)))
    return found


def _beside_indicator(catalogue: Catalogue, result: CheckResult, only: RegisteredIndicators) -> CheckResult:
    """Return a failure as it is shown beside one indicator: of the subjects that it is computed from, not of others."""
    check = next((check for check in catalogue if check.code == result.code), None)
    if check is None or not check.is_subject_told:
        return result
    subjects = [subject for subject in result.failing_subjects if touched_by(catalogue, [subject], only)]
    return replace(result, otherwise=check.meaning(subjects))


def _shares(connection: Connection) -> dict[_Key, _Shares]:
    rows = connection.exec_driver_sql(grading_statement("shares").replace("%", "%%"))
    return {
        (row.authority_code, row.indicator_code): _Shares(complete=row.complete, consistent=row.consistent)
        for row in rows
    }


def _timeliness(connection: Connection, catalogue: Catalogue, register: RegisteredIndicators) -> dict[_Key, float]:
    """Return for each indicator the share of the latest recorded entity that it is computed from."""
    found: dict[_Key, float] = {}
    for row in connection.exec_driver_sql(grading_statement("timeliness").replace("%", "%%")):
        for code in matching(catalogue.entity_indicators[row.entity], register):
            key = (row.authority_code, code)
            found[key] = min(found.get(key, 1.0), row.timely)
    return found


def _bounds(connection: Connection) -> dict[_Key, list[_Bound]]:
    found: dict[_Key, list[_Bound]] = defaultdict(list)
    for row in connection.exec_driver_sql(grading_statement("bounds").replace("%", "%%")):
        cases = _CASES.get(row.unknown_count, f"all {row.unknown_count} unknown cases")
        sentence = f"{half_up(row.lower_bound, 1)}%; {half_up(row.upper_bound, 1)}% if {cases} had met it"
        found[row.authority_code, row.indicator_code].append(
            _Bound(row.period_type, row.period_label, row.unknown_count, row.lower_bound, row.upper_bound, sentence)
        )
    return dict(found)


def _graded(rule: GradingRule, failing: list[CheckResult], shares: _Shares) -> dict[str, Any]:
    criticals = sum(1 for result in failing if result.severity == "critical")
    level = rule.grade(**asdict(shares), warnings=len(failing) - criticals, criticals=criticals)
    sentences = list(dict.fromkeys(verdict.said(result) for result in failing))
    if level is not rule.grades[0]:
        sentences += _shortcomings(rule, shares)
    return {
        **asdict(shares),
        "grade": level.letter,
        "rule": rule.printed(level) if failing or shares != _Shares() else rule.printed_without_records(level),
        "caveat": " ".join(sentences[:MOST_CAVEATS]) or None,
    }


def _shortcomings(rule: GradingRule, shares: _Shares) -> list[str]:
    """Say which shares kept a figure from the best grade."""
    best = rule.grades[0]
    sentences = []
    if shares.complete is not None and shares.complete < best.complete:
        sentences.append(f"{1 - shares.complete:.0%} of its records lack a fact that it needs.")
    if shares.consistent is not None and shares.consistent < best.consistent:
        sentences.append(f"{1 - shares.consistent:.0%} of its records contradict themselves and are left out.")
    if shares.timely is not None and shares.timely < best.timely:
        sentences.append(f"{1 - shares.timely:.0%} of what it counts was recorded after {rule.days_to_record} days.")
    return sentences


def _latest(bounds: list[_Bound]) -> dict[str, Any]:
    """Return the bounds of the latest quarter or year that has any."""
    latest = next((bound for bound in reversed(bounds) if bound.period_type in ("quarter", "year")), None)
    return {
        "lower_bound": latest.lower if latest else None,
        "upper_bound": latest.upper if latest else None,
        "period_label": latest.period_label if latest else None,
    }


def _write(
    connection: Connection, release_id: int, grades: list[dict[str, Any]], bounds: dict[_Key, list[_Bound]]
) -> None:
    for table in ("indicator_grades", "indicator_bounds"):
        connection.execute(text(f"delete from quality.{table} where release_id = :id"), {"id": release_id})
    connection.execute(
        text(statement(__name__, "write_grades")),
        {"id": release_id, "rows": json.dumps(grades)},
    )
    rows = [
        {
            "authority_code": authority_code,
            "indicator_code": indicator_code,
            "period_type": bound.period_type,
            "period_label": bound.period_label,
            "unknown_count": bound.unknown_count,
            "lower_bound": bound.lower,
            "upper_bound": bound.upper,
            "sentence": bound.sentence,
        }
        for (authority_code, indicator_code), found in bounds.items()
        for bound in found
    ]
    connection.execute(
        text(statement(__name__, "write_bounds")),
        {"id": release_id, "rows": json.dumps(rows)},
    )
