-- How old, how whole and how trusted is what the figures were made from?
with context as (
    select * from staging.run_context
),

changing as (
    select distinct
        deltas.source,
        deltas.authority_code
    from landing.deliveries as deltas
    inner join context
        on deltas.authority_code = context.authority_code and deltas.business_date <= context.as_at_date
    where deltas.kind = 'delta' and deltas.status = 'accepted'
),

accepted as (
    select
        deliveries.*,
        context.as_at_date,
        context.live_source,
        changing.source is not null as is_told_in_changes,
        row_number() over (
            partition by deliveries.source, deliveries.authority_code, deliveries.name
            order by deliveries.business_date desc
        ) as age
    from landing.deliveries as deliveries
    inner join context
        on deliveries.authority_code = context.authority_code and deliveries.business_date <= context.as_at_date
    left join changing
        on deliveries.source = changing.source and deliveries.authority_code = changing.authority_code
    where
        deliveries.status = 'accepted'
        and deliveries.source in (context.live_source, 'corporate')
),

last_full as (
    select
        authority_code,
        max(business_date) as business_date
    from accepted
    where source <> 'corporate' and kind = 'full' and is_told_in_changes
    group by authority_code
),

nights as (
    select
        accepted.authority_code,
        accepted.as_at_date - last_full.business_date as expected,
        count(*) filter (where accepted.business_date > last_full.business_date) as arrived
    from accepted
    inner join last_full on accepted.authority_code = last_full.authority_code
    where accepted.source = accepted.live_source and accepted.is_told_in_changes
    group by accepted.authority_code, accepted.as_at_date, last_full.business_date
),

-- warnings at the door of the deliveries that the figures rest on, for each indicator that they touch: of each source
-- the newest one, and where that brings changes alone the last full extract and all since
door_warnings as (
    select
        results.authority_code,
        indicator_code,
        count(distinct results.check_code) as warnings
    from accepted
    inner join quality.check_results as results
        on
            accepted.delivery_id = results.delivery_id
            and results.gate = 'door'
            and results.severity = 'warning'
            and results.status <> 'passed'
    left join last_full
        on
            accepted.authority_code = last_full.authority_code
            and accepted.source <> 'corporate'
            and accepted.is_told_in_changes
    cross join lateral unnest(results.indicators) as indicator_code
    where accepted.age = 1 or accepted.business_date >= last_full.business_date
    group by results.authority_code, indicator_code
)

select
    authority_code,
    'SRC01' as check_code,
    'days' as subject,
    (requested_date - as_at_date)::double precision as value,
    1 as checked,
    null::bigint as failed
from context
union all
select
    authority_code,
    'SRC02',
    'days',
    (requested_date - as_at_date)::double precision,
    1,
    null
from context
union all
select
    accepted.authority_code,
    'SRC03',
    accepted.name,
    (accepted.as_at_date - accepted.business_date)::double precision,
    1,
    null
from accepted
where accepted.source = 'corporate' and accepted.age = 1
union all
select
    authority_code,
    'SRC04',
    source,
    rows_quarantined::double precision / rows_in_files,
    rows_in_files,
    rows_quarantined
from accepted
where age = 1 and source <> 'corporate' and rows_in_files >= 100
union all
select
    authority_code,
    'SRC05',
    'nights',
    greatest(expected - arrived, 0)::double precision,
    expected,
    greatest(expected - arrived, 0)
from nights
union all
select
    authority_code,
    'SRC06',
    indicator_code,
    warnings::double precision,
    warnings,
    warnings
from door_warnings
