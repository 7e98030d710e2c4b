"""Readers that ask throughout a soak, each on one connection that it keeps, and say what was wrong with an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import psycopg

EVERYTHING = """
select
    (select array_agg(distinct v.release_id) from marts.indicator_values as v),
    (select array_agg(distinct s.release_id) from reporting.rpt_scorecard as s),
    (select array_agg(distinct c.release_id) from marts.fct_contacts as c),
    (select array_agg(distinct i.release_id) from marts.indicators as i),
    (select count(*) from marts.indicator_values),
    (select count(*) from marts.fct_contacts)
"""
"""One statement over figures, scorecard, records and register; its first four answers are the releases of each."""
RELATIONS = 4
PAUSE_SECONDS = 0.5
Answer = tuple[Any, ...]


def fault(first: Answer, second: Answer, isolation: psycopg.IsolationLevel) -> str | None:
    """Return what is wrong with two answers to one question within a transaction; None where nothing is.

    first, second: the distinct releases of each relation, then counts of rows. Within one answer all relations show one
    release, and none is empty; at REPEATABLE READ the second answer is the first.
    """
    for answer in (first, second):
        releases = answer[:RELATIONS]
        if not answer or not all(answer):
            return "empty"
        if any(found != releases[0] or len(found) != 1 for found in releases):
            return "mixed"
    if isolation == psycopg.IsolationLevel.REPEATABLE_READ and first != second:
        return "changed within a snapshot"
    return None


class Reader(threading.Thread):
    """Asks the same question twice in a transaction, again and again, until it is told to stop."""

    def __init__(
        self, address: str, isolation: psycopg.IsolationLevel, before: Mapping[str, Any] | None = None
    ) -> None:
        """Keep where to ask, in libpq's form, and at which level of isolation.

        before: the summary of this reader in a run that was interrupted, which this one goes on with.
        """
        super().__init__(daemon=True, name=isolation.name)
        self.address = address
        self.isolation = isolation
        self.stopping = threading.Event()
        before = before or {"answers": 0, "seen": [], "faults": {}}
        self.answers = int(before["answers"])
        self.releases: set[int] = set(before["seen"])
        self.faults: list[str] = [what for what, count in before["faults"].items() for _ in range(count)]

    def run(self) -> None:
        """Ask until told to stop; an error of the database is kept and ends this reader."""
        try:
            with psycopg.connect(self.address, application_name="soak reader") as connection:
                connection.isolation_level = self.isolation
                while not self.stopping.is_set():
                    with connection.transaction():
                        first = connection.execute(EVERYTHING).fetchone() or ()
                        time.sleep(PAUSE_SECONDS)
                        second = connection.execute(EVERYTHING).fetchone() or ()
                    self._judge(first, second)
        except psycopg.Error as error:
            self.faults.append(f"error: {str(error).strip().splitlines()[0]}")

    def _judge(self, first: Answer, second: Answer) -> None:
        self.answers += 2
        found = fault(first, second, self.isolation)
        if found is None:
            self.releases.add(int(second[0][0]))
        else:
            self.faults.append(found)

    def summary(self) -> dict[str, Any]:
        """Return how many answers there were, of how many releases, and each fault with how often it came."""
        counted = {what: self.faults.count(what) for what in dict.fromkeys(self.faults)}
        return {
            "isolation": self.name,
            "answers": self.answers,
            "releases": len(self.releases),
            "seen": sorted(self.releases),
            "faults": counted,
        }
