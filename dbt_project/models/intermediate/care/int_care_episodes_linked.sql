-- An episode without a period of care or without a placement number is one of its own: nothing is guessed.

select
    episodes.authority_code,
    episodes.canonical_record_id,
    episodes.record_key,
    episodes.child_key,
    episodes.source_name,
    episodes.recorded_at,
    coalesce(
        care_periods.canonical_id, episodes.care_period_id, 'care_episodes:' || episodes.canonical_record_id
    ) as care_period_id,
    coalesce(
        placements.canonical_id, episodes.placement_id, 'care_episodes:' || episodes.canonical_record_id
    ) as placement_id,
    episodes.start_date,
    {{ fresh_end('episodes.end_date', 'episodes.fresh_until_date') }} as end_date,
    episodes.start_reason_code,
    episodes.end_reason_code,
    episodes.legal_status_code,
    episodes.placement_type_code,
    episodes.provider_code,
    episodes.placement_authority_code,
    coalesce(episodes.legal_status_code in ('V3', 'V4'), false) as is_short_break,
    coalesce(episodes.placement_type_code = 'TEMP', false) as is_temporary_placement,
    case
        when episodes.is_void then 'the episode was deleted in the case system'
        else {{ span_exclusion(
            'episodes.start_date', 'episodes.end_date', 'episodes.fresh_until_date', 'the episode'
        ) }}
    end as exclusion_reason
from {{ ref('int_care_episodes_conformed') }} as episodes
left join {{ ref('int_keys_matched') }} as care_periods
    on
        episodes.authority_code = care_periods.authority_code
        and care_periods.id_kind = 'care_period'
        and episodes.source_name = care_periods.source_name
        and episodes.care_period_id = care_periods.source_id
left join {{ ref('int_keys_matched') }} as placements
    on
        episodes.authority_code = placements.authority_code
        and placements.id_kind = 'placement'
        and episodes.source_name = placements.source_name
        and episodes.placement_id = placements.source_id
