"""Asking the door: a delivery's measures beside those of before, and a refusal where the verdict is one."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csc_warehouse.contracts.door import Door
from csc_warehouse.landing.reading.row_measures import Measure
from csc_warehouse.landing.recording.attempt import Attempt
from csc_warehouse.landing.refusal import Refusal

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MeasuredDelivery:
    """A delivery that is read and not yet merged, as the DeliveryProfile that the door is shown."""

    source: str
    authority_code: str
    business_date: datetime.date
    kind: str
    name: str
    delivery_id: int
    measures: pd.DataFrame


def require_passed(
    door: Door, current: Attempt, kind: str, measures: Iterable[Measure], previous: Mapping[tuple[str, str, str], float]
) -> None:
    """Show a delivery to the door; previous: measures of before by entity, column and measure.

    Raises Refusal where the door refuses it.
    """
    delivery = current.delivery
    profile = MeasuredDelivery(
        source=delivery.source,
        authority_code=delivery.authority_code,
        business_date=delivery.business_date,
        kind=kind,
        name=delivery.name,
        delivery_id=current.delivery_id,
        measures=_frame(measures, previous),
    )
    verdict = door(profile)
    if verdict.is_refused:
        raise Refusal(f"did not pass the door: {verdict.reason}", code="door")


def _frame(measures: Iterable[Measure], previous: Mapping[tuple[str, str, str], float]) -> pd.DataFrame:
    import pandas as pd

    rows = [(*measure, previous.get(measure[:3], math.nan)) for measure in measures]
    return pd.DataFrame(rows, columns=["entity", "column_name", "measure", "value", "previous"])
