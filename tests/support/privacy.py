"""Search what people without a need to know may read for the children that deliveries name."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Connection, text

_NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<![0-9a-f.])[0-9]{7}(?![0-9a-f])")
_WORDS = re.compile(r"(?:[^\W\d_]|['-])+")
_DAYS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}/[0-9]{2}/[0-9]{4}")
SHORTEST_NAME = 5
"""Shorter surnames are words of every page."""
KINDS = {".html", ".log", ".txt", ".jsonl", ".csv"}


@dataclass(frozen=True)
class Children:
    """What tells a child by itself, in lower case."""

    numbers: frozenset[str]
    names: frozenset[str]
    """Surnames, and forename and surname in both orders."""
    births: frozenset[str]
    """Without the days of deliveries, which are told everywhere."""

    def named_in(self, content: str) -> list[str]:
        """Return what a text says of a child: numbers, names and dates of birth."""
        content = content.lower()
        words = _WORDS.findall(content)
        spoken = {*words, *map(" ".join, pairwise(words))}
        found = set(_NUMBERS.findall(content)) & self.numbers
        found |= {name for name in spoken & self.names if len(name) >= SHORTEST_NAME}
        found |= set(_DAYS.findall(content)) & self.births
        return sorted(found)


def children(connection: Connection) -> Children:
    """Return the children of everything that has landed from both case systems."""
    clients = connection.execute(
        text("select btrim(client_no), btrim(dob), btrim(surname), btrim(forenames) from landing.raise_client")
    ).all()
    people = connection.execute(
        text("select personid, personnumber, dateofbirth, lastname, firstname from landing.wccis_person")
    ).all()
    numbers = {str(value).strip().lower() for row in people for value in row[:2] if value}
    numbers |= {row[0].zfill(7) for row in clients if row[0]}
    pairs = {(str(row[2]).lower(), str(row[3]).lower()) for row in clients if row[2] and row[3]}
    pairs |= {(str(row[3]).lower(), str(row[4]).lower()) for row in people if row[3] and row[4]}
    names = {surname for surname, _ in pairs}
    names |= {f"{first} {last}" for last, first in pairs} | {f"{last} {first}" for last, first in pairs}
    births = {str(row[1]) for row in clients if row[1]} | {str(row[2])[:10] for row in people if row[2]}
    statement = text("select distinct business_date from landing.deliveries")
    days: Sequence[datetime.date] = connection.execute(statement).scalars().all()
    births -= {written for day in days for written in (f"{day:%Y-%m-%d}", f"{day:%d/%m/%Y}")}
    return Children(frozenset(numbers), frozenset(names), frozenset(births))


def readable_files(home: Path) -> list[Path]:
    """Return what is written below a home for engineers and performance leads: pages, logs, the journal, dbt's results.

    What dbt keeps of the project itself is left out: it holds the made-up rows of the models' unit tests. The server's
    own log is read where this account may.
    """
    found = [
        path
        for folder in ("reports", "logs", "dbt", "archive")
        for path in (home / folder).rglob("*")
        if path.is_file()
    ]
    kept = [
        path
        for path in found
        if (path.suffix in KINDS and "objects" not in path.parts and "refused" not in path.parts)
        or path.name == "run_results.json"
    ]
    return [*kept, *(home / "postgres").glob("log")]
