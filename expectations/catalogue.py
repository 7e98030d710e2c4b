"""The catalogue of checks: read from YAML and validated, so that a wrong word stops a test and not a night."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

DIRECTORY = Path(__file__).parent

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
"""Gravest first."""

Owner = Literal[
    "Systems team", "Performance team", "Data engineering", "Front door", "Team manager", "Worker", "Finance and HR"
]
Kind = Literal["full", "delta", "return"]
Comparison = Literal["value", "share_of_rows", "ratio", "difference"]


@dataclass(frozen=True)
class RegisteredIndicators:
    """The codes of a register, and whose caveats those share that no check can name."""

    codes: tuple[str, ...]
    shared: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By code of a council's own indicator: those that are computed from the same facts."""

    def standing_for(self, code: str) -> frozenset[str]:
        """Return the codes by which a check may concern an indicator: its own, and those whose caveats it shares."""
        return frozenset({code, *self.shared.get(code, ())})

    def only(self, code: str) -> RegisteredIndicators:
        """Return a register of one indicator."""
        return RegisteredIndicators((code,), self.shared)


class Check(BaseModel):
    """What every check says of itself; the limits are inclusive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[A-Z]+[0-9]{2,3}$")
    sentence: str = Field(min_length=20, max_length=200, pattern=r"^[A-Z].*\.$")
    """What must hold, as a person who reads no code would say it."""
    otherwise: str = Field(min_length=20, max_length=200, pattern=r"^[A-Z].*\.$")
    """What it means for a reader of figures when it does not hold."""
    measures: str = Field(min_length=10)
    """What is measured, and in what unit."""
    severity: Severity
    owner: Owner
    indicators: tuple[str, ...] = ()
    """Codes or patterns (CON*) of the indicators that a failure can distort."""
    is_subject_told: bool = False
    """What is beyond the limit is named in the caveat; it may stand on any page."""
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _has_a_limit(self) -> Check:
        if self.minimum is None and self.maximum is None:
            raise ValueError(f"{self.code} has neither a minimum nor a maximum")
        return self

    def affected(self, register: RegisteredIndicators) -> tuple[str, ...]:
        """Return the codes of the register that a failure can distort, sorted."""
        return matching(self.indicators, register)

    def meaning(self, subjects: Iterable[str] = ()) -> str:
        """Return what a failure means for a reader, and of what, where the check names that."""
        told = ", ".join(subjects) if self.is_subject_told else ""
        return f"{self.otherwise.rstrip('.')}: {told}." if told else self.otherwise

    def limit_text(self) -> str:
        """Return the limits in words."""
        if self.minimum is not None and self.minimum == self.maximum:
            return f"exactly {self.minimum:g}"
        parts = []
        if self.minimum is not None:
            parts.append(f"at least {self.minimum:g}")
        if self.maximum is not None:
            parts.append(f"at most {self.maximum:g}")
        return " and ".join(parts)


class DoorCheck(Check):
    """A check on the profile of one delivery: each entity, or each column, is a subject of its own."""

    measure: str
    """A measure of the delivery's profile (rows_in_file, null_share ...)."""
    compare: Comparison = "value"
    """value; share_of_rows (over the entity's rows in the file); ratio or difference to the previous delivery's."""
    place: Literal["first", "later"] | None = None
    """Only deliveries of case systems before which none came, or of those that follow another; None: of any source."""
    kinds: tuple[Kind, ...] = ()
    entities: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    of_people: bool = False
    """Only columns that refer to a person."""
    except_columns: tuple[str, ...] = ()
    minimum_rows: int = 0
    """Entities with fewer rows in the file say nothing."""
    minimum_previous: float = 0
    """Subjects whose previous value was lower say nothing."""
    maximum_days_since_previous: float | None = None
    """Says nothing after a longer pause."""
    is_required: bool = False
    """When nothing could be measured the check is broken, rather than not applicable."""

    def applies_to(self, place: Literal["first", "later"] | None, kind: str) -> bool:
        """Tell whether the check is meant for deliveries of a kind; place: the source's among case systems."""
        return (self.place is None or place == self.place) and (not self.kinds or kind in self.kinds)


class ExitCheck(Check):
    """A check on the candidate, measured by the SQL of its family."""

    family: str
    """Name of the SQL file in expectations/measures that yields the measure under this code."""
    is_required: bool = False
    """When nothing could be measured for an authority the check is broken, rather than not applicable."""


class RecordRule(Check):
    """A rule about single records, counted; the failing ones become the worklists of teams and workers."""

    relation: str
    """Name of the SQL file in expectations/relations that yields one row per record."""
    applies: str
    """SQL condition: the records that the rule speaks about."""
    fails: str
    """SQL condition: those of them that break it; null counts as kept."""
    field: str
    """The field to change."""
    place: str
    """Where in the case system that field is found."""
    minimum_failed: int = 5
    """Fewer failing records are counted and listed, but are no reason for a caveat."""
    is_on_worklists: bool = True
    """No: what it finds is past mending (a late recording), and is counted alone."""


class Catalogue(BaseModel):
    """Every check, by gate."""

    model_config = ConfigDict(frozen=True)

    door: tuple[DoorCheck, ...]
    exit: tuple[ExitCheck, ...]
    rules: tuple[RecordRule, ...]
    disclosure: tuple[ExitCheck, ...]
    entity_indicators: dict[str, tuple[str, ...]]
    """Canonical entity -> indicators that are computed from it."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Catalogue:
        codes = [check.code for check in self]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"codes used twice: {', '.join(twice)}")
        both = {check.family for check in (*self.exit, *self.disclosure)} & {rule.relation for rule in self.rules}
        if both:
            # measures are kept by either name, and one would hide the other
            raise ValueError(f"names of both a family and a relation: {', '.join(sorted(both))}")
        return self

    def __iter__(self) -> Iterator[Check]:  # type: ignore[override]
        """Yield every check of every gate."""
        yield from (*self.door, *self.exit, *self.rules, *self.disclosure)


def affected_by(
    catalogue: Catalogue, check: Check, subjects: Iterable[str], register: RegisteredIndicators, *, is_broken: bool
) -> tuple[str, ...]:
    """Return the indicators that a failure can distort, sorted.

    Those that the check names; else those that its failing subjects are, or are computed from; and where a check that
    names none could not be made at all, every one of them.
    """
    if check.indicators:
        return check.affected(register)
    if is_broken:
        return tuple(sorted(register.codes))
    return touched_by(catalogue, subjects, register)


def touched_by(catalogue: Catalogue, subjects: Iterable[str], register: RegisteredIndicators) -> tuple[str, ...]:
    """Return the indicators that subjects are, or are computed from, by the words in their names, sorted."""
    words = {word for subject in subjects for word in re.findall(r"\w+", subject)}
    patterns = {pattern for word in words for pattern in catalogue.entity_indicators.get(word, ())}
    # a word that is a code names that indicator: a code is a pattern of itself
    return matching(patterns | words, register)


def matching(patterns: Iterable[str], register: RegisteredIndicators) -> tuple[str, ...]:
    """Return the codes of a register that any of the patterns concerns, sorted.

    Here alone it is decided whether something concerns an indicator: a council's own one is concerned by whatever
    concerns one that is computed from the same facts.
    """
    patterns = tuple(patterns)
    return tuple(
        sorted(
            code
            for code in set(register.codes)
            if any(fnmatchcase(name, pattern) for name in register.standing_for(code) for pattern in patterns)
        )
    )


def read_yaml(path: Path) -> Any:
    """Read a YAML file by the safe loader in C, where it was built: a tenth of the time, with the same outcome."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def _read(folder: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for path in sorted((DIRECTORY / folder).glob("*.yml")):
        content = read_yaml(path) or {}
        defaults = content.get("defaults", {})
        rows += [{**defaults, **row} for row in content["checks"]]
    return rows


@functools.cache
def load_catalogue() -> Catalogue:
    """Read and validate every check.

    Raises pydantic.ValidationError naming the check and the field that is wrong.
    """
    entities = read_yaml(DIRECTORY / "entity_indicators.yml")
    return Catalogue(
        door=tuple(DoorCheck(**row) for row in _read("door")),
        exit=tuple(ExitCheck(**row) for row in _read("exit")),
        rules=tuple(RecordRule(**row) for row in _read("rules")),
        disclosure=tuple(ExitCheck(**row) for row in _read("disclosure")),
        entity_indicators={name: tuple(codes) for name, codes in entities.items()},
    )
