"""The door judges a delivery on its numbers alone."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field

import pandas as pd
import pytest

from csc_warehouse.quality import door

Row = tuple[str, str, str, float, float]
NOTHING_BEFORE = math.nan


@dataclass(frozen=True)
class Profile:
    """What landing would hand over."""

    measures: pd.DataFrame = field(default_factory=pd.DataFrame)
    source: str = "raise"
    authority_code: str = "W06000006"
    business_date: datetime.date = datetime.date(2017, 9, 30)
    kind: str = "full"
    name: str = "all"
    delivery_id: int = 1


def profile_of(rows: list[Row], **others: object) -> Profile:
    frame = pd.DataFrame(rows, columns=["entity", "column_name", "measure", "value", "previous"])
    return Profile(measures=frame, **others)  # type: ignore[arg-type]


def entity(
    name: str, rows: float, previous: float = NOTHING_BEFORE, *, quarantined: float = 0, changed: float = 0
) -> list[Row]:
    return [
        (name, "", "rows_in_file", rows, previous),
        (name, "", "rows_accepted", rows - quarantined, previous),
        (name, "", "rows_quarantined", quarantined, NOTHING_BEFORE),
        (name, "", "quarantined_share", quarantined / rows if rows else 0, NOTHING_BEFORE),
        (name, "", "rows_changed", changed, NOTHING_BEFORE),
        (name, "", "days_since_previous", 1 if not math.isnan(previous) else NOTHING_BEFORE, NOTHING_BEFORE),
    ]


def failing(verdict: door.VerdictWithResults) -> dict[str, str]:
    return {result.code: result.status for result in verdict.results if result.is_failing}


def test_first_full_delivery_when_clean_then_nothing_fails() -> None:
    verdict = door.check(profile_of([*entity("client", 4000), *entity("contact", 9000), *entity("missing", 0)]))
    assert not verdict.is_refused
    assert failing(verdict) == {}
    assert {"DOOR01", "DOOR02", "DOOR04"} <= {result.code for result in verdict.results}


def test_delta_with_only_empty_entities_when_judged_then_it_comes_in() -> None:
    rows = [*entity("contact", 0, 40), *entity("person", 0, 12)]
    verdict = door.check(profile_of(rows, source="wccis", kind="delta"))
    assert not verdict.is_refused
    assert failing(verdict) == {}


def test_small_entity_when_it_arrives_empty_then_a_warning() -> None:
    rows = [*entity("client", 4000, 4000), *entity("care_leaver_check", 0, 40), *entity("homeless_spell", 0, 4)]
    verdict = door.check(profile_of(rows))
    assert not verdict.is_refused
    (result,) = [result for result in verdict.results if result.is_failing]
    assert (result.code, result.worst_subject) == ("DOOR16", "care_leaver_check")
    assert "PM34A" in result.indicators or "PM35" in result.indicators


def test_full_delivery_without_a_row_when_judged_then_it_is_refused_with_a_sentence() -> None:
    verdict = door.check(profile_of([*entity("client", 0), *entity("contact", 0)]))
    assert verdict.is_refused
    assert verdict.reason == (
        "an extract without a row cannot be what the system holds (DOOR02: 0 found, the limit is at least 1)"
    )


def test_rows_that_nobody_accounts_for_when_judged_then_the_delivery_is_refused() -> None:
    rows = entity("contact", 100)
    rows[1] = ("contact", "", "rows_accepted", 99, NOTHING_BEFORE)
    verdict = door.check(profile_of(rows))
    assert verdict.is_refused
    assert "(DOOR01: 1 found in contact, the limit is exactly 0)" in verdict.reason


def test_keys_that_repeat_when_judged_then_the_delivery_is_refused() -> None:
    rows: list[Row] = [*entity("contact", 100), ("contact", "contact_no", "distinct_count", 98, NOTHING_BEFORE)]
    verdict = door.check(profile_of(rows))
    assert verdict.is_refused
    assert failing(verdict) == {"DOOR03": "failed"}


def test_profile_without_any_measure_when_judged_then_broken_is_refused_and_never_passed() -> None:
    verdict = door.check(profile_of([]))
    assert verdict.is_refused
    assert "could not be checked (DOOR01)" in verdict.reason
    assert failing(verdict) == {"DOOR01": "broken", "DOOR02": "broken"}


def test_measure_that_is_no_number_when_required_then_broken() -> None:
    rows = entity("contact", 100)
    rows[0] = ("contact", "", "rows_in_file", math.nan, NOTHING_BEFORE)
    verdict = door.check(profile_of(rows))
    assert verdict.is_refused
    assert failing(verdict)["DOOR01"] == "broken"


@pytest.mark.parametrize(
    ("changed_rows", "code"),
    [
        ([*entity("contact", 1000, quarantined=30)], "DOOR04"),  # 3% set aside, 2% is the limit
        ([*entity("contact", 880, 1000)], "DOOR09"),  # 88% of the rows before
        ([*entity("contact", 1600, 1000)], "DOOR10"),  # 160% in one day
        ([*entity("contact", 1000, 1000, changed=501)], "DOOR11"),  # 50.1% changed overnight
        ([*entity("contact", 1000), ("contact", "source", "unknown_code_count", 60, 0.0)], "DOOR05"),  # 6%
        ([*entity("contact", 1000), ("contact", "received", "future_date_count", 101, 0.0)], "DOOR07"),  # 10.1%
        ([*entity("contact", 1000), ("contact", "client_no", "missing_reference_count", 51, 0.0)], "DOOR08"),
        ([*entity("contact", 1000), ("contact", "decided", "null_share", 0.4, 0.1)], "DOOR12"),  # rose by 30 points
    ],
)
def test_odd_but_possible_delivery_when_judged_then_it_lands_with_a_warning(changed_rows: list[Row], code: str) -> None:
    verdict = door.check(profile_of(changed_rows))
    assert not verdict.is_refused
    found = {result.code: result for result in verdict.results}[code]
    assert (found.status, found.severity) == ("failed", "warning")
    assert found.worst_subject.startswith("contact")
    assert "CON01" in found.indicators


@pytest.mark.parametrize(
    "rows",
    [
        entity("contact", 900, 1000),  # exactly 90%
        entity("contact", 40, 90),  # too few before to say anything
        entity("contact", 1500, 1000),  # exactly one and a half times
        [*entity("contact", 49), ("contact", "source", "unknown_code_count", 40, 0.0)],  # fewer than 50 rows
    ],
)
def test_delivery_at_the_limit_when_judged_then_no_warning(rows: list[Row]) -> None:
    verdict = door.check(profile_of(rows))
    assert "warning" not in {result.severity for result in verdict.results if result.is_failing}


@pytest.mark.parametrize(("rows", "codes"), [(200, set()), (600, {"DOOR17"})])
def test_links_to_the_earlier_system_when_few_records_then_new_ones_are_no_loss(rows: int, codes: set[str]) -> None:
    lost: list[Row] = [*entity("schoolmove", rows), ("schoolmove", "legacyid", "null_share", 0.6, 0.3)]
    assert set(failing(door.check(profile_of(lost, source="wccis", kind="full")))) == codes


def test_missing_night_when_delta_then_warned_and_when_full_then_not() -> None:
    rows: list[Row] = [*entity("contact", 10), ("delivery", "", "days_since_previous", 2, NOTHING_BEFORE)]
    assert failing(door.check(profile_of(rows, source="wccis", kind="delta"))) == {"DOOR13": "failed"}
    assert failing(door.check(profile_of(rows, source="wccis", kind="full"))) == {}


def test_counts_when_codes_are_unknown_then_rows_are_counted_and_worst_column_is_named() -> None:
    rows: list[Row] = [
        *entity("contact", 100),
        ("contact", "source", "unknown_code_count", 2, NOTHING_BEFORE),
        ("contact", "outcome", "unknown_code_count", 3, NOTHING_BEFORE),
    ]
    found = {result.code: result for result in door.check(profile_of(rows)).results}["DOOR06"]
    assert (found.status, found.severity, found.checked, found.failed) == ("failed", "info", 200, 5)
    assert (found.measure, found.worst_subject) == (3, "contact.outcome")
