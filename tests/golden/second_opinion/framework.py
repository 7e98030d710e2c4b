"""CH001 to CH048: the metrics from 2020/21 on, year by year (indicators.md section 4)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from tests.golden.second_opinion.calendar import birthday
from tests.golden.second_opinion.care import SHORT_BREAKS, in_force
from tests.golden.second_opinion.deliveries import Row
from tests.golden.second_opinion.facts import Books
from tests.golden.second_opinion.reviews import is_open, span
from tests.golden.second_opinion.tally import Tally

IN_FORCE_FROM = dt.date(2020, 4, 1)
NUMERATORS = {
    "CH001": ("CON01", "all", "all"),
    "CH003": ("CON04", "all", "all"),
    "CH006": ("ASM07", "all", "all"),
    "CH012": ("PM24", "all", "all"),
    "CH039": ("LAC01", "all", "all"),
    "CH043": ("PM33", "all", "all"),
    "CH044": ("PM32", "all", "all"),
    "CH047": ("LAC04", "wales", "inside"),
    "CH048": ("LAC04", "wales", "outside"),
}
"""Metrics that are the numerator of another indicator, of the whole or of a group."""
FAMILY_AND_FRIENDS = {"PARENT", "KIN"}


def write_framework(tally: Tally, books: Books, care: list[Row]) -> None:
    """Write the metrics; the figures that they repeat are in the tally already."""
    known = {
        (value.indicator_code, value.period_label, value.breakdown, value.breakdown_value): value.numerator
        for value in tally.values
        if value.period_type == "year"
    }
    for period in tally.periods("year"):
        if period.start < IN_FORCE_FROM:
            continue
        for code, (of, breakdown, group) in NUMERATORS.items():
            tally.write(code, period, known.get((of, period.label, breakdown, group), 0))
        day = period.until
        now = [in_force(row, day) for row in care if is_open(row, day)]
        tally.write("CH046", period, sum(episode["type"] not in FAMILY_AND_FRIENDS for episode in now))
        tally.write("CH040", period, len(_in_short_breaks(books, day)))


def _in_short_breaks(books: Books, day: dt.date) -> set[Any]:
    """Return the children whose episode in force at the end of a day is one of a series of short breaks."""
    series: dict[Any, list[Row]] = defaultdict(list)
    for episode in filter(None, map(span, books.own("episode"))):
        series[episode["child"], episode["care"] or episode["id"]].append(episode)
    found = set()
    for (child, _), episodes in series.items():
        episodes.sort(key=lambda row: (row["start"], row["end"] or dt.date.max, str(row["id"])))
        breaks = [row for row in episodes if row["legal"] in SHORT_BREAKS and row["start"] <= day]
        if not breaks:
            continue
        last = breaks[-1]
        # full care that began with or after these breaks took their place
        if any(row["legal"] not in SHORT_BREAKS and last["start"] <= row["start"] <= day for row in episodes):
            continue
        born = books.people.born(child)
        ends = [None if last["reason"] == "MOVE" else last["end"], birthday(born, 18) if born else None]
        if all(end is None or day < end for end in ends):
            found.add(child)
    return found
