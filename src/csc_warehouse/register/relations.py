"""The declared relations between published figures: one row, and what holds of the rows of a relation together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator

Comparison = Literal["equal", "at_most", "at_most_or_presumed_equal", "presumed_equal", "alone"]
Term = Literal["numerator", "denominator"]
ALONE = "alone"
MOMENT = r"^(same|before|[1-9][0-9]? months before)$"


class FigureRelation(BaseModel):
    """One member of a relation between published figures, which anybody may use to work out a hidden one.

    The members of a relation sum to 0 (equal), to 0 at most (at_most), or to 0 where they happen to (presumed: an
    attacker would assume it). `alone` says that an indicator shares nothing with another.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    relation: str = Field(min_length=1)
    comparison: Comparison
    coefficient: Literal[-1, 1]
    indicator_code: str
    term: Term
    breakdown: str = Field(min_length=1)
    breakdown_value: str = Field(min_length=1)
    """A group, or a pattern: * is any, the same in all members of the relation; + is any, summed."""
    moment: str = Field(pattern=MOMENT)

    @field_validator("coefficient", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return int(value) if value in ("1", "-1") else value


class Related(Protocol):
    """What a relation must know of an indicator."""

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """Return its breakdowns."""

    @property
    def denominator_text(self) -> str | None:
        """Return what its denominator is; None: it has none."""

    @property
    def is_about_children(self) -> bool:
        """Tell whether its small numbers are hidden."""


def fault_of_member(member: FigureRelation, indicator: Related) -> str | None:
    """Return what is wrong with a row, by the indicator that it names; None: nothing."""
    code = member.indicator_code
    if member.breakdown not in ("all", *indicator.breakdowns):
        return f"{member.breakdown} is no breakdown of {code}"
    if (member.breakdown == "all") != (member.breakdown_value == "all"):
        return f"the whole of {code} is the breakdown all with the value all"
    if member.term == "denominator" and indicator.denominator_text is None:
        return f"{code} has no denominator"
    if not indicator.is_about_children:
        return f"{code} is not about children"
    return None


def fault_of_relation(members: Sequence[FigureRelation]) -> str | None:
    """Return what is wrong with the rows of one relation together; None: nothing.

    It has one comparison, two members or more (alone: one), and one at least of the same period.
    """
    if len({member.comparison for member in members}) > 1:
        return "it has several comparisons"
    if (members[0].comparison == ALONE) != (len(members) == 1):
        return "an indicator that is alone, and no other, has one row"
    if all(member.moment != "same" for member in members):
        return "at least one of its members is of the same period"
    return None


def faults_of_relations(members: Sequence[FigureRelation], by_code: Mapping[str, Related]) -> Iterator[str]:
    """Yield what is wrong with the members of relations, each by itself and those of one relation together."""
    by_relation: dict[str, list[FigureRelation]] = {}
    for member in members:
        by_relation.setdefault(member.relation, []).append(member)
        if fault := fault_of_member(member, by_code[member.indicator_code]):
            yield f"{member.relation}: {fault}"
    for relation, own in by_relation.items():
        if fault := fault_of_relation(own):
            yield f"{relation}: {fault}"
