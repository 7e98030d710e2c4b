"""MIS01 to MIS04, PM34A to PM35, PM29A, PM29B and PRE01 to PRE04."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from tests.golden.second_opinion.calendar import LAST, add_months, birthday, end_of_day, is_known
from tests.golden.second_opinion.deliveries import Row
from tests.golden.second_opinion.facts import Books, happened, is_good_day, local_day
from tests.golden.second_opinion.reviews import is_open, plans, span
from tests.golden.second_opinion.tally import Tally

INTERVIEW = dt.timedelta(hours=72)
SERVICES = {"PRE01": "PASS", "PRE02": "FGM", "PRE03": "EOC", "PRE04": "TAC"}


def write_missing(tally: Tally, books: Books) -> None:
    """Write the figures of missing episodes, which count where they are recorded."""
    rows, back = [], []
    for said in books.facts["missing"]:
        whose = "own" if books.people.is_own(said["child"]) else "other"
        row = dict(said, whose=whose, day=local_day(said["start"]), interviewed=happened(said, said["interviewed"]))
        if is_good_day(row, row["start"]):
            rows.append(row)
        # a beginning within the calendar and after the return runs backwards; any other beginning does not matter
        is_backwards = row["start"] and is_known(row["day"]) and row["returned"] and row["returned"] < row["start"]
        day = local_day(row["returned"])
        if day and is_good_day(row, row["returned"]) and not is_backwards:
            back.append((day, row))
    groups = {"responsible": lambda row: row["whose"]}
    tally.flow("MIS01", [(row["day"], row) for row in rows], groups=groups)
    for period in tally.periods():
        children = {row["child"] for row in rows if period.start <= row["day"] <= period.until}
        tally.write("MIS01", period, len(children), None, ("children", "all"))
    last = end_of_day(books.as_at)
    due = [
        (day, row)
        for day, row in back
        if (row["interviewed"] >= row["returned"] if row["interviewed"] else row["returned"] + INTERVIEW <= last)
    ]
    tally.flow(
        "MIS02",
        due,
        lambda row, _: row["interviewed"] is not None and row["interviewed"] - row["returned"] <= INTERVIEW,
        groups=groups,
    )
    tally.flow("MIS03", back, lambda row, _: row["offered"] == "Y")
    tally.flow("MIS04", back, lambda row, _: row["offered"] == "Y" and row["accepted"] == "N")


def write_care_leavers(tally: Tally, books: Books) -> None:
    """Write the figures of care leavers: distinct children and days on which they left care."""
    checks: dict[Any, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in books.own("check"):
        if is_good_day(row, row["left"]):
            leaver = checks[row["child"], row["left"]]
            if is_good_day(row, row["day"]):
                leaver[row["months"] or ""].append(row)
    for code, months in (("PM34A", "12"), ("PM34B", "24")):
        events = []
        for (_, left), kinds in checks.items():
            day = add_months(left, int(months))
            latest = max(kinds.get(months, ()), key=lambda row: (row["day"], str(row["id"])), default=None)
            if day <= min(books.as_at, LAST):
                events.append((day, latest is not None and latest["eet"] == "Y"))
        tally.flow(code, events, lambda is_met, _: is_met)
    spells = defaultdict(list)
    for spell in filter(None, map(span, books.own("homeless"))):
        spells[spell["child"]].append(spell)
    for period in tally.periods("year"):
        found = []
        for child, left in checks:
            born = books.people.born(child)
            if left <= period.until and (born is None or birthday(born, 21) > period.start):
                found.append(any(_overlaps(spell, period.start, period.until) for spell in spells[child]))
        tally.write("PM35", period, sum(found), len(found))


def _overlaps(row: Row, first: dt.date, last: dt.date) -> bool:
    return bool(row["start"] <= last and (row["end"] is None or row["end"] >= first))


def write_results(tally: Tally, books: Books) -> None:
    """Write PM29A and PM29B: results of children with an open plan on the 31 August that ends the school year."""
    by_child = defaultdict(list)
    for plan in plans(books):
        if plan["type"] in ("CASP", "CP", "LAC"):
            by_child[plan["child"]].append(plan)
    for code, stage in (("PM29A", "2"), ("PM29B", "4")):
        events = []
        for row in books.own("result"):
            day = end_of_school_year(row["year"])
            if day is None or day > books.as_at or row["stage"] != stage:
                continue
            if any(is_open(plan, day) for plan in by_child[row["child"]]):
                events.append((day, row["csi"] == "Y"))
        tally.flow(code, events, lambda is_met, _: is_met, kinds=("year",))


def end_of_school_year(text: str | None) -> dt.date | None:
    """Return the 31 August that ends a school year such as 2016/17."""
    first, _, second = (text or "").partition("/")
    if not (first.isdigit() and len(first) == 4 and second in (f"{int(first) + 1}"[2:], f"{int(first) + 1}")):
        return None
    return dt.date(int(first) + 1, 8, 31)


def write_prevention(tally: Tally, books: Books) -> None:
    """Write PRE01 to PRE04: distinct families with a service open in the period."""
    rows = [row for row in map(span, books.own("prevention")) if row]
    for code, service in SERVICES.items():
        for period in tally.periods():
            families = {
                str(row["family"] or books.people.family(row["child"]))
                for row in rows
                if row["service"] == service and _overlaps(row, period.start, period.until)
            }
            tally.write(code, period, len(families))
