"""Landing shows a delivery to the door as numbers, and refuses it with the door's own words."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

import pytest

from csc_warehouse.contracts.door import DeliveryProfile
from csc_warehouse.landing.judging.door import require_passed
from csc_warehouse.landing.reading.row_measures import Measure
from csc_warehouse.landing.recording.attempt import Attempt
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.sources.delivery import Delivery

DAY = datetime.date(2018, 5, 10)
NOW = datetime.datetime(2018, 5, 11, 3, tzinfo=datetime.UTC)
ATTEMPT = Attempt(Delivery("raise", "W06000006", "all", DAY, "", ()), 7, "content", "contract", NOW, NOW, 0)
MEASURES = [Measure("contact", "", "rows_new", 3.0), Measure("contact", "reason", "null_share", 0.5)]


@dataclass(frozen=True)
class Verdict:
    """The answer of a door of this test's own."""

    is_refused: bool
    reason: str = ""


def test_delivery_when_shown_then_as_its_numbers_beside_those_of_before() -> None:
    seen: list[DeliveryProfile] = []

    def door(profile: DeliveryProfile) -> Verdict:
        seen.append(profile)
        return Verdict(is_refused=False)

    require_passed(door, ATTEMPT, "delta", MEASURES, {("contact", "", "rows_new"): 2.0})
    (profile,) = seen
    assert (profile.source, profile.authority_code, profile.business_date) == ("raise", "W06000006", DAY)
    assert (profile.kind, profile.name, profile.delivery_id) == ("delta", "all", 7)
    assert list(profile.measures.columns) == ["entity", "column_name", "measure", "value", "previous"]
    new, share = profile.measures.to_dict("records")
    assert (new["value"], new["previous"]) == (3.0, 2.0)
    assert share["value"] == 0.5
    assert math.isnan(share["previous"])


def test_delivery_when_the_door_refuses_then_refused_for_its_reason() -> None:
    with pytest.raises(Refusal) as found:
        require_passed(lambda _: Verdict(is_refused=True, reason="too few contacts"), ATTEMPT, "full", MEASURES, {})
    assert (found.value.code, found.value.reason) == ("door", "did not pass the door: too few contacts")
