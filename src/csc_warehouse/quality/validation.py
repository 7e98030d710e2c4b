"""Let Great Expectations judge measures against the limits of their checks."""

from __future__ import annotations

import functools
import logging
import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from csc_warehouse.quality.check_result import CheckResult, Measure, Status

if TYPE_CHECKING:
    from expectations.catalogue import Check

LOGGER = logging.getLogger(__name__)
_ONE_AT_A_TIME = threading.Lock()
"""The validator's context is shared by a process and is not made for threads."""


@functools.cache
def _validator() -> Any:
    from expectations.suites import Validator

    return Validator()


def prepare() -> None:
    """Load Great Expectations, which takes some seconds: for a process that has nothing else to do yet."""
    _validator()


def _beyond(check: Check, value: float) -> float:
    """Return by how much a value is beyond the check's limits; zero or less when it is within."""
    over = value - check.maximum if check.maximum is not None else -math.inf
    under = check.minimum - value if check.minimum is not None else -math.inf
    return max(over, under)


def _statuses(
    checks: Sequence[Check], measured: dict[str, list[Measure]], keep: Callable[[Any], None] | None
) -> dict[str, Status]:
    """Validate one frame, one column per check, and return each check's status.

    A check without a measured value has no column, which makes its expectation raise: broken, never passed.
    """
    import pandas as pd

    from expectations.suites import FLOOR, build_suite

    subjects = sorted({measure.subject for rows in measured.values() for measure in rows})
    columns = {
        code: {measure.subject: float(measure.value) for measure in rows if measure.value is not None}
        for code, rows in measured.items()
    }
    frame = pd.DataFrame(
        {
            code: pd.Series(values, index=subjects, dtype="float64")
            for code, values in columns.items()
            if values and not any(math.isnan(value) for value in values.values())
        },
        index=pd.Index(subjects, name="subject"),
    )
    with _ONE_AT_A_TIME:
        result = _validator().validate(build_suite("measures", checks), frame)
    if keep:
        keep(result)
    statuses: dict[str, Status] = {}
    is_floor_kept = False
    for found in result.results:
        code = found.expectation_config.meta["code"]
        if code == FLOOR:
            is_floor_kept = bool(found.success)
            continue
        statuses[code] = _worse(statuses.get(code), _status_of(found))
    return statuses if is_floor_kept else {check.code: "broken" for check in checks}


def _status_of(found: Any) -> Status:
    """Tell a check that failed from one that could not be made, which Great Expectations both call unsuccessful."""
    if found.success:
        return "passed"
    information = found.exception_info or {}
    each = [information] if "raised_exception" in information else list(information.values())
    if any(part.get("raised_exception") for part in each) or found.result.get("observed_value") is None:
        return "broken"
    return "failed"


def _worse(one: Status | None, other: Status) -> Status:
    order: tuple[Status, ...] = ("passed", "failed", "broken")
    return other if one is None else max(one, other, key=order.index)


def judge(
    checks: Iterable[Check], measures: Iterable[Measure], keep: Callable[[Any], None] | None = None
) -> list[CheckResult]:
    """Judge measures against checks: one result per check, in the checks' order.

    A check that nothing was measured for is broken; leave out those that do not apply before calling. `keep` is
    handed Great Expectations' own result, for its pages.
    """
    checks = list(checks)
    if not checks:
        return []
    measured: dict[str, list[Measure]] = defaultdict(list)
    for measure in measures:
        measured[measure.code].append(measure)
    statuses = _statuses(checks, measured, keep)
    return [_result(check, statuses.get(check.code, "broken"), measured.get(check.code, [])) for check in checks]


def _result(check: Check, status: Status, rows: list[Measure]) -> CheckResult:
    known = [row for row in rows if row.value is not None and not math.isnan(row.value)]
    worst = max(known, key=lambda row: (_beyond(check, float(row.value or 0)), row.failed or 0), default=None)
    failing = [row for row in known if _beyond(check, float(row.value or 0)) > 0]
    failing_subjects = tuple(sorted(row.subject for row in failing))
    counted = sum(row.failed for row in known if row.failed is not None)
    uncounted = sum(1 for row in failing if row.failed is None)
    return CheckResult(
        code=check.code,
        sentence=check.sentence,
        severity=check.severity,
        owner=check.owner,
        status=status,
        checked=sum(row.checked for row in known),
        failed=counted + uncounted,
        measure=None if worst is None else worst.value,
        limit_text=check.limit_text(),
        worst_subject="" if worst is None or not failing else worst.subject,
        failing_subjects=failing_subjects,
        otherwise=check.meaning(failing_subjects),
    )
