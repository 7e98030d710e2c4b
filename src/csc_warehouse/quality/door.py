"""The door: is this delivery what was agreed? Judged on its profile, before anything of it is merged."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from csc_warehouse.contracts.door import DeliveryProfile
from csc_warehouse.quality import case_systems, indicator_codes
from csc_warehouse.quality.check_result import CheckResult, Judgement, Measure
from csc_warehouse.quality.result_history import record
from csc_warehouse.quality.validation import judge
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import RegisteredIndicators, affected_by

if TYPE_CHECKING:
    from expectations.catalogue import DoorCheck

LOGGER = logging.getLogger(__name__)
WHOLE_DELIVERY = "delivery"
"""Subject of measures that belong to no single entity."""


@dataclass(frozen=True)
class VerdictWithResults:
    """The DoorVerdict on a delivery, and the results of all checks that led to it."""

    is_refused: bool
    reason: str
    results: tuple[CheckResult, ...] = ()


@dataclass(frozen=True)
class _Row:
    entity: str
    column_name: str
    measure: str
    value: float
    previous: float

    @property
    def subject(self) -> str:
        return f"{self.entity}.{self.column_name}" if self.column_name else self.entity


def _rows(profile: DeliveryProfile) -> list[_Row]:
    frame = profile.measures
    rows = [
        _Row(str(entity), str(column or ""), str(measure), float(value), float(previous))
        for entity, column, measure, value, previous in zip(
            frame["entity"], frame["column_name"], frame["measure"], frame["value"], frame["previous"], strict=True
        )
    ]
    return [*rows, *_derived(rows)]


def _derived(rows: Iterable[_Row]) -> Iterator[_Row]:
    """Yield the sums that several measures of an entity make together."""
    by_entity: dict[str, dict[str, float]] = {}
    for row in rows:
        # a key of several columns is counted once, under the first of them
        if not row.column_name or row.measure == "distinct_count":
            by_entity.setdefault(row.entity, {})[row.measure] = row.value
    total = 0.0
    for entity, found in by_entity.items():
        if {"rows_in_file", "rows_accepted", "rows_quarantined"} <= set(found):
            unaccounted = found["rows_in_file"] - found["rows_accepted"] - found["rows_quarantined"]
            yield _Row(entity, "", "rows_unaccounted", unaccounted, math.nan)
            total += found["rows_in_file"]
        if {"rows_accepted", "distinct_count"} <= set(found):
            yield _Row(entity, "", "keys_repeated", found["rows_accepted"] - found["distinct_count"], math.nan)
    if by_entity:
        yield _Row(WHOLE_DELIVERY, "", "rows_in_delivery", total, math.nan)


def _measures(check: DoorCheck, rows: list[_Row], people: Collection[tuple[str, str]]) -> list[Measure]:
    """Return the check's numbers: one per entity or column that it speaks about; people: columns that refer to them."""
    sizes = {row.entity: row.value for row in rows if row.measure == "rows_in_file"}
    pauses = [row.value for row in rows if row.measure == "days_since_previous"]
    if check.maximum_days_since_previous is not None:
        known = [days for days in pauses if not math.isnan(days)]
        if not known or max(known) > check.maximum_days_since_previous:
            return []
    found = []
    for row in rows:
        if row.measure != check.measure:
            continue
        if (check.entities and row.entity not in check.entities) or (
            check.columns and row.column_name not in check.columns
        ):
            continue
        if row.column_name in check.except_columns or (check.of_people and (row.entity, row.column_name) not in people):
            continue
        size = sizes.get(row.entity, math.inf)
        if size < check.minimum_rows or (check.minimum_previous and not row.previous >= check.minimum_previous):
            continue
        value = _compared(check, row, size)
        if value is None:
            continue
        failed = int(row.value) if check.measure.endswith("_count") and not math.isnan(row.value) else None
        checked = 1 if math.isinf(size) or failed is None else int(size)
        found.append(Measure(code=check.code, subject=row.subject, value=value, checked=checked, failed=failed))
    return found


def _compared(check: DoorCheck, row: _Row, size: float) -> float | None:
    """Return the number that the limits speak of; None where there is nothing to compare with."""
    if check.compare == "value":
        # landing leaves a first delivery's pause empty: there was nothing before it
        return None if math.isnan(row.value) and not check.is_required else row.value
    if check.compare == "share_of_rows":
        return row.value / size if 0 < size < math.inf else None
    if math.isnan(row.previous):
        return None
    if check.compare == "difference":
        return row.value - row.previous
    return row.value / row.previous if row.previous else None


def check(profile: DeliveryProfile, register: RegisteredIndicators | None = None) -> VerdictWithResults:
    """Judge a delivery by its profile; a critical failure refuses it, and so does a critical check that broke.

    A first delivery, an empty entity of a delta and a growing history pass: what compares with an earlier delivery
    says nothing where there is none. register: what a fault can distort; None: the shipped indicators.
    """
    from expectations.catalogue import load_catalogue

    catalogue = load_catalogue()
    rows = _rows(profile)
    people = case_systems.people_columns(profile.source)
    place = case_systems.place_of(profile.source)
    measures: list[Measure] = []
    applicable: list[DoorCheck] = []
    for candidate in catalogue.door:
        if not candidate.applies_to(place, profile.kind):
            continue
        found = _measures(candidate, rows, people)
        if found or candidate.is_required:
            applicable.append(candidate)
            measures += found
    results = tuple(
        replace(
            result,
            indicators=affected_by(
                catalogue,
                candidate,
                result.failing_subjects,
                register or RegisteredIndicators(indicator_codes.codes()),
                is_broken=result.status == "broken",
            ),
        )
        for candidate, result in zip(applicable, judge(applicable, measures), strict=True)
    )
    gravest = next((result for result in results if result.severity == "critical" and result.is_failing), None)
    if gravest is None:
        return VerdictWithResults(is_refused=False, reason="", results=results)
    return VerdictWithResults(is_refused=True, reason=_refusal(gravest), results=results)


def _refusal(result: CheckResult) -> str:
    """Say as one clause why a delivery is refused."""
    if result.status == "broken":
        must = f"{result.sentence[0].lower()}{result.sentence[1:].rstrip('.')}"
        return f"whether {must} could not be checked ({result.code}), and nothing is taken on trust"
    means = f"{result.otherwise[0].lower()}{result.otherwise[1:].rstrip('.')}"
    where = f" in {result.worst_subject}" if result.worst_subject not in ("", WHOLE_DELIVERY) else ""
    return f"{means} ({result.code}: {result.measure:g} found{where}, the limit is {result.limit_text})"


class Doorkeeper:
    """The door as landing calls it: judges a delivery and records what was found, refused or not.

    Results are written on a connection of their own at once, so that those of a refused delivery survive the
    rollback of its landing; they hold numbers only.
    """

    def __init__(self, warehouse: Warehouse, own: Mapping[str, Collection[str]] | None = None) -> None:
        """Keep the warehouse that results are written to.

        own: by code of a council's own indicator, the shipped ones whose caveats it shares.
        """
        self._warehouse = warehouse
        own = own or {}
        self._register = RegisteredIndicators((*indicator_codes.codes(), *own), own)

    def __call__(self, profile: DeliveryProfile) -> VerdictWithResults:
        """Judge one delivery."""
        verdict = check(profile, self._register)
        judgement = Judgement(
            gate="door",
            authority_code=profile.authority_code,
            as_at_date=profile.business_date,
            results=verdict.results,
            delivery_id=profile.delivery_id,
            scope=profile.source if profile.name == "all" else f"{profile.source}/{profile.name}",
        )
        with self._warehouse.transaction() as connection:
            record(connection, [judgement])
        return verdict
