"""Rates: of which indicator, and over which population, as rows of the seeds `rates` and `populations`."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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


def faults_of_rates(
    rates: Sequence[Rate], populations: Sequence[Population], by_code: Mapping[str, Counted]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with rates and populations together: the file, and what.

    A rate is hidden with its numerator, which only a count shows or hides as a whole. A population whose group no rate
    asks for is misspelt, and would leave rates out without a word.
    """
    for code, count in Counter(rate.indicator_code for rate in rates).items():
        if count > 1:
            yield "rates.csv", f"{code} stands {count} times"
    for rate in rates:
        row = by_code[rate.indicator_code]
        if row.value_type != "count" or not row.is_about_children:
            yield "rates.csv", f"{rate.indicator_code} is no count about children: a rate is given of one alone"
    keys = Counter((row.authority_code, row.population_group, str(row.population_date)) for row in populations)
    for key, count in keys.items():
        if count > 1:
            yield "populations.csv", f"{' '.join(key)} stands {count} times"
    groups = list(dict.fromkeys(rate.population_group for rate in rates))
    for population in populations:
        if population.population_group not in groups:
            yield (
                "populations.csv",
                f"{population.authority_code} {population.population_date}: no rate is of the group"
                f" {population.population_group}; there is {listed(groups) or 'none'}",
            )
