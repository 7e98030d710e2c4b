-- When each episode was the one in force: from its start until the next begins or the period of care ends. Of two that
-- start on one day the later recorded end stands. Short breaks follow one another in the same way, apart from the rest.

with episodes as (
    select
        linked.*,
        care_periods.record_key as care_period_key,
        case
            when linked.is_short_break
                then
                    least(
                        case when linked.end_reason_code is distinct from 'MOVE' then linked.end_date end,
                        case
                            when {{ in_calendar('attributes.date_of_birth') }}
                                then {{ birthday('attributes.date_of_birth', 18) }}
                        end
                    )
            else care_periods.end_date
        end as last_date
    from {{ ref('int_care_episodes_linked') }} as linked
    left join {{ ref('int_care_periods_built') }} as care_periods
        on
            linked.authority_code = care_periods.authority_code
            and linked.child_key = care_periods.child_key
            and linked.care_period_id = care_periods.care_period_id
            and not linked.is_short_break
    left join {{ ref('int_child_attributes') }} as attributes
        on linked.authority_code = attributes.authority_code and linked.child_key = attributes.child_key
    where linked.exclusion_reason is null and care_periods.exclusion_reason is null
),

followed as (
    select
        episodes.*,
        lead(episodes.start_date) over (
            partition by
                episodes.authority_code, episodes.child_key, episodes.care_period_id, episodes.is_short_break
            order by episodes.start_date, episodes.end_date nulls last, episodes.canonical_record_id
        ) as next_start_date,
        -- what begins as short breaks may go on as full care
        min(episodes.start_date) filter (where not episodes.is_short_break) over (
            partition by episodes.authority_code, episodes.child_key, episodes.care_period_id
            order by episodes.start_date range between current row and unbounded following
        ) as next_full_care_date,
        -- a hospital stay or a holiday does not end the placement that it interrupts
        lead(episodes.start_date) over (
            partition by
                episodes.authority_code, episodes.child_key, episodes.care_period_id, episodes.is_short_break,
                episodes.is_temporary_placement
            order by episodes.start_date, episodes.end_date nulls last, episodes.canonical_record_id
        ) as next_alike_start_date,
        min(episodes.start_date) over (
            partition by
                episodes.authority_code, episodes.child_key, episodes.care_period_id, episodes.is_short_break,
                episodes.is_temporary_placement, episodes.placement_id
        ) as placement_start_date
    from episodes
)

select
    followed.authority_code,
    followed.record_key,
    followed.child_key,
    followed.care_period_key,
    {{ record_key('placements', "followed.placement_id || '|' || followed.child_key") }} as placement_key,
    followed.placement_id,
    followed.start_date as in_force_from_date,
    -- null while it is still in force
    least(
        followed.next_start_date,
        case when followed.is_short_break then followed.next_full_care_date end,
        followed.last_date
    ) as in_force_to_date,
    least(followed.next_alike_start_date, followed.last_date) as placement_to_date,
    followed.placement_start_date,
    followed.is_short_break,
    followed.is_temporary_placement
from followed
{{ salt_join('followed.authority_code') }}
