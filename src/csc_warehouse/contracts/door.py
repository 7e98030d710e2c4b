"""What passes between landing and the door: a delivery in numbers one way, a verdict the other.

Landing asks, and the checks of quality answer; neither imports the other, and both speak in these terms.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd


class DeliveryProfile(Protocol):
    """A delivery whose rows are read and not yet merged, in numbers alone."""

    @property
    def source(self) -> str:
        """Return the source's name."""

    @property
    def authority_code(self) -> str:
        """Return the ONS code."""

    @property
    def business_date(self) -> datetime.date:
        """Return the day whose end the delivery describes."""

    @property
    def kind(self) -> str:
        """Return full, delta or return."""

    @property
    def name(self) -> str:
        """Return all, or the corporate file's kind."""

    @property
    def delivery_id(self) -> int:
        """Return its number in the ledger."""

    @property
    def measures(self) -> pd.DataFrame:
        """Return entity, column_name ('' for the whole entity), measure, value, previous: one row per number.

        previous is the value of the nearest earlier delivery of the same kind, NaN where there is none.
        """


class DoorVerdict(Protocol):
    """Whether a delivery may come in."""

    @property
    def is_refused(self) -> bool:
        """Tell whether the delivery stays outside."""

    @property
    def reason(self) -> str:
        """Return why it is refused, as one clause; blank where it is not."""


Door = Callable[[DeliveryProfile], DoorVerdict]
"""Judges a delivery before anything of it is merged."""
