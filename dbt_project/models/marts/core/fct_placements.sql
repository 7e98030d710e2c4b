-- The doctor's clock of a placement (PM31): ten working days from its first episode, or a registration from before that
-- was made for the same placement. Which day counted first is kept, so that any state day can be answered.

with placements as (
    select
        episodes.authority_code,
        episodes.placement_key,
        episodes.care_period_key,
        episodes.child_key,
        min(episodes.placement_start_date) as start_date
    from {{ ref('int_care_episodes_placed') }} as episodes
    where not episodes.is_short_break and not episodes.is_temporary_placement
    group by episodes.authority_code, episodes.placement_key, episodes.care_period_key, episodes.child_key
),

clocked as (
    select
        placements.*,
        start_days.working_day_number as start_working_day_number,
        due_days.calendar_date as registration_due_date
    from placements
    inner join {{ ref('dim_dates') }} as start_days on placements.start_date = start_days.calendar_date
    left join {{ ref('dim_dates') }} as due_days
        on
            start_days.working_day_number + {{ parameter('PM31', 'limit_working_days') }}
            = due_days.working_day_number
            and due_days.is_working_day
),

registrations as (
    select
        clocked.authority_code,
        clocked.care_period_key,
        clocked.placement_key,
        min(events.event_date) as registered_date
    from clocked
    inner join {{ ref('fct_health_events') }} as events
        on clocked.authority_code = events.authority_code and clocked.child_key = events.child_key
    inner join {{ ref('dim_dates') }} as event_days on events.event_date = event_days.calendar_date
    where
        events.exclusion_reason is null
        and events.kind_code = 'GP'
        and (
            (
                events.event_date >= clocked.start_date
                and event_days.working_day_number - clocked.start_working_day_number
                <= {{ parameter('PM31', 'limit_working_days') }}
            )
            or (events.event_date < clocked.start_date and events.placement_key = clocked.placement_key)
        )
    group by clocked.authority_code, clocked.care_period_key, clocked.placement_key
)

select
    clocked.authority_code,
    {{ derived_key('placement', 'clocked.care_period_key', 'clocked.placement_key') }} as record_key,
    clocked.child_key,
    clocked.care_period_key,
    clocked.placement_key,
    clocked.start_date,
    clocked.registration_due_date,
    registrations.registered_date,
    clocked.start_date as event_date,
    {{ age_band_on('clocked.start_date') }} as age_band
from clocked
left join registrations
    on
        clocked.authority_code = registrations.authority_code
        and clocked.care_period_key = registrations.care_period_key
        and clocked.placement_key = registrations.placement_key
{{ child_attributes_join('clocked') }}
