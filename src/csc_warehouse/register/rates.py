"""Rates: of which indicator, and over which population, as rows of the seeds `rates` and `populations`."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from csc_warehouse.errors import listed

GROUP_PATTERN = r"^\d{1,2}-\d{1,2}$"
"""Ages in whole years, both included."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rate(_Row):
    """That an indicator is also given for each so many of a group of the population."""

    indicator_code: str
    population_group: str = Field(pattern=GROUP_PATTERN)
    per_population: int = Field(ge=1)


class Population(_Row):
    """How many people of a group there were on a day, by whose estimate; made-up ones say so."""

    authority_code: str = Field(pattern=r"^[WEK]\d{8}$")
    population_group: str = Field(pattern=GROUP_PATTERN)
    population_date: datetime.date
    population: int = Field(ge=1)
    source: str = Field(min_length=1)
    is_made_up: bool


class Counted(Protocol):
    """What is looked at of an indicator."""

    @property
    def value_type(self) -> str:
        """Return whether it is a count, a percentage, a mean or money."""

    @property
    def is_about_children(self) -> bool:
        """Tell whether small numbers of it are hidden."""


def fault_of_rate(rate: Rate, row: Counted) -> str | None:
    """Return why an indicator can have no rate; None where it can.

    A rate is hidden with its numerator, which only a count shows or hides as a whole.
    """
    if row.value_type == "count" and row.is_about_children:
        return None
    return f"{rate.indicator_code} is no count about children: a rate is given of one alone"


def fault_of_population(population: Population, rates: Sequence[Rate]) -> str | None:
    """Return why a population would be used by no rate, as one whose group is misspelt; None where it is used."""
    groups = list(dict.fromkeys(rate.population_group for rate in rates))
    if population.population_group in groups:
        return None
    return (
        f"{population.authority_code} {population.population_date}: no rate is of the group"
        f" {population.population_group}; there is {listed(groups) or 'none'}"
    )
