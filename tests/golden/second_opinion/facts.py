"""Each fact once, whichever system holds it (deliveries.md sections 4 and 7), with what had happened by the day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.golden.second_opinion.calendar import FIRST, LAST, to_london
from tests.golden.second_opinion.deliveries import Raise, Row, State, wccis_state
from tests.golden.second_opinion.formats import ENTITIES
from tests.golden.second_opinion.identity import NEW, OLD, People, family_key, find_people, paired_keys
from tests.golden.second_opinion.successor import chronicle, lay_over, successor_first_day

HOME = "W06000006"
MIGRATED_TIMES = {"contact": ("received", "decided"), "missing": ("start", "returned", "interviewed")}
EARLIEST = dt.date(1, 1, 1)


def local_day(time: dt.datetime | None) -> dt.date | None:
    """Return the London day of a naive UTC time."""
    return to_london(time).date() if time else None


@dataclass
class Books:
    """All that an authority's indicators are worked out from, as at one day."""

    authority: str
    as_at: dt.date
    people: People
    facts: dict[str, list[Row]] = field(default_factory=dict)

    def own(self, entity: str) -> list[Row]:
        """Return the facts of children for whom the authority is responsible."""
        return [row for row in self.facts[entity] if self.people.is_own(row["child"])]


def happened(row: Row, value: Any) -> Any:
    """Return a day or time if it had happened by the latest delivery of the row's source, else None."""
    if value is None:
        return None
    day = local_day(value) if isinstance(value, dt.datetime) else value
    return value if day <= row["fresh"] else None


def is_good_day(row: Row, value: Any) -> bool:
    """Say whether an event is there, inside the calendar and not after the latest delivery of its source."""
    day = local_day(value) if isinstance(value, dt.datetime) else value
    return day is not None and FIRST <= day <= LAST and day <= row["fresh"]


def has_begun(row: Row, value: Any) -> bool:
    """Say whether a record may count by other days than its first: void of one, or with one that is not still to come.

    A first day outside the calendar spoils only what needs it; one after the latest delivery spoils the whole record.
    """
    day = local_day(value) if isinstance(value, dt.datetime) else value
    return day is None or not FIRST <= day <= LAST or day <= row["fresh"]


def open_books(exports: Path, authority: str, day: dt.date, cut_over: dt.date | None) -> Books | None:
    """Read one authority's state as at a day, None when nothing had been delivered."""
    told = chronicle(exports, authority, day)
    handed_over = successor_first_day(exports, authority)
    # what WCCIS says once the system after it is live, no fact uses
    until_wccis = day if told.day is None or handed_over is None else handed_over - dt.timedelta(days=1)
    new = wccis_state(exports, authority, cut_over, min(day, until_wccis))
    nights = Raise(exports, cut_over or new.first_day)
    old = nights.state(day) if authority == HOME else State()
    new = lay_over(new, old, told)
    as_at = new.day or old.day
    if as_at is None:
        return None
    until = old.day or EARLIEST
    people = find_people(authority, old, new, cut_over=cut_over or new.first_day, old_until=until, until=as_at)
    books = Books(authority, as_at, people)
    for entity in ENTITIES:
        if entity.name not in ("person", "mergedrecord"):
            books.facts[entity.name] = list(_facts(books, entity.name, old, new))
    _join_keys(books, old, new)
    return books


def _facts(books: Books, entity: str, old: State, new: State) -> list[Row]:
    found = []
    gone = new.superseded[entity]
    for key, row in old.rows[entity].items():
        if key not in gone:
            found.append(dict(row, system=OLD, fresh=old.day, id=(OLD, key), void=row.get("status") == "VOID"))
    latest: dict[Any, Row] = {}
    for key, row in new.rows[entity].items():
        legacy = row["known_legacy"]
        identity: tuple[Any, ...] = (OLD, legacy) if legacy else (NEW, key)
        if "version" in row:
            identity = (*identity, row["version"])
        rank = (row["inactive"] != "1", str(row["modified"]), str(key))
        if identity not in latest or rank > latest[identity]["rank"]:
            latest[identity] = dict(
                row,
                system=NEW,
                fresh=row.get("fresh", books.as_at),
                id=identity,
                rank=rank,
                void=row["inactive"] == "1",
            )
    found += latest.values()
    for row in found:
        row["child"] = books.people.child(row["system"], row["child"], (entity, row["id"]))
        if "family" in row:
            row["family"] = family_key(books.people.families, row["system"], row["family"])
        if row["system"] == NEW and row["known_legacy"] and entity in MIGRATED_TIMES:
            _repair_times(row, old.rows[entity].get(row["known_legacy"], {}), MIGRATED_TIMES[entity])
    return [row for row in found if not row["void"]]


def _repair_times(row: Row, before: Row, columns: tuple[str, ...]) -> None:
    for column in columns:
        time, kept = row[column], before.get(column)
        if time and kept and to_london(time).time() == dt.time() and local_day(time) == local_day(kept):
            row[column] = kept


def _join_keys(books: Books, old: State, new: State) -> None:
    """Give keys that point at other facts one form, whichever system wrote them."""
    cares = paired_keys(old, new, "episode", "care") | paired_keys(old, new, "health", "care")
    placements = paired_keys(old, new, "health", "placement") | paired_keys(old, new, "episode", "placement")
    for entity in ("episode", "health"):
        for row in books.facts[entity]:
            row["care"] = family_key(cares, row["system"], row["care"])
            row["placement"] = family_key(placements, row["system"], row["placement"])
    plans = {key: row["known_legacy"] for key, row in new.ever["plan"].items() if row["known_legacy"]}
    for row in books.facts["review"]:
        row["plan"] = family_key(plans, row["system"], row["plan"])
    carried = {key[0]: row["known_legacy"] for key, row in new.ever["assessment"].items() if row["known_legacy"]}
    for row in books.facts["assessment"]:
        guid_or_number = row["key"]
        row["assessment"] = family_key(carried, row["system"], guid_or_number)
