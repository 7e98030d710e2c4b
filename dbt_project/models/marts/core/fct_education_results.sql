with results as (
    select
        *,
        case
            when academic_year ~ '^(19|20)[0-9]{2}/[0-9]{2}$' then left(academic_year, 4)::integer + 1
        end as academic_year_end
    from {{ ref('int_education_results_conformed') }}
)

select
    results.authority_code,
    results.record_key,
    results.child_key,
    results.source_name,
    results.academic_year,
    results.academic_year_end,
    results.key_stage_code,
    results.csi_code,
    results.fresh_until_date,
    results.recorded_at,
    case when results.is_void then 'the result was deleted in the case system' end as exclusion_reason,
    {{ event_day('make_date(results.academic_year_end, 8, 31)') }} as event_date,
    {{ age_band_on(event_day('make_date(results.academic_year_end, 8, 31)')) }} as age_band
from results
{{ child_attributes_join('results') }}
