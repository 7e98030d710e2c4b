"""What readers hold already: releases that were published and are kept, and what signed reports print."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from csc_warehouse.disclosure.relations import Cell, Key, Rule, span_of
from csc_warehouse.disclosure.system import State

STORED = ("marts__indicator_values", "marts__dim_periods", "reporting__rpt_indicator_series")
COMMITTEE = "committee"

_ARE_STORED = text(
    "select count(*) = :wanted from unnest(cast(:names as text[])) as n (name)"
    " where to_regclass('release.' || quote_ident(n.name)) is not null"
)
_HELD = text(
    """
    select distinct p.release_id
    from quality.publications as p
    inner join release.releases as r on p.release_id = r.release_id
    where
        p.authority_code = :authority and p.published_at is not null and r.state in ('stored', 'published', 'held')
        and r.run_id <> :run_id
    order by p.release_id
    """
)
# the years in which a release counted otherwise than the candidate does
_CHANGED_YEARS = """
select distinct v.release_id, p.financial_year_start_date as year_start
from release.marts__indicator_values as v
inner join release.marts__dim_periods as p using (release_id, authority_code, period_type, period_label)
left join (
    marts_candidate.indicator_values as c
    inner join marts_candidate.dim_periods as q using (authority_code, period_type, period_label)
) on
    c.authority_code = v.authority_code and c.indicator_code = v.indicator_code
    and c.period_type = v.period_type and c.period_label = v.period_label
    and c.breakdown = v.breakdown and c.breakdown_value = v.breakdown_value
    and q.effective_end_date = p.effective_end_date
    and c.numerator = v.numerator and c.denominator is not distinct from v.denominator
where
    v.authority_code = :authority and v.release_id = any(:releases) and v.indicator_code = any(:codes)
    and c.authority_code is null
union
select h.release_id, q.financial_year_start_date
from unnest(cast(:releases as bigint[])) as h (release_id)
cross join marts_candidate.indicator_values as c
inner join marts_candidate.dim_periods as q using (authority_code, period_type, period_label)
left join release.marts__indicator_values as v
    on
        v.release_id = h.release_id and v.authority_code = c.authority_code
        and v.indicator_code = c.indicator_code and v.period_type = c.period_type
        and v.period_label = c.period_label and v.breakdown = c.breakdown and v.breakdown_value = c.breakdown_value
where c.authority_code = :authority and c.indicator_code = any(:codes) and v.authority_code is null
"""
_CELLS = """
select
    v.indicator_code, v.breakdown, v.breakdown_value, v.period_start_date, p.effective_end_date,
    v.numerator::double precision as numerator, v.denominator::double precision as denominator
from release.marts__indicator_values as v
inner join release.marts__dim_periods as p using (release_id, authority_code, period_type, period_label)
where
    v.authority_code = :authority and v.release_id = :release and v.indicator_code = any(:codes)
    and p.financial_year_start_date = any(:years)
order by v.indicator_code, v.breakdown, v.breakdown_value, v.period_start_date
"""
_TOLD = """
select
    v.indicator_code, v.breakdown, v.breakdown_value, v.period_start_date, p.effective_end_date,
    v.numerator::double precision as numerator, v.denominator::double precision as denominator,
    min(case when s.status = 'suppressed' then 2 when s.numerator is null then 1 else 0 end) as state
from release.marts__indicator_values as v
inner join release.marts__dim_periods as p using (release_id, authority_code, period_type, period_label)
inner join {shown} as s
    using (release_id, authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value)
where
    v.authority_code = :authority and v.release_id = any(:releases) and v.indicator_code = any(:codes)
    and s.profile = :profile
group by
    v.indicator_code, v.breakdown, v.breakdown_value, v.period_start_date, p.effective_end_date, v.numerator,
    v.denominator
"""

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
                cells = [
                    Cell(
                        row["indicator_code"], row["breakdown"], row["breakdown_value"], row["period_start_date"],
                        row["effective_end_date"], row["numerator"],
                        self._denominator(row["indicator_code"], row["denominator"]),
                    )
                    for row in rows
                ]  # fmt: skip
                yield cells

    def told(self, profile: str) -> dict[Version, State]:
        """Return what releases showed at most of each figure to a profile, by its key and values."""
        return self._told("release.reporting__rpt_indicator_series", profile)

    def signed(self, profile: str) -> dict[Version, State]:
        """Return what signed reports print of each figure, beside what the profile itself showed."""
        return {} if profile == COMMITTEE else self._told("quality.signed_figures", COMMITTEE)

    def _told(self, relation: str, profile: str) -> dict[Version, State]:
        found: dict[Version, State] = {}
        if not self.releases:
            return found
        rows = self.connection.execute(
            text(_TOLD.format(shown=relation)), {**self._parameters(), "profile": profile}
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
