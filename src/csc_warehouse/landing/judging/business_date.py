"""Whether the business date of a delivery can be right (deliveries.md section 9, Dates)."""

from __future__ import annotations

import datetime

from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources import receipt
from csc_warehouse.sources.delivery import Delivery


def is_believable(business_date: datetime.date, limits: LandingConfig) -> bool:
    """Tell whether a delivery that is received today may be of this business date."""
    latest = receipt.today() + datetime.timedelta(days=limits.future_grace_days)
    return limits.earliest_business_date <= business_date <= latest


def misdated(delivery: Delivery, limits: LandingConfig) -> Refusal | None:
    """Return the refusal of a delivery whose date cannot be right, even if all its files agree on it; else None."""
    day = delivery.business_date
    if is_believable(day, limits):
        return None
    if day < limits.earliest_business_date:
        reason = f"is dated {day}, before {limits.earliest_business_date}, on which the calendar begins"
        remedy = "ask the supplier which day it is of"
    else:
        reason = f"is dated {day}, later than the day on which it is received, {receipt.today()}"
        remedy = "ask the supplier which day it is of; if it stays as it is, it is judged anew once that day has come"
    return Refusal(reason, remedy=remedy, code="business_date")
