-- From the first episode that is no short break to the end of the last. Short breaks are no part of it. A last episode
-- that ended with MOVE leaves the child looked after, and the 18th birthday ends what nobody ended before.

with episodes as (
    select
        linked.*,
        row_number() over (
            partition by linked.authority_code, linked.child_key, linked.care_period_id
            order by linked.start_date desc, linked.end_date desc nulls first, linked.canonical_record_id desc
        ) as position_from_end
    from {{ ref('int_care_episodes_linked') }} as linked
    where linked.exclusion_reason is null and not linked.is_short_break
),

stretches as (
    select
        episodes.authority_code,
        episodes.child_key,
        episodes.care_period_id,
        min(episodes.start_date) as start_date,
        max(episodes.end_date) filter (
            where episodes.position_from_end = 1 and episodes.end_reason_code is distinct from 'MOVE'
        ) as recorded_end_date,
        max(episodes.end_reason_code) filter (where episodes.position_from_end = 1) as recorded_end_reason_code,
        count(*)::integer as episode_count
    from episodes
    group by episodes.authority_code, episodes.child_key, episodes.care_period_id
),

birthdays as (
    select
        stretches.*,
        context.as_at_date,
        case
            when {{ in_calendar('attributes.date_of_birth') }} then {{ birthday('attributes.date_of_birth', 18) }}
        end as eighteenth_birthday_date
    from stretches
    inner join {{ source('context', 'run_context') }} as context on stretches.authority_code = context.authority_code
    left join {{ ref('int_child_attributes') }} as attributes
        on stretches.authority_code = attributes.authority_code and stretches.child_key = attributes.child_key
),

capped as (
    select
        birthdays.*,
        birthdays.eighteenth_birthday_date <= birthdays.as_at_date
        and (
            birthdays.recorded_end_date is null or birthdays.recorded_end_date > birthdays.eighteenth_birthday_date
        ) as is_capped
    from birthdays
)

select
    capped.authority_code,
    capped.child_key,
    capped.care_period_id,
    {{ record_key('care_periods', "capped.care_period_id || '|' || capped.child_key") }} as record_key,
    capped.start_date,
    case when capped.is_capped then capped.eighteenth_birthday_date else capped.recorded_end_date end as end_date,
    case
        when capped.is_capped then 'ADULT'
        when capped.recorded_end_date is not null then capped.recorded_end_reason_code
    end as end_reason_code,
    coalesce(capped.is_capped, false) as is_ended_by_birthday,
    capped.eighteenth_birthday_date,
    capped.episode_count,
    case
        when capped.start_date > capped.eighteenth_birthday_date
            then 'the period of care starts after the 18th birthday'
    end as exclusion_reason
from capped
{{ salt_join('capped.authority_code') }}
