select
    linked.authority_code,
    linked.record_key,
    linked.child_key,
    placed.care_period_key,
    placed.placement_key,
    linked.source_name,
    linked.start_date,
    linked.end_date,
    placed.in_force_from_date,
    placed.in_force_to_date,
    linked.start_reason_code,
    linked.end_reason_code,
    linked.legal_status_code,
    linked.placement_type_code,
    linked.provider_code,
    linked.placement_authority_code,
    linked.is_short_break,
    linked.is_temporary_placement,
    linked.recorded_at,
    case
        when linked.exclusion_reason is not null then linked.exclusion_reason
        when placed.record_key is null then 'the period of care starts after the 18th birthday'
    end as exclusion_reason,
    {{ event_day('linked.start_date') }} as event_date,
    {{ age_band_on(event_day('linked.start_date')) }} as age_band,
    {{ dimension_key('linked.legal_status_code') }} as legal_status_key,
    {{ dimension_key('linked.placement_type_code') }} as placement_type_key,
    {{ dimension_key('linked.provider_code') }} as provider_key
from {{ ref('int_care_episodes_linked') }} as linked
left join {{ ref('int_care_episodes_placed') }} as placed
    on linked.authority_code = placed.authority_code and linked.record_key = placed.record_key
{{ child_attributes_join('linked') }}
