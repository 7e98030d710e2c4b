"""REV01 to REV05: reviews that fell due, and plans."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from tests.golden.second_opinion.calendar import LAST, add_months, working_day_after
from tests.golden.second_opinion.deliveries import Row
from tests.golden.second_opinion.facts import Books, happened, is_good_day
from tests.golden.second_opinion.tally import Tally

Due = tuple[dt.date, bool]


def span(row: Row) -> Row | None:
    """Return a plan, episode or spell with its end as known by the day, None when it is in no term.

    An end after the latest delivery means still open, also one beyond the calendar: nothing needs that day.
    """
    if not is_good_day(row, row["start"]):
        return None
    if row["end"] is not None and row["end"] < row["start"]:
        return None
    return dict(row, end=happened(row, row["end"]))


def is_open(row: Row, day: dt.date) -> bool:
    """Say whether a span is open at the end of a day."""
    return bool(row["start"] <= day and (row["end"] is None or day < row["end"]))


def plans(books: Books) -> list[Row]:
    """Return the plans that any term may use."""
    return [plan for plan in map(span, books.own("plan")) if plan]


def due_days(subject: Row, first: dt.date, gaps: Sequence[int], held: Iterable[dt.date], as_at: dt.date) -> list[Due]:
    """Return the due days of one plan or period of care and whether each was met.

    `gaps` are the months after the first review held, after the second, ...; the last one repeats.
    """
    days = sorted(set(held))
    found, due, number = [], first, 0
    while True:
        review = days[number] if number < len(days) else None
        if due <= min(as_at, LAST) and is_open(subject, due):
            found.append((due, review is not None and review <= due))
        if review is None:
            return found
        due = add_months(review, gaps[min(number, len(gaps) - 1)])
        number += 1


def write_reviews(tally: Tally, books: Books, care: list[Row]) -> None:
    """Write every review figure; `care` are the periods of care."""
    types = {row["id"]: row["type"] for row in books.facts["plan"]}
    by_plan: dict[Any, list[dt.date]] = defaultdict(list)
    by_child: dict[Any, list[dt.date]] = defaultdict(list)
    for row in books.facts["review"]:
        if row["status"] == "HELD" and is_good_day(row, row["held"]):
            by_plan[row["plan"]].append(row["held"])
            if types.get(row["plan"]) == "LAC":
                by_child[row["child"]].append(row["held"])
    found: dict[str, list[Due]] = {"CASP": [], "LOCAL": [], "CP": [], "LAC": []}
    for plan in plans(books):
        held = [day for day in by_plan[plan["id"]] if day >= plan["start"]]
        kinds = {"CASP": (("CASP", 6), ("LOCAL", 3)), "CP": (("CP", 3),)}.get(plan["type"], ())
        for kind, months in kinds:
            found[kind] += due_days(plan, add_months(plan["start"], months), (6,), held, books.as_at)
    for period in care:
        held = [
            day
            for day in by_child[period["child"]]
            if period["start"] <= day and (period["end"] is None or day <= period["end"])
        ]
        first = working_day_after(period["start"], 20)
        found["LAC"] += due_days(period, first, (3, 6), held, books.as_at)
    counted = {"REV01": ("CASP", "LAC", "CP"), "REV02": ("CASP",), "REV03": ("LAC",), "REV04": ("CP",)}
    for code, names in (counted | {"REV05": ("LOCAL",)}).items():
        events = [(day, met) for name in names for day, met in found[name]]
        tally.flow(code, events, lambda met, _: met)
