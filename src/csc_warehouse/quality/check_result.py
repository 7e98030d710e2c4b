"""The result of one check, and the frame of measures that checks are judged on."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

Status = Literal["passed", "failed", "broken"]
Gate = Literal["door", "exit", "disclosure"]
Change = Literal["passing", "newly failing", "still failing", "mended"]


@dataclass(frozen=True)
class Measure:
    """One measured number: of one check, for one subject (an entity, a column, a period, a table)."""

    code: str
    subject: str
    value: float | None
    """None where the subject says nothing about this check."""
    checked: int = 1
    failed: int | None = None
    """Failing records behind the number; None: the subject itself counts as one when it is beyond a limit."""


@dataclass(frozen=True)
class CheckResult:
    """What one check found for one authority; holds numbers, codes and names of columns, nothing of a child."""

    code: str
    sentence: str
    severity: Literal["critical", "warning", "info"]
    owner: str
    status: Status
    checked: int
    failed: int
    measure: float | None
    limit_text: str
    worst_subject: str
    failing_subjects: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    otherwise: str = ""
    explained_by: str | None = None
    """Who explained the failure for the day of these figures; None: nobody."""
    explained_until: datetime.date | None = None

    @property
    def is_explained(self) -> bool:
        """Tell whether a named person explained the failure; never one that is critical, nor a check that broke."""
        return self.explained_by is not None and self.status == "failed" and self.severity != "critical"

    @property
    def counts_against(self) -> bool:
        """Tell whether the figures bear the failure: it stands, and nobody explained it."""
        return self.is_failing and not self.is_explained

    @property
    def is_failing(self) -> bool:
        """Tell whether the check failed or broke: neither means that the data is fine."""
        return self.status != "passed"


@dataclass(frozen=True)
class Judgement:
    """All results of one gate for one authority, as they are recorded."""

    gate: Gate
    authority_code: str
    as_at_date: datetime.date
    results: tuple[CheckResult, ...]
    run_id: str | None = None
    release_id: int | None = None
    delivery_id: int | None = None
    scope: str = ""
