"""What the configuration says of one authority: its name, and which case systems it had since when."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _none_where_unknown(value: Any) -> Any:
    return None if value == "unknown" else value


class SystemConfig(_Section):
    """One case system of an authority."""

    source: str = Field(min_length=1)
    """Name of the system's source."""
    first_day: Annotated[datetime.date | None, BeforeValidator(_none_where_unknown)] = None
    """The first day on which it is live. None, or "unknown" in the file: the business date of its first delivery, with
    a notice."""


class AuthorityConfig(_Section):
    """What the warehouse must be told about one authority; keyed by its ONS code."""

    name: str = Field(min_length=1)
    """Name on pages and in reports. An authority of Wales has its own where none is given."""
    name_cy: str = ""
    """The same in Welsh. An authority of Wales has its own where none is given."""
    cut_over_date: Annotated[datetime.date | None, BeforeValidator(_none_where_unknown)] = None
    """First day of WCCIS (deliveries.md section 4). None, or "unknown" in the file: the first WCCIS delivery's
    business date, with a notice."""
    systems: tuple[SystemConfig, ...] = ()
    """Case systems in the order in which they followed one another, each from its first day (deliveries.md section 8).
    They follow those that are not named here."""
