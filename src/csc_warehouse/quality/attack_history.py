"""What an attacker holds: the candidate as it would be published, and every kept release that readers saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from csc_warehouse.quality.attack_equations import Published

_COLUMNS = """
    s.indicator_code, s.period_type, s.period_label, s.breakdown, s.breakdown_value,
    v.period_start_date, p.effective_end_date,
    v.numerator::double precision as numerator, v.denominator::double precision as denominator,
    s.numerator::double precision as shown_numerator, s.denominator::double precision as shown_denominator,
    s.value::double precision as shown_value
"""
_CANDIDATE = f"""
select {_COLUMNS}
from reporting_candidate.rpt_indicator_series as s
inner join marts_candidate.indicator_values as v
    using (authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value)
inner join marts_candidate.dim_periods as p using (authority_code, period_type, period_label)
inner join marts_candidate.indicators as r on r.code = s.indicator_code and r.is_about_children
where s.authority_code = :authority and s.profile = :profile
"""
_ARE_STORED = """
select
    to_regclass('release.marts__indicator_values') is not null
    and to_regclass('release.marts__dim_periods') is not null
    and to_regclass('release.reporting__rpt_indicator_series') is not null
"""
_HELD = """
select distinct q.release_id
from quality.publications as q
inner join release.releases as r using (release_id)
where
    q.authority_code = :authority and q.published_at is not null and r.state not in ('expired', 'abandoned')
    and r.run_id not in (select c.run_id from staging.run_context as c)
order by q.release_id
"""
# of years in which a release counted nothing else than the candidate only what it showed besides is of interest
_EARLIER = f"""
with earlier as (
    select s.release_id, p.financial_year_start_date as year_start, {_COLUMNS}
    from {{shown}} as s
    inner join release.marts__indicator_values as v
        using (release_id, authority_code, indicator_code, period_type, period_label, breakdown, breakdown_value)
    inner join release.marts__dim_periods as p using (release_id, authority_code, period_type, period_label)
    where
        s.authority_code = :authority and s.profile = :profile and s.release_id = any(:releases)
        and s.indicator_code = any(:codes)
),

candidate as (
    select q.financial_year_start_date as year_start, q.effective_end_date, c.*
    from marts_candidate.indicator_values as c
    inner join marts_candidate.dim_periods as q using (authority_code, period_type, period_label)
    where c.authority_code = :authority and c.indicator_code = any(:codes)
),

compared as (
    select
        earlier.*,
        candidate.authority_code is not null as is_as_now
    from earlier
    left join candidate
        on
            candidate.indicator_code = earlier.indicator_code and candidate.period_type = earlier.period_type
            and candidate.period_label = earlier.period_label and candidate.breakdown = earlier.breakdown
            and candidate.breakdown_value = earlier.breakdown_value
            and candidate.effective_end_date = earlier.effective_end_date
            and candidate.numerator = earlier.numerator
            and candidate.denominator is not distinct from earlier.denominator
),

counts as (
    select year_start, count(*) as rows_now from candidate group by year_start
),

years as (
    select compared.release_id, compared.year_start
    from compared
    left join counts using (year_start)
    group by compared.release_id, compared.year_start, counts.rows_now
    having
        count(*) filter (where compared.is_as_now) is distinct from counts.rows_now
        or not bool_and(compared.is_as_now)
)

select compared.*, true as is_changed_year
from compared
where
    exists (
        select from years
        where
            years.release_id = compared.release_id
            and years.year_start in (compared.year_start, (compared.year_start + interval '1 year')::date)
    )
union all
-- of all that was shown of a figure at the same numbers, once what tells most
(
    select distinct on (
        compared.indicator_code, compared.period_type, compared.period_label, compared.breakdown,
        compared.breakdown_value, compared.effective_end_date, compared.numerator, compared.denominator
    ) compared.*, false as is_changed_year
    from compared
    where compared.shown_numerator is not null or compared.shown_value is not null
    order by
        compared.indicator_code, compared.period_type, compared.period_label, compared.breakdown,
        compared.breakdown_value, compared.effective_end_date, compared.numerator, compared.denominator,
        compared.shown_numerator is null
)
order by release_id
"""


def candidate_rows(connection: Connection, authority_code: str, profile: str) -> list[Published]:
    """Read what would be published to one profile, beside what was counted, from the candidate."""
    rows = connection.execute(text(_CANDIDATE), {"authority": authority_code, "profile": profile}).mappings()
    return [_published(row) for row in rows]


def earlier_rows(
    connection: Connection, authority_code: str, profile: str, codes: Iterable[str]
) -> tuple[list[list[Published]], list[Published]]:
    """Read what readers hold: releases, as far as their years count otherwise than the candidate; and shown rows alone.

    What signed reports print of the committee's figures is among the rows that attackers of other profiles hold.
    """
    if not connection.execute(text(_ARE_STORED)).scalar():
        return [], []
    releases: Sequence[int] = connection.execute(text(_HELD), {"authority": authority_code}).scalars().all()
    changed: dict[int, list[Published]] = {}
    shown: dict[tuple[Any, ...], Published] = {}
    sources = [("release.reporting__rpt_indicator_series", profile)]
    if profile != "committee":
        sources.append(("quality.signed_figures", "committee"))
    for source, name in sources if releases else ():
        parameters = {"authority": authority_code, "profile": name, "releases": list(releases), "codes": list(codes)}
        for row in connection.execute(text(_EARLIER.format(shown=source)), parameters).mappings():
            if row["is_changed_year"]:
                if source == sources[0][0]:
                    changed.setdefault(int(row["release_id"]), []).append(_published(row))
            else:
                found = replace(_published(row), is_exact=source != sources[0][0])
                key = (
                    found.indicator_code, found.period_type, found.period_label, found.breakdown,
                    found.breakdown_value, found.end, found.numerator, found.denominator,
                )  # fmt: skip
                is_more = found.is_exact and found.shown_numerator is not None
                if key not in shown or shown[key].shown_numerator is None or is_more:
                    shown[key] = found
    return list(changed.values()), list(shown.values())


def _published(row: RowMapping) -> Published:
    return Published(
        indicator_code=row["indicator_code"],
        period_type=row["period_type"],
        period_label=row["period_label"],
        breakdown=row["breakdown"],
        breakdown_value=row["breakdown_value"],
        start=row["period_start_date"],
        end=row["effective_end_date"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        shown_numerator=row["shown_numerator"],
        shown_denominator=row["shown_denominator"],
        shown_value=row["shown_value"],
    )
