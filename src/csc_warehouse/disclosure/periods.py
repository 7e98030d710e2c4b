"""Published periods as spans of days, and how shorter ones make up a longer one."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Span = tuple[datetime.date | None, datetime.date]
"""First and last counted day of a flow; None and the day of state of a stock: whatever the period's label."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Published spans that lie in a longer one, and whether they leave none of its days out."""

    spans: tuple[Span, ...]
    is_complete: bool


def partitions(span: Span, by_start: Mapping[datetime.date, Sequence[Span]]) -> list[Parts]:
    """List how published shorter spans make up a longer one: by months, quarters, halves, or what began with it.

    by_start: the published spans by their first day.
    """
    first, last = span
    if first is None:
        return []
    inside = [
        other
        for start, others in by_start.items()
        if first <= start <= last
        for other in others
        if other[1] <= last and other != span
    ]
    kinds: dict[int, list[Span]] = defaultdict(list)
    for other in inside:
        kinds[_length(other)].append(other)
    found: list[Parts] = []
    length = _length(span)
    for part_length in (1, 3, 6):
        parts = sorted(kinds.get(part_length, ()), key=lambda part: part[1])
        is_covered = _is_covered(span, parts)
        # longer ones that are covered follow from the splits below
        if (
            parts
            and part_length < length
            and ((part_length == 1) if length <= 3 else (part_length > 1 and not is_covered))
        ):
            found.append(Parts(tuple(parts), is_covered))
    # what began with it, and what is left: a year to date is the one before it and a quarter
    for leading in inside:
        if leading[0] != first or length <= 3:
            continue
        rest = (leading[1] + datetime.timedelta(days=1), last)
        if rest in inside:
            found.append(Parts((leading, rest), is_complete=True))
        elif _length(leading) >= 3:
            found.append(Parts((leading,), is_complete=False))
    if length > 3 and not any(parts.is_complete for parts in found):
        # nothing is published between it and its parts: quarters alone make up the year, a running one too
        chain = _chain(first, span, inside)
        if chain:
            found.append(Parts(chain, is_complete=True))
    return found


def _length(span: Span) -> int:
    """Return the whole months that a span's period has when it has ended: 1, 3, 6, 9 or 12."""
    first, last = span
    if first is None:
        return 0
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _chain(first: datetime.date, whole: Span, inside: Sequence[Span]) -> tuple[Span, ...]:
    """Return spans that follow each other from a day to the end of a longer one, the longest first; empty: none do."""
    for part in sorted((part for part in inside if part[0] == first), key=lambda part: part[1], reverse=True):
        if part[1] == whole[1]:
            return (part,)
        rest = _chain(part[1] + datetime.timedelta(days=1), whole, inside)
        if rest:
            return (part, *rest)
    return ()


def _is_covered(span: Span, parts: Sequence[Span]) -> bool:
    first, last = span
    expected = first
    for part in parts:
        if part[0] != expected:
            return False
        expected = part[1] + datetime.timedelta(days=1)
    return expected == last + datetime.timedelta(days=1)


def months_before(day: datetime.date, months: int) -> datetime.date:
    """Return the first of the month so many months before a first of a month."""
    number = day.year * 12 + day.month - 1 - months
    return datetime.date(number // 12, number % 12 + 1, day.day)
