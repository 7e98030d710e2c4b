"""Places of words in a drawing, chosen so that no two of them stand on each other, whatever the figures are."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import escape

Anchor = Literal["start", "middle", "end"]
SIZE = 14
"""Of the type of a drawing, in its own units."""
WIDEST, NARROW, PERCENT_SIGN = 0.68, 0.42, 0.95
"""How wide a character is at most, as a share of its size: a page takes the fonts that a machine has."""
NARROW_ONES = frozenset(" .,:;'|[]()-ijlft")
ABOVE, BELOW = 0.8, 0.25
"""How far a line of type reaches over and under the line it is written on, as a share of its size."""
OVER_WORDS, OUTSIDE, OVER_MARK, OVER_LINE = 1000, 100, 10, 1
STEP = 4.0


@dataclass(frozen=True)
class Place:
    """Where words may stand: where they are written from, and which end of them that is."""

    x: float
    y: float
    anchor: Anchor = "middle"


@dataclass(frozen=True)
class Box:
    """What words or a mark take up."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Tell whether two have a point in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, x: float, y: float) -> bool:
        """Tell whether a point is in it."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def is_inside(self, other: Box) -> bool:
        """Tell whether it is wholly in another."""
        within = self.left >= other.left and self.right <= other.right
        return within and self.top >= other.top and self.bottom <= other.bottom


def width(words: str) -> float:
    """Return how wide words are at most, in units of the drawing."""
    shares = (NARROW if sign in NARROW_ONES else PERCENT_SIGN if sign == "%" else WIDEST for sign in words)
    return sum(shares) * SIZE


def box(words: str, place: Place) -> Box:
    """Return what words take up where they stand."""
    wide = width(words)
    left = place.x - {"start": 0.0, "middle": wide / 2, "end": wide}[place.anchor]
    return Box(left, place.y - ABOVE * SIZE, left + wide, place.y + BELOW * SIZE)


def text(words: str, place: Place, style: str) -> str:
    """Return words as they are written into a drawing."""
    x, y, anchor = place.x, place.y, place.anchor
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(str(words))}</text>'


@dataclass
class Labels:
    """The words of one drawing as they are placed one after the other; what comes first has its choice."""

    frame: Box
    """Where words may stand at all."""
    written: list[Box] = field(default_factory=list)
    marks: list[Box] = field(default_factory=list)
    strokes: list[tuple[float, float]] = field(default_factory=list)
    """Points along the lines."""

    def mark(self, x: float, y: float, reach: float) -> None:
        """Keep words away from a mark."""
        self.marks.append(Box(x - reach, y - reach, x + reach, y + reach))

    def stroke(self, ends: Sequence[tuple[float, float]]) -> None:
        """Keep words away from a line through some points, as far as there is room elsewhere."""
        for (x, y), (to_x, to_y) in itertools.pairwise(ends):
            steps = max(1, math.ceil(math.hypot(to_x - x, to_y - y) / STEP))
            self.strokes += [(x + (to_x - x) * n / steps, y + (to_y - y) * n / steps) for n in range(steps + 1)]

    def put(self, words: str, places: Iterable[Place], style: str) -> str:
        """Return words at the best of some places, the first of equal ones; nothing where each has words already.

        Every figure stands in the table below its drawing and in its text: one that has no room is lost to nobody.
        """
        if not words:
            return ""
        priced = [(self._price(box(words, place)), number, place) for number, place in enumerate(places)]
        price, _, best = min(priced, key=lambda each: each[:2])
        if price >= OVER_WORDS:
            return ""
        self.written.append(box(words, best))
        return text(words, best, style)

    def _price(self, taken: Box) -> int:
        price = OVER_WORDS * sum(taken.meets(other) for other in self.written)
        price += OUTSIDE * (not taken.is_inside(self.frame))
        price += OVER_MARK * sum(taken.meets(other) for other in self.marks)
        return price + OVER_LINE * any(taken.holds(x, y) for x, y in self.strokes)
