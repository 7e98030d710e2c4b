"""CPR01 to CPR04, PM27 and PM28: child protection; SGB01 to SGB09: what the safeguarding board is given."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from tests.golden.second_opinion.calendar import add_months, is_known, wd
from tests.golden.second_opinion.deliveries import Row
from tests.golden.second_opinion.facts import Books, happened, has_begun, is_good_day
from tests.golden.second_opinion.reviews import is_open
from tests.golden.second_opinion.tally import Tally, by, grouped

CATEGORIES = {"NEG", "PHY", "SEX", "EMO", "FIN"}
IN_TIME = 15
FOLLOWS_WITHIN = 10
MONTH_BANDS = {"0-2": 3, "3-5": 6, "6-11": 12, "12-23": 24}
"""Bands of completed months on the register, each with the month that is beyond it."""
BOARD = ("quarter", "year")


def category(text: str | None) -> str | None:
    """Return a combination of categories in one order; one unlisted member makes it unknown."""
    if text is None:
        return None
    members = {part.strip() for part in text.split("+")} - {""}
    return "+".join(sorted(members)) or None if members <= CATEGORIES else "unknown"


def recorded(row: Row) -> str:
    """Return when a fact was entered, as its system says, in words that sort; before all others where it does not."""
    return str(row.get("recorded") or row.get("created") or "")


def _is_earlier(other: Row, row: Row) -> bool:
    """Say whether one registration is earlier: of two that began and ended on one day, the one recorded first."""
    if other["start"] != row["start"] or row["end"] != row["start"]:
        return not is_known(other["start"]) or bool(other["start"] <= row["start"])
    return bool(recorded(other) and recorded(other) < recorded(row))


def months_band(start: dt.date, day: dt.date) -> str:
    """Return the band of the months that are complete on a day, the last days clamped as everywhere."""
    return next((band for band, beyond in MONTH_BANDS.items() if add_months(start, beyond) > day), "24+")


def write_protection(tally: Tally, books: Books, contacts: list[Row]) -> None:
    """Write every child protection figure. contacts: the valid ones."""
    people = books.people
    begun = [
        dict(row, end=happened(row, row["end"]), category=category(row["category"]), said_end=row["end"])
        for row in books.own("registration")
        if has_begun(row, row["start"])
    ]
    rows = [row for row in begun if is_good_day(row, row["start"])]
    forwards = [row for row in rows if row["said_end"] is None or row["said_end"] >= row["start"]]

    def on_register(day: dt.date) -> list[Row]:
        latest: dict[Any, Row] = {}
        # of two that began on one day the one recorded last, then that of the highest key
        for row in sorted(forwards, key=lambda row: (row["start"], recorded(row), row["id"][1])):
            if is_open(row, day):
                latest[row["child"]] = dict(row, day=day)
        return list(latest.values())

    tally.stock(
        "CPR01",
        on_register,
        groups={
            "category": by("category"),
            "age_band": lambda row: people.age_band(row["child"], row["day"]),
            "sex": lambda row: people.sex(row["child"]),
            **people.equality(),
        },
    )
    new = [(row["start"], row) for row in rows if row["transfer"] != "Y" and row["temporary"] != "Y"]
    over = [(row["end"], row) for row in begun if is_known(row["end"])]
    tally.flow("CPR02", new)
    tally.flow("CPR03", over)
    tally.flow("SGB07", new, groups={"category": by("category")}, kinds=BOARD)
    tally.flow("SGB08", over, groups={"category": by("category")}, kinds=BOARD)
    tally.stock(
        "SGB09",
        on_register,
        groups={"months_on_register": lambda row: months_band(row["start"], row["day"])},
        kinds=BOARD,
    )
    by_child: dict[Any, list[Row]] = defaultdict(list)
    for row in begun:
        by_child[row["child"]].append(row)

    def is_again(row: Row, _: Any) -> bool:
        return any(
            other["id"] != row["id"]
            and is_known(other["end"])
            and _is_earlier(other, row)
            and other["end"] <= row["start"] < add_months(other["end"], 12)
            for other in by_child[row["child"]]
        )

    tally.flow("PM27", new, is_again)
    ended = [(row["end"], row) for row in forwards if is_known(row["end"])]
    tally.flow("PM28", ended, amount=lambda row: (row["end"] - row["start"]).days)
    _write_conferences(tally, books)
    _write_chain(tally, books, contacts)


def _write_chain(tally: Tally, books: Books, contacts: list[Row]) -> None:
    """Write the steps from a contact to a registration, each by the day on which it was taken."""
    own = [row for row in books.own("s47") if has_begun(row, row["strategy"])]
    tally.flow("SGB01", [(row["strategy"], row) for row in own if is_good_day(row, row["strategy"])], kinds=BOARD)
    talks: dict[Any, list[dt.date]] = defaultdict(list)
    for row in books.facts["s47"]:
        if is_good_day(row, row["strategy"]):
            talks[row["child"]].append(row["strategy"])

    def is_followed(row: Row) -> bool:
        return any(row["day"] <= day and wd(row["day"], day) <= FOLLOWS_WITHIN for day in talks[row["child"]])

    due = [(row["day"], row) for row in contacts if wd(row["day"], books.as_at) >= FOLLOWS_WITHIN]
    tally.flow("SGB02", due, lambda row, _: is_followed(row), kinds=BOARD)

    def taken(name: str) -> list[tuple[dt.date, Row]]:
        """Return the enquiries by the day of a step; none that was taken before a usable day of the discussion."""
        known = [row for row in own if is_good_day(row, row[name])]
        return [
            (row[name], row) for row in known if not is_good_day(row, row["strategy"]) or row["strategy"] <= row[name]
        ]

    for step, outcome, wanted, count, share in (
        ("ended", "outcome", "ICPC", "SGB03", "SGB04"),
        ("conference", "decision", "REG", "SGB05", "SGB06"),
    ):
        group = "enquiry_outcome" if outcome == "outcome" else "conference_outcome"
        tally.flow(count, taken(step), groups={group: by(outcome)}, kinds=BOARD)
        tally.flow(
            share,
            [(day, row[outcome] == wanted) for day, row in taken(step) if row[outcome]],
            lambda yes, _: yes,
            kinds=BOARD,
        )


def _write_conferences(tally: Tally, books: Books) -> None:
    events = []
    for row in books.own("s47"):
        day, strategy = row["conference"], row["strategy"]
        if not is_good_day(row, day) or (strategy and (strategy > day or not is_good_day(row, strategy))):
            continue
        in_time = strategy is not None and wd(strategy, day) <= IN_TIME
        events.append((day, (in_time, (str(books.people.family(row["child"])), day))))
    tally.flow("CPR04", events, lambda fact, _: fact[0])
    for period in tally.periods():
        facts = [fact for day, fact in events if period.start <= day <= period.until]
        families = grouped(facts, {"family": lambda fact: str(fact[1])})
        met = [all(in_time for in_time, _ in members) for (name, _), members in families.items() if name == "family"]
        tally.write("CPR04", period, sum(met), len(met), ("families", "all"))
