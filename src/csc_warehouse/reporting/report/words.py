"""What figures say in words: how far two are apart, which way is better, what a grade means. Nothing is typed by hand.

A gap is taken between what is printed, so that a reader who subtracts gets the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from csc_warehouse.reporting.report.book import Book, Entry, Figure, Period

RATINGS = {"green": "Meets the target", "amber": "Misses the target, within the margin", "red": "Misses the target"}
GRADES = {
    "A": "may be used freely",
    "B": "may be used with its caveat",
    "C": "shows the direction at most",
    "D": "should not be used",
}
JUDGED = {
    "improved": "better",
    "worsened": "worse",
    "higher": "higher",
    "lower": "lower",
    "no clear change": "no clear change",
}
TESTS = {
    "percent": "Two shares are compared; a smaller difference than chance gives with so many cases is no clear change.",
    "count": "Two numbers of events are compared; a smaller difference than chance gives is no clear change.",
    "mean": "Two averages are compared by how far single cases lie apart; a smaller difference is no clear change.",
    "money": "Money is no sample: every difference is one.",
}
"""The test behind a direction, by what kind of figure it is."""
UP, DOWN, LEVEL = "▲", "▼", "◆"


@dataclass(frozen=True)
class Change:
    """How a figure moved since another: an arrow, the word beside it, and the difference in its unit."""

    arrow: str
    word: str
    sentence: str
    judged: str
    """better or worse where a test says so, else empty."""
    is_tested: bool = True
    """Not where the figure moved and no test was made; a figure without one before has not moved."""


NO_CHANGE_KNOWN = Change("", "", "", "")


def printed(value: Decimal, value_type: str) -> Decimal:
    """Return a figure as it is printed: one decimal for percentages and means, none for the rest, half up."""
    places = Decimal("0.1") if value_type in ("percent", "mean") else Decimal(1)
    return value.quantize(places, rounding=ROUND_HALF_UP)


def number(value: Decimal, entry: Entry) -> str:
    """Return a number as it stands beside a figure of that kind: 60.0, 90.8%, £1,000."""
    rounded = printed(value, entry.value_type)
    if entry.value_type == "money":
        return f"{'-' if rounded < 0 else ''}£{abs(rounded):,}"
    return f"{rounded:,}%" if entry.value_type == "percent" else f"{rounded:,}"


def counted(value: Decimal, unit: str) -> str:
    """Return a number with its unit: 1 child, 2 children, 8.2 working days."""
    if value != 1:
        return f"{value:,} {unit}"
    if unit == "children":
        return "1 child"
    one = f"{unit[:-3]}y" if unit.endswith("ies") else unit.removesuffix("s")
    return f"{value:,} {one}"


def gap(entry: Entry, now: Decimal, before: Decimal) -> str:
    """Return how far two figures are apart, in the unit's own words; empty where they are printed alike."""
    apart = abs(printed(now, entry.value_type) - printed(before, entry.value_type))
    if apart == 0:
        return ""
    if entry.value_type == "money":
        return f"£{apart:,}"
    return f"{apart:,} percentage points" if entry.value_type == "percent" else counted(apart, entry.unit)


def change(entry: Entry, now: Figure | None, before: Figure | None) -> Change:
    """Return how a figure moved since the one before it, with the verdict of its test where one was made.

    A verdict on another figure than the one before would be none: nothing is said then.
    """
    if now is None or before is None or now.value is None or before.value is None or now.previous != before.value:
        return NO_CHANGE_KNOWN
    since = f"{'at the end of' if entry.flow_or_stock == 'stock' else 'in'} {before.period} ({before.display})"
    apart = gap(entry, now.value, before.value)
    if now.direction == "no clear change" or not apart:
        word = "no clear change" if now.direction else "the same" if not apart else ""
        return Change(LEVEL, word, f"from {before.period} ({before.display})", "")
    is_more = now.value > before.value
    arrow = UP if is_more else DOWN
    says = f"{apart} {'more' if is_more else 'fewer' if entry.value_type == 'count' else 'less'} than {since}"
    if not now.direction:
        # where the terms are hidden no test is made, and the difference is said without a verdict
        return Change("", "not tested", says, "", is_tested=False)
    word = JUDGED[now.direction]
    if word in ("better", "worse"):
        return Change(arrow, f"{'higher' if is_more else 'lower'}: {word}", says, word)
    return Change(arrow, word, says, "")


def against_year_before(entry: Entry, now: Figure | None, before: Figure | None) -> str:
    """Return the difference from the same period of the year before: in its unit, and which way is better."""
    if now is None or before is None or now.value is None or before.value is None:
        return ""
    apart = gap(entry, now.value, before.value)
    if not apart:
        return "the same"
    is_more = now.value > before.value
    way = "more" if is_more else "fewer" if entry.value_type == "count" else "less"
    return f"{apart} {way}"


def against_comparator(entry: Entry, now: Figure | None, value: Decimal, *, is_judged: bool) -> str:
    """Return how a figure lies to one that somebody else published: 13.2 percentage points below, which is worse."""
    if now is None or now.value is None:
        return ""
    apart = gap(entry, now.value, value)
    if not apart:
        return "the same"
    is_more = now.value > value
    says = f"{apart} {'above' if is_more else 'below'}"
    if not is_judged or entry.good_direction == "none":
        return says
    return f"{says}, which is {'better' if is_more == (entry.good_direction == 'high') else 'worse'}"


def trend(book: Book, entry: Entry, periods: tuple[Period, ...], breakdown: str = "all", group: str = "all") -> str:
    """Return what a run of figures says from its first to its last one that is shown; empty for fewer than two.

    It passes no verdict: the ends of a run are no test.
    """
    figures = [book.figure(entry.code, period, breakdown, group) for period in periods]
    shown = [figure for figure in figures if figure is not None and figure.value is not None]
    if len(shown) < 2 or shown[0].value is None or shown[-1].value is None:
        return ""
    first, last = shown[0], shown[-1]
    one, other = printed(shown[0].value, entry.value_type), printed(shown[-1].value, entry.value_type)
    if one == other:
        return f"{last.display} in {last.period}, the same as in {first.period}"
    way = "up" if other > one else "down"
    return f"{way} from {first.display} in {first.period} to {last.display} in {last.period}"
