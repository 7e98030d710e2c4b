"""Write a made-up council's exports: what each system says of its facts, night by night, and some of it broken."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from tests.golden.second_opinion.calendar import london_to_utc
from tests.golden.second_opinion.formats import ENTITIES, LISTS, Entity
from tests.golden.second_opinion.made_up import CUT_OVER, FAR, LONG, SHORT, Fact, Maker
from tests.support.deliveries import write_raise, write_wccis

NIGHTS = [dt.date(2017, 12, 31), dt.date(2018, 3, 31), dt.date(2018, 5, 18), dt.date(2018, 5, 20)]
EXTRACTS = [
    (dt.date(2018, 5, 21), "full"),
    (dt.date(2018, 5, 23), "delta"),
    (dt.date(2018, 5, 27), "full"),
    (dt.date(2018, 6, 1), "delta"),
    (dt.date(2018, 6, 30), "delta"),
    (dt.date(2018, 7, 8), "full"),
    (SHORT, "delta"),
]
LATER_EXTRACTS = [
    (dt.date(2019, 3, 31), "full"),
    (dt.date(2020, 3, 31), "delta"),
    (dt.date(2020, 10, 25), "full"),
    (dt.date(2021, 3, 31), "full"),
    (LONG, "delta"),
]


def _day_text(value: dt.date, is_old: bool) -> str:
    """Write a day or a local time as a system has it."""
    if isinstance(value, dt.datetime):
        return f"{value:%d/%m/%Y %H:%M}" if is_old else f"{london_to_utc(value):%Y-%m-%dT%H:%M:%SZ}"
    return f"{value:%d/%m/%Y}" if is_old else value.isoformat()


def _text(value: Any, kind: str, system: str) -> str:
    """Write one canonical value as a system has it."""
    is_old = system == "raise"
    if isinstance(value, dict):
        return (value["number"] or "9999999").zfill(7) if is_old else str(value["guid"] or value["lost"]).upper()
    if isinstance(value, tuple):
        name, number = value
        return str(number).zfill(7) if is_old else f"{name}-{number}".upper()
    if isinstance(value, dt.date):
        return _day_text(value, is_old)
    if value and kind in LISTS and not is_old:
        words = LISTS[kind].split()
        return dict(zip(words[1::2], words[::2], strict=True)).get(value, "77")
    return str(value or "")


def _as_of(fact: Fact, day: dt.date) -> Fact:
    """Return what a system says of a fact at the end of a day: nearly always only what has happened."""
    if fact["ahead"]:
        return fact
    ends = ("decided", "authorised", "end", "returned", "interviewed", "held", "ended", "conference")
    shown = dict(fact)
    for name in ends:
        value = shown.get(name)
        ended = value.date() if isinstance(value, dt.datetime) else value
        if ended is not None and day < ended < FAR:
            shown[name] = None
    if "reason" in shown and "end" in shown and shown["end"] is None:
        shown["reason"] = ""
    return shown


def _row(maker: Maker, entity: Entity, fact: Fact, system: str, day: dt.date) -> dict[str, str]:
    shown = _as_of(fact, day)
    row = {}
    for name, kind, column in entity.columns[system]:
        if name in shown and name not in ("number", "again"):
            value = shown[name]
            is_migrated = system == "wccis" and fact["number"] and isinstance(value, dt.datetime)
            if is_migrated and day.toordinal() % 7:
                value = dt.datetime.combine(value.date(), dt.time())
            row[column] = _text(value, kind, system)
    key = entity.columns[system][0][2]
    row[key] = fact["number"].zfill(7) if system == "raise" else fact["guid"]
    if system == "wccis":
        row["legacyid"] = _legacy_number(fact, day)
        row["inactive"] = "1" if (fact["off"] and fact["off"] <= day) or fact.get("status") == "VOID" else "0"
        row["createdon"] = f"{max(fact['since'], CUT_OVER)}T08:00:00Z"
        maker.counter += 1
        clock = dt.time(9 + maker.counter // 3600 % 12, maker.counter // 60 % 60, maker.counter % 60)
        row["modifiedon"] = f"{day}T{clock}Z"
    return row


def _legacy_number(fact: Fact, day: dt.date) -> str:
    """Return the number that a row carries on a day: its own, until it loses it or another takes its place."""
    if not fact["number"]:
        return ""
    if fact["unlinked"] and fact["unlinked"] <= day:
        return fact["relinked"] or ""
    return str(fact["number"])


def _break_some(maker: Maker, entity: Entity, system: str, rows: list[dict[str, str]]) -> None:
    """Make about one row in a hundred unreadable, and repeat one in two hundred."""
    days = [column for _, kind, column in entity.columns[system] if kind in ("day", "time")]
    key = entity.columns[system][0][2]
    for row in list(rows):
        if maker.chance(0.01):
            row[maker.draw.choice(days)] = "31/02/2018" if system == "raise" else "2018-02-31"
        elif maker.chance(0.003):
            row[key] = ""
        elif maker.chance(0.005):
            rows.append(dict(row))


def write_exports(exports: Path, seed: int, children: int = 60) -> Path:
    """Write the exports of one seed: four nights of RAISe, seven extracts of WCCIS or more."""
    maker = Maker(seed, children)
    for facts in maker.facts.values():
        for fact in facts:
            fact["ahead"] = maker.chance(0.05)
    for day in NIGHTS:
        tables = {}
        for entity in ENTITIES:
            if entity.tables["raise"] != "-":
                rows = [
                    _row(maker, entity, fact, "raise", day)
                    for fact in maker.facts[entity.name]
                    if fact["number"] and (fact["since"] <= day or fact["ahead"]) and not _is_gone(fact, day)
                ]
                _break_some(maker, entity, "raise", rows)
                tables[entity.tables["raise"]] = rows
        write_raise(exports, day, tables)
    before: dict[str, dict[str, str]] = {}
    for day, kind in [*EXTRACTS, *(LATER_EXTRACTS if maker.last == LONG else ())]:
        tables = {}
        for entity in ENTITIES:
            rows = []
            for fact in maker.facts[entity.name]:
                if fact["guid"] and (fact["since"] <= day or fact["number"]) and not _is_gone(fact, day):
                    row = _row(maker, entity, fact, "wccis", day)
                    same = {name: text for name, text in row.items() if name != "modifiedon"}
                    identity = f"{entity.name} {fact['guid']} {fact.get('version')}"
                    if kind == "full" or before.get(identity) != same:
                        rows.append(row)
                    before[identity] = same
                    if fact["again"] and day > CUT_OVER:
                        twin = {"modifiedon": f"{day}T{maker.draw.choice(('07', '22'))}:00:00Z"}
                        rows.append(row | twin | {entity.columns["wccis"][0][2]: fact["again"]})
            if day > CUT_OVER or entity.name != "person":
                _break_some(maker, entity, "wccis", rows)
            tables[entity.tables["wccis"]] = rows
        write_wccis(exports, day, tables, extract_type=kind)
    return exports


def _is_gone(fact: Fact, day: dt.date) -> bool:
    return fact["gone"] is not None and fact["gone"] <= day
