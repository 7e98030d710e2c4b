"""What the exit and the disclosure check share: taking measures of the candidate and judging each authority."""

from __future__ import annotations

import datetime
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.quality import indicator_codes
from csc_warehouse.quality.check_result import Gate, Judgement, Measure
from csc_warehouse.quality.data_docs import Validation
from csc_warehouse.quality.validation import judge
from expectations.catalogue import Catalogue, ExitCheck, RecordRule, RegisteredIndicators, affected_by

if TYPE_CHECKING:
    CandidateCheck = ExitCheck | RecordRule

LOGGER = logging.getLogger(__name__)
STATEMENT_FAULTS = ("21", "22", "42")
"""SQLSTATE classes that lie in a check or the data; a lost server or a deadlock is worth retrying and is raised."""


@dataclass(frozen=True)
class Candidate:
    """One authority of the build that lies in the candidate schemas."""

    authority_code: str
    as_at_date: datetime.date
    run_id: str


@dataclass(frozen=True)
class Taken:
    """What one statement measured, by authority, or that it could not be taken."""

    is_broken: bool
    measures: Mapping[str, list[Measure]]


def candidates(connection: Connection) -> list[Candidate]:
    """Return the authorities of the present build."""
    rows = connection.execute(
        text("select authority_code, as_at_date, run_id from staging.run_context order by authority_code")
    )
    return [Candidate(authority_code=row[0], as_at_date=row[1], run_id=row[2]) for row in rows]


def registered_indicators(connection: Connection) -> RegisteredIndicators:
    """Return the candidate's register, and whose caveats a council's own indicators share; its seed before a build."""
    built = connection.execute(
        text("select to_regclass('marts_candidate.indicators'), to_regclass('staging.caveats_shared')")
    ).one()
    if built[0] is None:
        return RegisteredIndicators(indicator_codes.codes())
    codes: tuple[str, ...] = tuple(
        connection.execute(text("select code from marts_candidate.indicators order by code")).scalars()
    )
    shared: dict[str, set[str]] = defaultdict(set)
    # a candidate that was built before there was such a table has no indicator of a council's own
    if built[1] is not None:
        for row in connection.execute(text("select local_code, shipped_code from staging.caveats_shared")):
            shared[row.local_code].add(row.shipped_code)
    return RegisteredIndicators(codes, shared)


def take(connection: Connection, name: str, statement: str) -> Taken:
    """Run one statement of measures; one that fails leaves its checks broken and the rest of the night standing."""
    measures: dict[str, list[Measure]] = defaultdict(list)
    try:
        with connection.begin_nested():
            rows = connection.exec_driver_sql(statement.replace("%", "%%")).mappings().all()
    except DBAPIError as error:
        # the server's message may quote a value, so only its class and state are logged
        state = getattr(error.orig, "sqlstate", None) or ""
        if not state.startswith(STATEMENT_FAULTS):
            raise
        LOGGER.error("The measures of %s could not be taken: %s (%s).", name, type(error.orig).__name__, state)
        return Taken(is_broken=True, measures={})
    for row in rows:
        measures[row["authority_code"]].append(
            Measure(
                code=row["check_code"],
                subject=row["subject"],
                value=None if row["value"] is None else float(row["value"]),
                checked=int(row["checked"] or 0),
                failed=None if row["failed"] is None else int(row["failed"]),
            )
        )
    return Taken(is_broken=False, measures=dict(measures))


@dataclass(frozen=True)
class CandidateJudge:
    """Judges every authority of one candidate at one gate."""

    gate: Gate
    release_id: int
    catalogue: Catalogue
    register: RegisteredIndicators
    taken: Mapping[str, Taken]
    """What was measured, by family or relation."""
    validations: list[Validation] = field(default_factory=list)
    """Great Expectations' own results of the authorities judged so far, for its pages."""

    def judge(self, candidate: Candidate, checks: Iterable[CandidateCheck]) -> Judgement:
        """Judge one authority.

        A check without a measure for it does not apply there, unless its statement broke or it is required.
        """
        measures: list[Measure] = []
        applicable: list[CandidateCheck] = []
        for check in checks:
            source = self.taken[check.relation if isinstance(check, RecordRule) else check.family]
            found = [
                measure
                for measure in source.measures.get(candidate.authority_code, [])
                if measure.code == check.code and measure.value is not None
            ]
            is_required = isinstance(check, ExitCheck) and check.is_required
            if found or source.is_broken or is_required:
                applicable.append(check)
                measures += found

        def keep(result: Any) -> None:
            self.validations.append(
                Validation(
                    self.gate, candidate.authority_code, candidate.as_at_date, f"release {self.release_id}", result
                )
            )

        results = tuple(
            replace(
                result,
                indicators=affected_by(
                    self.catalogue, check, result.failing_subjects, self.register, is_broken=result.status == "broken"
                ),
            )
            for check, result in zip(applicable, judge(applicable, measures, keep), strict=True)
        )
        return Judgement(
            gate=self.gate,
            authority_code=candidate.authority_code,
            as_at_date=candidate.as_at_date,
            results=results,
            run_id=candidate.run_id,
            release_id=self.release_id,
        )
