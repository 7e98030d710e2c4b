"""When a delivery is received: the one place where the way in looks at a clock."""

from __future__ import annotations

import datetime

from csc_warehouse.contracts.canonical import LOCAL


def now() -> datetime.datetime:
    """Return this instant, in UTC."""
    return datetime.datetime.now(datetime.UTC)


def today() -> datetime.date:
    """Return the day it is in Wales, on which what is looked at now is received (deliveries.md section 9, Dates)."""
    return now().astimezone(LOCAL).date()
