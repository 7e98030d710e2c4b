"""Which indicators are forecast to the year's end, and by which rule: one row of the seed `forecast_rules`."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field


class ForecastRule(BaseModel):
    """How the value of a financial year that still runs is forecast for one indicator (indicators.md section 5).

    level_percent: how often, in a hundred, the interval is meant to hold the truth; a level that the seed
    `forecast_factors` has. earlier_years: how many years at most the seasonal shares are taken of. minimum_events: so
    many are known of the year, and so many stand on either side of the same day in earlier years, or there is no
    forecast. minimum_trials: so often the method could be tried on the council's own past, or there is none; each trial
    is judged by the others, so one is too few.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    indicator_code: str
    method: Literal["seasonal_shares"]
    level_percent: Literal["80", "90", "95"]
    earlier_years: int = Field(ge=1, le=10)
    minimum_events: int = Field(ge=1)
    minimum_trials: int = Field(ge=2)
    reason: str = Field(min_length=1)


class Forecastable(Protocol):
    """What a forecast must know of an indicator."""

    @property
    def value_type(self) -> str:
        """Return count, percent, mean or money."""

    @property
    def is_additive_over_periods(self) -> bool:
        """Tell whether its months sum to its year."""

    @property
    def period_types(self) -> tuple[str, ...]:
        """Return the kinds of period that it is given for."""


def fault_of_forecast(rule: ForecastRule, indicator: Forecastable) -> str | None:
    """Return what is wrong with a rule, by the indicator that it names; None: nothing.

    A year is put together from its months, so only a count of which they are all given can be forecast.
    """
    if indicator.value_type != "count" or not indicator.is_additive_over_periods:
        return f"{rule.indicator_code} is no count whose months sum to the year, so its year cannot be forecast"
    if not {"month", "year"} <= set(indicator.period_types):
        return f"{rule.indicator_code} is not given by month and year, so its year cannot be forecast"
    return None
