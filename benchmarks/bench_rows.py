"""What a bench measures: rows with every run and what they are held against, and what becomes a drawing."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One thing measured, run by run, and what it is held against.

    unit: x (times what it is compared with, pair by pair), s, ms or MiB. budget, moonshot: at most; None: none is set.
    against: what it is compared with, or where a yardstick is none of ours, what it is.
    """

    what: str
    runs: tuple[float, ...]
    unit: str
    against: str = ""
    budget: float | None = None
    moonshot: float | None = None

    @property
    def median(self) -> float:
        """Return the middle of the runs."""
        return statistics.median(self.runs)

    @property
    def verdict(self) -> str:
        """Return whether the budget is met by the middle run; blank where there is none."""
        if self.budget is None:
            return ""
        if self.moonshot is not None and self.median <= self.moonshot:
            return "met, moonshot too"
        return "met" if self.median <= self.budget else "NOT MET"


@dataclass(frozen=True)
class Drawing:
    """What becomes a drawing: what grows from left to right, and a line of measures for each thing that may grow."""

    name: str
    title: str
    places: tuple[str, ...]
    lines: Mapping[str, tuple[float, ...]]
    unit: str


@dataclass(frozen=True)
class Part:
    """What one part of the bench measured."""

    rows: tuple[Row, ...]
    drawings: tuple[Drawing, ...] = ()


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    """Return how many times each run of theirs ours took, pair by pair; both were run in turns."""
    return tuple(own / other for own, other in zip(ours, theirs, strict=True))
