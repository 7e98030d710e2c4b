"""What readers hold already: releases that were published and are kept, and what signed reports print."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from csc_warehouse.disclosure.relations import Cell, Key, Rule, span_of
from csc_warehouse.disclosure.system import State
from csc_warehouse.sql_files import statement

STORED = ("marts__indicator_values", "marts__dim_periods", "reporting__rpt_indicator_series")
COMMITTEE = "committee"

_ARE_STORED = text(
    "select count(*) = :wanted from unnest(cast(:names as text[])) as n (name)"
    " where to_regclass('release.' || quote_ident(n.name)) is not null"
)
_HELD = text(statement(__name__, "held"))
# the years in which a release counted otherwise than the candidate does
_CHANGED_YEARS = statement(__name__, "changed_years")
_CELLS = statement(__name__, "cells")
_TOLD = statement(__name__, "told")

Version = tuple[Key, float, float | None]
"""A figure at its values: what two releases have in common."""


@dataclass(frozen=True)
class History:
    """The releases that readers hold of one authority."""

    connection: Connection
    authority_code: str
    rules: Mapping[str, Rule]
    releases: tuple[int, ...]

    def _parameters(self) -> dict[str, object]:
        return {
            "authority": self.authority_code,
            "codes": list(self.rules),
            "releases": list(self.releases),
        }

    def changed(self) -> Iterator[list[Cell]]:
        """Yield, release by release, the figures of the years in which it counted otherwise than the candidate.

        With each such year comes the one before, on whose last day its balances stand.
        """
        if not self.releases:
            return
        years: dict[int, set[datetime.date]] = defaultdict(set)
        for row in self.connection.execute(text(_CHANGED_YEARS), self._parameters()):
            years[int(row.release_id)] |= {row.year_start, row.year_start.replace(year=row.year_start.year - 1)}
        for release_id in self.releases:
            if release_id in years:
                rows = self.connection.execute(
                    text(_CELLS), {**self._parameters(), "release": release_id, "years": sorted(years[release_id])}
                ).mappings()
                yield [
                    Cell(
                        row["indicator_code"], row["breakdown"], row["breakdown_value"], row["period_start_date"],
                        row["effective_end_date"], row["numerator"],
                        self._denominator(row["indicator_code"], row["denominator"]),
                    )
                    for row in rows
                ]  # fmt: skip

    def told(self, profile: str) -> dict[Version, State]:
        """Return what releases showed at most of each figure to a profile, by its key and values."""
        return self._told(profile, is_signed=False)

    def signed(self, profile: str) -> dict[Version, State]:
        """Return what signed reports print of each figure, beside what the profile itself showed."""
        return {} if profile == COMMITTEE else self._told(COMMITTEE, is_signed=True)

    def _told(self, profile: str, *, is_signed: bool) -> dict[Version, State]:
        found: dict[Version, State] = {}
        if not self.releases:
            return found
        rows = self.connection.execute(
            text(_TOLD), {**self._parameters(), "profile": profile, "is_signed": is_signed}
        ).mappings()
        for row in rows:
            rule = self.rules[row["indicator_code"]]
            span = span_of(rule, row["period_start_date"], row["effective_end_date"])
            key: Key = (row["indicator_code"], row["breakdown"], row["breakdown_value"], span)
            version = (key, row["numerator"], self._denominator(row["indicator_code"], row["denominator"]))
            found[version] = min(State(int(row["state"])), found.get(version, State.HIDDEN))
        return found

    def _denominator(self, code: str, denominator: float | None) -> float | None:
        return denominator if self.rules[code].value_type in ("percent", "mean") else None


def held(connection: Connection, authority_code: str, run_id: str, rules: Mapping[str, Rule]) -> History:
    """Return the releases of an authority that readers saw and that are kept; signed ones always are."""
    are_stored = connection.execute(_ARE_STORED, {"names": list(STORED), "wanted": len(STORED)}).scalar()
    releases: Sequence[int] = (
        connection.execute(_HELD, {"authority": authority_code, "run_id": run_id}).scalars().all() if are_stored else ()
    )
    return History(connection, authority_code, rules, tuple(int(release_id) for release_id in releases))
