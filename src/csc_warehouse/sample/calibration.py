"""The counts that make the synthetic council publish what the real one published."""

from __future__ import annotations

import datetime
from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Counts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Quarter(_Counts):
    """Front door and assessments of one quarter, in records."""

    contacts: int = Field(gt=0)
    police: int
    late: int
    """Contacts decided after more than 24 hours."""
    undated: int
    """Contacts with an outcome and no time of decision."""
    assessments: int
    """Assessments first authorised in the quarter."""
    in_time: int
    mean_overdue: float
    """Mean working days of those beyond 42, to one decimal."""
    not_seen: int
    not_applicable: int
    """Children to whom "seen" does not apply."""
    no_referral_day: int

    @model_validator(mode="after")
    def _check(self) -> Quarter:
        if self.police > self.contacts or self.in_time + self.no_referral_day > self.assessments:
            raise ValueError("a part is larger than its whole")
        return self

    def scaled(self, scale: float, jitter: float) -> Quarter:
        """Return the counts of a council of another size; the mean stands."""
        numbers = {
            name: max(1 if name == "contacts" else 0, round(value * scale * jitter))
            for name, value in self.model_dump().items()
            if name != "mean_overdue"
        }
        return Quarter(mean_overdue=self.mean_overdue, **numbers)


class OpenStock(_Counts):
    """The stock of open assessments of one team on one day."""

    day: datetime.date
    team: str
    open: int
    overdue: int
    authorised_in_time: int
    authorised_late: int


class Workforce(_Counts):
    """Posts, and the vacancies of the published return."""

    posts: list[tuple[str, str, int]]
    published_on: datetime.date
    vacancies: list[tuple[str, str, int]]


class Finance(_Counts):
    """The published monitor in pounds: budget, projected, planned saving."""

    published_on: datetime.date
    lines: dict[str, tuple[int, int, int]]


class Adoption(_Counts):
    """The published adoption return."""

    published_on: datetime.date
    families_in_assessment: list[tuple[bool, str, bool, bool, int]]
    children_aged_six_and_over: dict[datetime.date, tuple[int, int]]


class FamiliesFirst(_Counts):
    """Organisations by area of the published return."""

    published_on: datetime.date
    disability: list[str]
    parenting: list[str]
    youth_support: list[str]
    team_around_the_family: list[str]


class Calibration(_Counts):
    """Everything in calibration.yaml."""

    quarters: dict[str, Quarter]
    default_quarter: Quarter
    open_stock: OpenStock | None
    north_wales: list[str]
    workforce: Workforce
    finance: Finance
    adoption: Adoption
    families_first: FamiliesFirst

    def uncalibrated(self) -> Calibration:
        """Return the same without the published front door: for an authority that published nothing here."""
        return self.model_copy(update={"quarters": {}, "open_stock": None})


@cache
def load_calibration() -> Calibration:
    """Read and validate calibration.yaml."""
    text = resources.files(__package__).joinpath("calibration.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return Calibration.model_validate(content)
