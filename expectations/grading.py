"""The printed rule behind a grade, and the statements that take its shares."""

from __future__ import annotations

import functools
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from expectations.catalogue import DIRECTORY

Letter = Literal["A", "B", "C", "D"]


class GradeLevel(BaseModel):
    """The least shares of one letter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    letter: Letter
    complete: float
    timely: float
    consistent: float
    words: str


class GradingRule(BaseModel):
    """All letters, best first, and over which records the shares are taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window_months: int
    days_to_record: int
    minimum_recorded: int
    grades: tuple[GradeLevel, ...]

    def grade(
        self, *, complete: float | None, timely: float | None, consistent: float | None, warnings: int, criticals: int
    ) -> GradeLevel:
        """Return the best level that the shares reach and that open warnings allow."""
        shares = {"complete": complete, "timely": timely, "consistent": consistent}
        best = len(self.grades) - 1 if criticals else min(warnings, 2)
        for position, level in enumerate(self.grades):
            reached = all(share is None or share >= getattr(level, name) for name, share in shares.items())
            if position >= best and reached:
                return level
        return self.grades[-1]

    def printed(self, level: GradeLevel) -> str:
        """Return the rule of one letter in a sentence."""
        if level is self.grades[-1]:
            return f"{level.letter} ({level.words}): less than C asks for, or a critical check failed."
        return (
            f"{level.letter} ({level.words}): at least {level.complete:.0%} of records complete,"
            f" {level.timely:.0%} recorded within {self.days_to_record} days,"
            f" {level.consistent:.0%} without contradiction, and "
            f"{('no open warning', 'no more than one open warning', 'no critical failure')[self.grades.index(level)]}."
        )

    def printed_without_records(self, level: GradeLevel) -> str:
        """Return the rule of an indicator that nothing was recorded for."""
        return (
            f"{level.letter} ({level.words}): nothing recorded in the last {self.window_months} months"
            " speaks against it."
        )


@functools.cache
def load_rule() -> GradingRule:
    """Read the rule of grades."""
    return GradingRule(**yaml.safe_load((DIRECTORY / "grades" / "rule.yml").read_text(encoding="utf-8")))


def grading_statement(name: Literal["shares", "timeliness", "bounds"]) -> str:
    """Render one of the statements that grades are made from."""
    import jinja2

    folder = DIRECTORY / "grades"
    rule = load_rule()
    parameters = {
        "unknown_facts": (folder / "unknown_facts.sql").read_text(encoding="utf-8"),
        "window_months": rule.window_months,
        "days_to_record": rule.days_to_record,
        "minimum_recorded": rule.minimum_recorded,
    }
    template = jinja2.Template(
        (folder / f"{name}.sql").read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return template.render(parameters)
