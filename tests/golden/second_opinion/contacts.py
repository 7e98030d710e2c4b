"""CON01 to CON08: the front door."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from tests.golden.second_opinion.calendar import FIRST, LAST, add_months, end_of_day, wd
from tests.golden.second_opinion.deliveries import Row
from tests.golden.second_opinion.facts import Books, happened, is_good_day, local_day
from tests.golden.second_opinion.tally import Tally, by

DAY = dt.timedelta(hours=24)


def valid_contacts(books: Books) -> list[Row]:
    """Return the contacts that any term may use, with their local days."""
    found = []
    for row in books.facts["contact"]:
        if is_good_day(row, row["received"]):
            decided = happened(row, row["decided"])
            decided_day = local_day(decided)
            found.append(dict(row, day=local_day(row["received"]), decided=decided, decided_day=decided_day))
    return found


def is_decision_usable(row: Row) -> bool:
    """Say whether the decision can be set against the receipt: none, or not before it and inside the calendar."""
    if row["decided"] is None:
        return True
    return bool(FIRST <= row["decided_day"] <= LAST and row["decided"] >= row["received"])


def write_contacts(tally: Tally, books: Books, contacts: list[Row]) -> None:
    """Write every front door figure."""
    events = [(row["day"], row) for row in contacts]
    own = {"source": by("source"), "outcome": by("outcome"), "team": by("team")}
    tally.flow("CON01", events, groups={**own, **books.people.equality()})
    tally.flow("CON02", events, lambda row, _: row["source"] == "POL")
    usable = [event for event in events if is_decision_usable(event[1])]
    last = end_of_day(books.as_at)
    tally.flow(
        "CON03",
        [(day, row) for day, row in usable if row["decided"] or row["received"] + DAY <= last],
        lambda row, _: row["decided"] is not None and row["decided"] - row["received"] <= DAY,
    )
    tally.flow(
        "CON04",
        [(day, row) for day, row in usable if row["decided"] or wd(day, books.as_at) >= 1],
        lambda row, _: row["decided"] is not None and wd(row["day"], row["decided_day"]) <= 1,
    )
    tally.flow(
        "CON05",
        [(day, row) for day, row in events if row["placing"] and row["placing"] != books.authority],
        groups={"placing_authority": by("placing"), "source": by("source")},
    )
    tally.flow("CON06", [event for event in events if event[1]["outcome"]], lambda row, _: row["outcome"] == "ASS")
    referrals = [event for event in events if event[1]["outcome"] == "ASS"]
    days: dict[Any, list[dt.date]] = defaultdict(list)
    for day, row in referrals:
        days[row["child"]].append(day)
    tally.flow(
        "CON07",
        referrals,
        lambda row, _: any(day < row["day"] < add_months(day, 12) for day in days[row["child"]]),
        insufficient_before=add_months(min((row["day"] for row in contacts), default=FIRST), 12),
    )
    tally.stock(
        "CON08",
        lambda end: [
            row for row in contacts if row["day"] <= end and (row["decided"] is None or row["decided_day"] > end)
        ],
        groups={"team": by("team")},
    )
