"""What figures say in words: how far two are apart, which way is better, what a grade means. Nothing is typed by hand.

A gap is taken between what is printed, so that a reader who subtracts gets the same. The words themselves are those of
the catalogue (csc_warehouse.texts), in the language of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from csc_warehouse.reporting.report.book import PUBLISHED_BEFORE, Book, Entry, Figure, Period
from csc_warehouse.rounding import decimals_of, half_up
from csc_warehouse.texts import ENGLISH, Language, Texts

JUDGED = {"improved": "better", "worsened": "worse"}
"""The verdicts of a test that say which way is good."""
MOVED = {"higher": "higher", "lower": "lower"}
NO_CLEAR_CHANGE = "no clear change"
"""What the series calls a difference that chance may give."""
KINDS = ("percent", "count", "mean", "money")
GRADES = ("A", "B", "C", "D")
RATINGS = ("green", "amber", "red")
EARLIER = " (h)"
"""Beside what the council published before the warehouse's own history."""
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
    return half_up(value, decimals_of(value_type))


def number(value: Decimal, entry: Entry, texts: Texts = ENGLISH) -> str:
    """Return a number as it stands beside a figure of that kind: 60.0, 90.8%, £1,000."""
    rounded = printed(value, entry.value_type)
    if entry.value_type == "money":
        return texts(f"number.pounds{'_below_nought' if rounded < 0 else ''}", number=abs(rounded))
    return texts("number.percent", number=rounded) if entry.value_type == "percent" else texts.number(rounded)


def shown(figure: Figure) -> str:
    """Return a figure as it is printed, with its mark where it was published before the warehouse's own history."""
    return f"{figure.display}{EARLIER}" if figure.status == PUBLISHED_BEFORE else figure.display


def unit_name(unit: str, texts: Texts = ENGLISH) -> str:
    """Return what a unit is called; one of a council's own as its register has it."""
    key = f"unit.{unit.replace(' ', '_')}.name"
    return texts(key) if texts.has(key) else texts.part(unit, "en")


def counted(value: Decimal, unit: str, texts: Texts = ENGLISH) -> str:
    """Return a number with its unit: 1 child, 2 children, 8.2 working days."""
    key = f"unit.{unit.replace(' ', '_')}.counted"
    return texts(key, count=value) if texts.has(key) else texts("unit.unknown", count=value, unit=_of(value, unit))


def _of(value: Decimal, unit: str) -> str:
    """Return an English unit that no text knows in one or in many."""
    if value != 1:
        return unit
    return f"{unit[:-3]}y" if unit.endswith("ies") else unit.removesuffix("s")


def gap(entry: Entry, now: Decimal, before: Decimal, texts: Texts = ENGLISH) -> str:
    """Return how far two figures are apart, in the unit's own words; empty where they are printed alike."""
    apart = abs(printed(now, entry.value_type) - printed(before, entry.value_type))
    if apart == 0:
        return ""
    if entry.value_type == "money":
        return texts("number.pounds", number=apart)
    if entry.value_type == "percent":
        return texts("unit.points", count=apart)
    return counted(apart, entry.unit, texts)


def change(entry: Entry, now: Figure | None, before: Figure | None, texts: Texts = ENGLISH) -> Change:
    """Return how a figure moved since the one before it, with the verdict of its test where one was made.

    A verdict on another figure than the one before would be none: nothing is said then.
    """
    if now is None or before is None or now.value is None or before.value is None or now.previous != before.value:
        return NO_CHANGE_KNOWN
    told = {"period": texts.period(before.period), "display": before.display}
    apart = gap(entry, now.value, before.value, texts)
    if now.direction == NO_CLEAR_CHANGE or not apart:
        word = texts("change.no_clear_change") if now.direction else texts("change.same") if not apart else ""
        return Change(LEVEL, word, texts("change.from", **told), "")
    since = texts(f"change.{'at_the_end' if entry.flow_or_stock == 'stock' else 'in'}", **told)
    is_more = now.value > before.value
    arrow = UP if is_more else DOWN
    says = texts(f"change.{_way(entry, is_more=is_more)}_than", apart=apart, since=since)
    if not now.direction:
        # where the terms are hidden no test is made, and the difference is said without a verdict
        return Change("", texts("change.not_tested"), says, "", is_tested=False)
    if now.direction not in JUDGED:
        return Change(arrow, texts(f"change.{MOVED[now.direction]}"), says, "")
    judged = JUDGED[now.direction]
    way = texts(f"change.{'higher' if is_more else 'lower'}")
    return Change(arrow, texts("change.judged", way=way, judged=texts(f"change.{judged}")), says, judged)


def _way(entry: Entry, *, is_more: bool) -> str:
    return "more" if is_more else "fewer" if entry.value_type == "count" else "less"


def against_year_before(entry: Entry, now: Figure | None, before: Figure | None, texts: Texts = ENGLISH) -> str:
    """Return the difference from the same period of the year before: in its unit, and which way is better."""
    if now is None or before is None or now.value is None or before.value is None:
        return ""
    apart = gap(entry, now.value, before.value, texts)
    if not apart:
        return texts("change.same")
    return texts(f"change.{_way(entry, is_more=now.value > before.value)}", apart=apart)


def against_comparator(
    entry: Entry, now: Figure | None, value: Decimal, *, is_judged: bool, texts: Texts = ENGLISH
) -> str:
    """Return how a figure lies to one that somebody else published: 13.2 percentage points below, which is worse."""
    if now is None or now.value is None:
        return ""
    apart = gap(entry, now.value, value, texts)
    if not apart:
        return texts("change.same")
    is_more = now.value > value
    says = texts(f"change.{'above' if is_more else 'below'}", apart=apart)
    if not is_judged or entry.good_direction == "none":
        return says
    is_better = is_more == (entry.good_direction == "high")
    return texts(f"change.which_is_{'better' if is_better else 'worse'}", says=says)


def trend(
    book: Book,
    entry: Entry,
    periods: tuple[Period, ...],
    breakdown: str = "all",
    group: str = "all",
    *,
    texts: Texts = ENGLISH,
) -> str:
    """Return what a run of figures says from its first to its last one that is shown; empty for fewer than two.

    It passes no verdict: the ends of a run are no test.
    """
    figures = [book.figure(entry.code, period, breakdown, group) for period in periods]
    there = [figure for figure in figures if figure is not None and figure.value is not None]
    if len(there) < 2 or there[0].value is None or there[-1].value is None:
        return ""
    first, last = there[0], there[-1]
    told = {"last": shown(last), "until": texts.period(last.period), "since": texts.period(first.period)}
    one, other = printed(there[0].value, entry.value_type), printed(there[-1].value, entry.value_type)
    if one == other:
        return texts("trend.level", **told)
    return texts(f"trend.{'up' if other > one else 'down'}", first=shown(first), **told)


def trends(
    book: Book, entries: Sequence[Entry], periods: tuple[Period, ...], language: Language, *, texts: Texts
) -> str:
    """Return what the runs of several measures say, from the first to the last period; empty where none shows both."""
    first, last = periods[0], periods[-1]
    said = []
    for entry in entries:
        figures = [book.figure(entry.code, period) for period in (first, last)]
        ends = [shown(figure) for figure in figures if figure is not None and figure.value is not None]
        if len(ends) == len(figures):
            said.append(texts("trend.one_of", title=entry.titles[language], first=ends[0], last=ends[1]))
    if not said or first == last:
        return ""
    told = {"since": texts.period(first.label), "until": texts.period(last.label)}
    return texts("trend.several", named="; ".join(said), **told)
