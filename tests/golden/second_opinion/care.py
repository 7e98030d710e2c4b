"""LAC01 to LAC06, PM25, PM26, PM30 to PM33: looked-after children, by period of care."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from tests.golden.second_opinion.calendar import add_months, birthday, wd
from tests.golden.second_opinion.deliveries import Row
from tests.golden.second_opinion.facts import Books, is_good_day
from tests.golden.second_opinion.reviews import is_open, plans, span
from tests.golden.second_opinion.tally import Tally

SHORT_BREAKS = {"V3", "V4"}
COUNCIL = {"OWN", "PARENT"}


def periods_of_care(books: Books) -> list[Row]:
    """Return the periods of care: child, start, end (capped at the 18th birthday), reason and episodes."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in books.facts["episode"]:
        episode = span(row)
        if episode and episode["legal"] not in SHORT_BREAKS:
            groups[episode["child"], episode["care"] or episode["id"]].append(episode)
    found = []
    for (child, _), episodes in groups.items():
        episodes.sort(key=lambda row: (row["start"], row["end"] or dt.date.max, str(row["id"])))
        last = episodes[-1]
        end, reason = (None, None) if last["reason"] == "MOVE" else (last["end"], last["reason"])
        born = books.people.born(child)
        adult = birthday(born, 18) if born else None
        if adult and (end is None or end > adult) and adult <= books.as_at:
            end, reason = adult, "ADULT"
        start = episodes[0]["start"]
        if end is None or start <= end:
            found.append({"child": child, "start": start, "end": end, "reason": reason, "episodes": episodes})
    return found


def in_force(period: Row, day: dt.date) -> Row:
    """Return the episode in force at a day: the latest that has started."""
    episodes: list[Row] = period["episodes"]
    return [episode for episode in episodes if episode["start"] <= day][-1]


def write_care(tally: Tally, books: Books, care: list[Row]) -> None:
    """Write the figures of looked-after children; `care` are those of own responsibility."""
    people, home = books.people, books.authority

    def looked_after(day: dt.date) -> list[Row]:
        return [dict(period, day=day, now=in_force(period, day)) for period in care if is_open(period, day)]

    def away(row: Row) -> bool:
        return row["now"]["place"] not in (None, "unknown", home)

    groups = {
        "placement_type": lambda row: row["now"]["type"],
        "legal_status": lambda row: row["now"]["legal"],
        "age_band": lambda row: people.age_band(row["child"], row["day"]),
        "sex": lambda row: people.sex(row["child"]),
        **people.equality(),
    }
    tally.stock("LAC01", looked_after, groups=groups)
    tally.flow("LAC02", [(period["start"], period) for period in care])
    ended = [(period["end"], period) for period in care if period["end"]]
    tally.flow("LAC03", ended, groups={"reason": lambda period: period["reason"]})
    tally.stock("LAC04", looked_after, lambda row, _: away(row))
    for period in tally.periods():
        rows = looked_after(period.until)
        inside = sum(away(row) and row["now"]["place"].startswith("W") for row in rows)
        tally.write("LAC04", period, inside, len(rows), ("wales", "inside"))
        tally.write("LAC04", period, sum(map(away, rows)) - inside, len(rows), ("wales", "outside"))
    tally.stock("LAC05", looked_after, lambda row, _: row["now"]["provider"] not in {*COUNCIL, None, "unknown"})
    _write_plans_and_ends(tally, books, care)
    _write_health(tally, books, looked_after)
    _write_schools_and_placements(tally, books, care, looked_after)


def write_placed_here(tally: Tally, books: Books, care: list[Row]) -> None:
    """Write LAC06 from the periods of care of children for whom another authority is responsible."""

    def placed(day: dt.date) -> list[Row]:
        return [row for row in care if is_open(row, day) and in_force(row, day)["place"] == books.authority]

    tally.stock("LAC06", placed)


def _write_plans_and_ends(tally: Tally, books: Books, care: list[Row]) -> None:
    planned = [plan for plan in plans(books) if plan["type"] in ("CASP", "CP", "LAC")]

    def with_plan(day: dt.date) -> list[Row]:
        away = {period["child"] for period in care if is_open(period, day)}
        children = {plan["child"] for plan in planned if is_open(plan, day)}
        return [{"child": child, "is_home": child not in away} for child in children]

    tally.stock("PM25", with_plan, lambda row, _: row["is_home"], groups=books.people.equality())
    for period in tally.periods("year", "year_to_date"):
        first, last = period.start, period.until
        during = [row for row in care if row["start"] <= last and (row["end"] is None or row["end"] >= first)]
        home = {row["child"] for row in during if row["reason"] == "HOME" and row["end"] and row["end"] <= last}
        tally.write("PM26", period, len(home), len({row["child"] for row in during}))


def _write_health(tally: Tally, books: Books, looked_after: Any) -> None:
    events: dict[Any, list[Row]] = defaultdict(list)
    for row in books.own("health"):
        if is_good_day(row, row["day"]):
            events[row["kind"], row["child"]].append(row)
    reached = []
    for period in periods_of_care(books):
        due = add_months(period["start"], 3)
        if books.people.is_own(period["child"]) and due <= books.as_at and is_open(period, due):
            days = [row["day"] for row in events["DENTIST", period["child"]]]
            reached.append((due, any(period["start"] <= day <= due for day in days)))
    tally.flow("PM30", reached, lambda seen, _: seen)

    def registered(day: dt.date) -> list[bool]:
        found = []
        for row in looked_after(day):
            placed = [e for e in row["episodes"] if e["start"] <= day and e["type"] != "TEMP"]
            if not placed:
                found.append(False)
                continue
            number = placed[-1]["placement"]
            start = min(e["start"] for e in placed if e is placed[-1] or (number and e["placement"] == number))
            known = [event for event in events["GP", row["child"]] if event["day"] <= day]
            is_met = any(
                wd(start, event["day"]) <= 10 if event["day"] >= start else number and event["placement"] == number
                for event in known
            )
            if is_met or wd(start, day) >= 10:
                found.append(bool(is_met))
        return found

    tally.stock("PM31", registered, lambda is_met, _: is_met)


def _write_schools_and_placements(tally: Tally, books: Books, care: list[Row], looked_after: Any) -> None:
    moves: dict[Any, list[dt.date]] = defaultdict(list)
    for row in books.own("move"):
        if row["reason"] == "OTHER" and is_good_day(row, row["day"]):
            moves[row["child"]].append(row["day"])
    spells: dict[Any, list[Row]] = defaultdict(list)
    for row in care:
        spells[row["child"]].append(row)
    for period in tally.periods("year"):
        rows = looked_after(period.until)
        pupils = [row["child"] for row in rows if 5 <= (books.people.age(row["child"], period.until) or 0) <= 15]
        moved = [
            any(
                period.start <= day <= period.until and any(is_open(spell, day) for spell in spells[child])
                for day in moves[child]
            )
            for child in pupils
        ]
        tally.write("PM32", period, sum(moved), len(moved))
        many = [
            len(set().union(*(placements(spell, period.start, period.until) for spell in spells[row["child"]]))) >= 3
            for row in rows
        ]
        tally.write("PM33", period, sum(many), len(many))


def placements(spell: Row, first: dt.date, last: dt.date) -> set[Any]:
    """Return the placements of a period of care in force on any day between two, both included.

    An episode is in force until the next one starts or the period of care ends.
    """
    found = set()
    episodes = spell["episodes"]
    for episode, following in zip(episodes, [*episodes[1:], None], strict=True):
        until = min((day for day in (following and following["start"], spell["end"]) if day), default=dt.date.max)
        if episode["type"] != "TEMP" and episode["start"] <= last and until > max(first, episode["start"]):
            found.add(episode["placement"] or episode["id"])
    return found
