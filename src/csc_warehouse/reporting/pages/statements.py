"""What the quality report reads: from quality, the ledger, stored reporting, and counts of the worklists. No child."""

from __future__ import annotations

NIGHT = """
select
    publications.release_id, publications.authority_code, publications.as_at_date, publications.verdict,
    publications.reason, pointer.release_id as seen_release_id, seen.as_at_date as seen_date,
    earlier.as_at_date as last_night, replaced.release_id as replaced_release_id, replaced.as_at_date as replaced_date
from quality.publications as publications
left join release.pointer as pointer on pointer.authority_code = publications.authority_code
left join release.release_authorities as seen
    on seen.release_id = pointer.release_id and seen.authority_code = pointer.authority_code
left join lateral (
    select max(before.as_at_date) as as_at_date
    from quality.publications as before
    where before.authority_code = publications.authority_code and before.as_at_date < publications.as_at_date
) as earlier on true
left join lateral (
    select before.release_id, before.as_at_date
    from quality.publications as before
    where
        before.authority_code = publications.authority_code and before.as_at_date < publications.as_at_date
        and before.published_at is not null
    order by before.as_at_date desc, before.release_id desc
    limit 1
) as replaced on true
where publications.release_id = :release_id
order by publications.authority_code
"""

# a check that is judged twice counts as it was judged last; the night before is an earlier day, not an earlier run
FINDINGS = """
with judged as (
    select results.*
    from quality.check_results as results
    inner join (
        select gate, max(recorded_at) as recorded_at
        from quality.check_results
        where
            release_id = :release_id and authority_code = :authority_code and gate in ('exit', 'disclosure')
        group by gate
    ) as latest on latest.gate = results.gate and latest.recorded_at = results.recorded_at
    where results.release_id = :release_id and results.authority_code = :authority_code
)

select
    judged.check_code, judged.sentence, judged.severity, judged.owner, judged.status, judged.checked, judged.failed,
    judged.indicators, judged.failing_subjects, judged.gate, before.status as status_before,
    since.as_at_date as since_date, explained.explained_by, explained.expires_on
from judged
left join quality.explained_checks as explained on explained.check_result_id = judged.check_result_id
left join lateral (
    select earlier.status
    from quality.check_results as earlier
    where
        earlier.authority_code = judged.authority_code and earlier.check_code = judged.check_code
        and earlier.scope = judged.scope and earlier.as_at_date < judged.as_at_date
        and earlier.release_id is not null
    order by earlier.as_at_date desc, earlier.check_result_id desc
    limit 1
) as before on true
left join lateral (
    select min(run.as_at_date) as as_at_date
    from quality.check_results as run
    where
        run.authority_code = judged.authority_code and run.check_code = judged.check_code
        and run.scope = judged.scope and run.first_failed_at = judged.first_failed_at
) as since on true
order by judged.check_code
"""

DOOR_FINDINGS = """
with usable as (
    select
        deliveries.delivery_id, deliveries.business_date,
        row_number() over (
            partition by deliveries.source, deliveries.name order by deliveries.business_date desc
        ) as age,
        max(deliveries.business_date) filter (where deliveries.kind = 'full') over (
            partition by deliveries.source, deliveries.name
        ) as last_full_date
    from landing.deliveries as deliveries
    where
        deliveries.authority_code = :authority_code and deliveries.status = 'accepted'
        and deliveries.business_date <= :as_at_date
        and deliveries.source in ('corporate', (
            select newest_case.source from landing.deliveries as newest_case
            where
                newest_case.authority_code = :authority_code and newest_case.status = 'accepted'
                and newest_case.source <> 'corporate' and newest_case.business_date <= :as_at_date
            order by newest_case.business_date desc, newest_case.delivery_id desc
            limit 1
        ))
),

-- the newest of each source; where it brings changes alone, the last full extract and all since
newest as (
    select delivery_id, business_date from usable where age = 1 or business_date >= last_full_date
)

select distinct on (results.check_code)
    results.check_code, results.sentence, results.severity, results.owner, results.status, results.checked,
    results.failed, results.indicators, results.gate, results.change, newest.business_date,
    (
        select min(run.as_at_date)
        from quality.check_results as run
        where
            run.authority_code = results.authority_code and run.check_code = results.check_code
            and run.scope = results.scope and run.first_failed_at = results.first_failed_at
    ) as since_date
from newest
inner join quality.check_results as results on results.delivery_id = newest.delivery_id and results.gate = 'door'
where
    results.severity <> 'info' and (results.status <> 'passed' or results.change = 'mended')
order by results.check_code, (results.status = 'passed'), newest.business_date desc
"""

# the newest ended quarter, or year where there are no quarters; as the council's committee sees it
FIGURES = """
select distinct on (figures.indicator_code)
    figures.indicator_code,
    figures.period_label,
    figures.display,
    figures.denominator,
    bounds.sentence as bounds
from release.reporting__rpt_scorecard as figures
left join quality.indicator_bounds as bounds
    on
        bounds.release_id = figures.release_id and bounds.authority_code = figures.authority_code
        and bounds.indicator_code = figures.indicator_code and bounds.period_label = figures.period_label
        and bounds.period_type = figures.period_type
where
    figures.release_id = :release_id and figures.authority_code = :authority_code and figures.profile = :profile
    and figures.breakdown = 'all' and figures.period_end_date <= :as_at_date
    and figures.period_type in ('quarter', 'half_year', 'year')
order by
    figures.indicator_code,
    case figures.period_type when 'quarter' then 0 when 'half_year' then 1 else 2 end,
    figures.period_end_date desc
"""

GRADES = """
select grades.indicator_code, grades.grade, grades.caveat
from quality.indicator_grades as grades
where grades.release_id = :release_id and grades.authority_code = :authority_code
order by grades.indicator_code
"""

EXPLAINED = """
    exists (
        select from quality.explanations as explained
        where
            explained.authority_code = records.authority_code and explained.check_code = records.check_code
            and (explained.record_key is null or explained.record_key = records.record_key)
            and explained.withdrawn_at is null
            and explained.as_at_date <= :as_at_date and explained.expires_on > :as_at_date
    )
"""
"""Condition on a failing record: a named person explained it, and that still holds."""

WORK = f"""
select
    records.team_name,
    count(*) filter (where records.mended_date is null and not ({EXPLAINED})) as open_count,
    count(*) filter (
        where records.mended_date is null and records.first_seen_date = :as_at_date and not ({EXPLAINED})
    ) as new_count,
    count(*) filter (where records.mended_date = :as_at_date) as mended_count,
    count(*) filter (
        where records.mended_date is null and records.check_code = any(:urgent) and not ({EXPLAINED})
    ) as urgent_count,
    min(records.first_seen_date) filter (where records.mended_date is null and not ({EXPLAINED})) as oldest,
    count(distinct records.worker_name) filter (where records.mended_date is null) as workers
from restricted.failing_records as records
where records.authority_code = :authority_code
group by records.team_name
order by open_count desc, records.team_name
"""

HIDING = """
select
    outcomes.profile, outcomes.figures_hidden, outcomes.figures_hidden_for_others, outcomes.small_numbers,
    outcomes.pinned_numbers
from staging.disclosure_outcomes as outcomes
inner join release.releases as releases on releases.run_id = outcomes.run_id
where releases.release_id = :release_id and outcomes.authority_code = :authority_code
order by outcomes.profile
"""

DELIVERIES = """
select distinct on (deliveries.source)
    deliveries.source, deliveries.business_date, deliveries.rows_in_files, deliveries.rows_quarantined
from landing.deliveries as deliveries
where
    deliveries.authority_code = :authority_code and deliveries.status = 'accepted'
    and deliveries.business_date <= :as_at_date
    and (
        deliveries.source = 'corporate'
        or deliveries.business_date > (
            select max(newest.business_date) from landing.deliveries as newest
            where
                newest.authority_code = :authority_code and newest.status = 'accepted'
                and newest.source <> 'corporate' and newest.business_date <= :as_at_date
        ) - cast(:forgotten_days as integer)
    )
order by deliveries.source, deliveries.business_date desc, deliveries.delivery_id desc
"""

REFUSED = """
select deliveries.source, deliveries.business_date, deliveries.reason
from landing.deliveries as deliveries
left join landing.open_refusals as refusals on refusals.delivery_id = deliveries.delivery_id
where
    deliveries.authority_code = :authority_code
    and (refusals.delivery_id is not null or deliveries.status = 'withdrawn')
    and deliveries.business_date > cast(:as_at_date as date) - 31
order by deliveries.business_date desc, deliveries.delivery_id desc
limit 5
"""

TREND = """
with nights as (
    select distinct on (publications.as_at_date)
        publications.as_at_date, publications.release_id, publications.verdict
    from quality.publications as publications
    where publications.authority_code = :authority_code and publications.as_at_date <= :as_at_date
    order by publications.as_at_date desc, publications.release_id desc
    limit 30
),

judged as (
    select distinct on (nights.as_at_date, results.check_code)
        nights.as_at_date, results.check_code, results.severity, results.status, results.failed,
        -- what somebody explained is no correction to make and weighs nothing, here as on the worklists
        results.severity <> 'critical' and results.status <> 'broken' and exists (
            select from quality.explanations as explained
            where
                explained.authority_code = results.authority_code and explained.check_code = results.check_code
                and explained.record_key is null and explained.withdrawn_at is null
                and explained.as_at_date <= nights.as_at_date and explained.expires_on > nights.as_at_date
        ) as is_explained
    from nights
    inner join quality.check_results as results
        on results.release_id = nights.release_id and results.authority_code = :authority_code
    order by nights.as_at_date, results.check_code, results.check_result_id desc
)

select
    nights.as_at_date,
    nights.verdict,
    count(*) filter (where judged.severity = 'critical' and judged.status <> 'passed') as critical,
    count(*) filter (
        where judged.severity = 'warning' and judged.status <> 'passed' and not judged.is_explained
    ) as warnings,
    coalesce(
        sum(judged.failed) filter (where judged.check_code = any(:rules) and not judged.is_explained), 0
    ) as records
from nights
left join judged on judged.as_at_date = nights.as_at_date
group by nights.as_at_date, nights.verdict
order by nights.as_at_date
"""
