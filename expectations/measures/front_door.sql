-- Do the contacts of the last weeks look like contacts? Days that are missing, contacts that stand twice, times that
-- lost their clock or moved by hours, children that nobody knows.
with context as (
    select * from staging.run_context
),

recent as (
    select
        contacts.authority_code,
        contacts.child_key,
        contacts.received_at,
        contacts.received_date,
        contacts.source_code,
        contacts.outcome_code,
        contacts.record_key,
        contacts.received_at at time zone 'Europe/London' as received_local,
        contacts.received_date > context.as_at_date - 28 as is_last_weeks,
        contacts.received_date > context.as_at_date - 92 as is_last_quarter
    from marts_candidate.fct_contacts as contacts
    inner join context on contacts.authority_code = context.authority_code
    where
        contacts.exclusion_reason is null
        and contacts.received_date > context.as_at_date - 393
        and contacts.received_date <= context.as_at_date
),

working_days as (
    select
        context.authority_code,
        dates.calendar_date,
        dates.working_day_number,
        count(recent.record_key) as contacts
    from context
    inner join marts_candidate.dim_dates as dates
        on
            dates.is_working_day
            and dates.calendar_date > context.as_at_date - 92
            and context.as_at_date >= dates.calendar_date
    inner join (
        select
            authority_code,
            min(received_date) as first_date
        from recent
        group by authority_code
    ) as covered on context.authority_code = covered.authority_code and dates.calendar_date >= covered.first_date
    left join recent
        on context.authority_code = recent.authority_code and dates.calendar_date = recent.received_date
    group by context.authority_code, dates.calendar_date, dates.working_day_number
),

silent_runs as (
    select
        authority_code,
        count(*) as silent_days
    from (
        select
            authority_code,
            working_day_number
            - row_number() over (partition by authority_code order by working_day_number) as run_number
        from working_days
        where contacts = 0
    ) as silent
    group by authority_code, run_number
),

gaps as (
    select
        working_days.authority_code,
        count(*) as days,
        sum(contacts)::double precision / count(*) as a_day,
        coalesce((
            select max(silent_days) from silent_runs
            where silent_runs.authority_code = working_days.authority_code
        ), 0) as longest
    from working_days
    group by working_days.authority_code
),

twins as (
    select
        authority_code,
        sum(times) as contacts,
        sum(times - 1) as doubled
    from (
        select
            authority_code,
            child_key,
            received_at,
            source_code,
            count(*) as times
        from recent
        where is_last_quarter
        group by authority_code, child_key, received_at, source_code
    ) as alike
    group by authority_code
),

clocks as (
    select
        authority_code,
        count(*) filter (where is_last_quarter) as in_quarter,
        count(*) filter (where is_last_quarter and received_local::time = '00:00') as at_midnight
    from recent
    group by authority_code
),

moments as (
    select distinct
        authority_code,
        received_at,
        is_last_weeks,
        (extract(hour from received_local) * 2)::integer
        + (extract(minute from received_local) >= 30)::integer as half_hour
    from recent
    where received_local::time <> '00:00'
),

moment_counts as (
    select
        authority_code,
        count(*) filter (where not is_last_weeks) as usual_count,
        count(*) filter (where is_last_weeks) as last_count
    from moments
    group by authority_code
),

-- the hours of a day as they were in the year before, every half hour a little more than nought
half_hour_counts as (
    select
        moment_counts.authority_code,
        half_hours.half_hour,
        count(moments.received_at) filter (where not moments.is_last_weeks) + 1 as usual_count,
        count(moments.received_at) filter (where moments.is_last_weeks) as last_count,
        (count(moments.received_at) filter (where not moments.is_last_weeks) + 1.0)
        / (moment_counts.usual_count + 48) as usual_share
    from moment_counts
    cross join generate_series(0, 47) as half_hours (half_hour)
    left join moments
        on
            moment_counts.authority_code = moments.authority_code
            and half_hours.half_hour = moments.half_hour
    where moment_counts.usual_count >= 500 and moment_counts.last_count >= 100
    group by moment_counts.authority_code, moment_counts.usual_count, half_hours.half_hour
),

-- by how much would the clock have to be put back or forward for the last weeks to look most like the year before?
clock_fits as (
    select
        counts.authority_code,
        shifts.half_hours,
        sum(counts.last_count) as times,
        sum(counts.last_count * ln(shifted.usual_share)) as likelihood,
        -- what chance in the year before does to the likelihood: little with thousands of contacts, much with hundreds
        sqrt(sum(power(counts.last_count - shifted.last_count, 2)::numeric / shifted.usual_count)) as deviation
    from half_hour_counts as counts
    cross join generate_series(-6, 6) as shifts (half_hours)
    inner join half_hour_counts as shifted
        on
            counts.authority_code = shifted.authority_code
            and shifted.half_hour = (counts.half_hour + shifts.half_hours + 48) % 48
    group by counts.authority_code, shifts.half_hours
),

best_clock_fits as (
    select distinct on (shifted.authority_code)
        shifted.authority_code,
        shifted.times,
        abs(shifted.half_hours) / 2.0 as hours,
        -- e to the tenth against one, and twice what chance in the year before does where that is only hundreds
        shifted.likelihood - unshifted.likelihood >= greatest(10, 2 * shifted.deviation) as is_beyond_chance
    from clock_fits as shifted
    inner join clock_fits as unshifted
        on shifted.authority_code = unshifted.authority_code and unshifted.half_hours = 0
    order by shifted.authority_code asc, shifted.likelihood desc, abs(shifted.half_hours) asc
),

strangers as (
    select
        recent.authority_code,
        count(*) as contacts,
        count(*) filter (where not children.is_known) as unknown_children
    from recent
    inner join marts_candidate.dim_children as children
        on recent.authority_code = children.authority_code and recent.child_key = children.child_key
    where recent.is_last_quarter
    group by recent.authority_code
)

select
    authority_code,
    'CTC01' as check_code,
    'contacts' as subject,
    -- so many contacts would have been expected on the days without one
    case when longest >= 3 then longest * a_day else 0 end as value,
    days as checked,
    longest as failed
from gaps
union all
select
    authority_code,
    'CTC02',
    'contacts',
    case when doubled >= 10 then doubled / contacts else 0 end,
    contacts,
    doubled
from twins
union all
select
    authority_code,
    'CTC03',
    'contacts',
    at_midnight::double precision / in_quarter,
    in_quarter,
    at_midnight
from clocks
where in_quarter >= 50
union all
select
    authority_code,
    'CTC04',
    'contacts',
    case when is_beyond_chance then hours else 0 end,
    times,
    null
from best_clock_fits
union all
select
    authority_code,
    'CTC05',
    'contacts',
    case when unknown_children >= 10 then unknown_children::double precision / contacts else 0 end,
    contacts,
    unknown_children
from strangers
