select
    moves.authority_code,
    moves.record_key,
    moves.child_key,
    moves.source_name,
    {{ fresh_date('moves.move_date', 'moves.fresh_until_date') }} as move_date,
    moves.reason_code,
    moves.recorded_at,
    case
        when moves.is_void then 'the change of school was deleted in the case system'
        when {{ fresh_date('moves.move_date', 'moves.fresh_until_date') }} is null
            then 'the change of school has no day, or none that its source could know'
    end as exclusion_reason,
    {{ fresh_date('moves.move_date', 'moves.fresh_until_date') }} as event_date,
    {{ age_band_on(fresh_date('moves.move_date', 'moves.fresh_until_date')) }} as age_band
from {{ ref('int_school_moves_conformed') }} as moves
{{ child_attributes_join('moves') }}
