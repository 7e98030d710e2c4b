-- Health events are matched by child and day; only their placement number tells that a doctor was kept.

select
    events.authority_code,
    events.record_key,
    events.child_key,
    events.source_name,
    events.kind_code,
    {{ fresh_date('events.event_date', 'events.fresh_until_date') }} as event_date,
    {{ record_key('placements', "coalesce(placements.canonical_id, events.placement_id) || '|' || events.child_key") }}
        as placement_key,
    events.recorded_at,
    case
        when events.is_void then 'the event was deleted in the case system'
        when {{ fresh_date('events.event_date', 'events.fresh_until_date') }} is null
            then 'the event has no day, or none that its source could know'
    end as exclusion_reason,
    {{ age_band_on(fresh_date('events.event_date', 'events.fresh_until_date')) }} as age_band
from {{ ref('int_health_events_conformed') }} as events
left join {{ ref('int_keys_matched') }} as placements
    on
        events.authority_code = placements.authority_code
        and placements.id_kind = 'placement'
        and events.source_name = placements.source_name
        and events.placement_id = placements.source_id
{{ child_attributes_join('events') }}
{{ salt_join('events.authority_code') }}
