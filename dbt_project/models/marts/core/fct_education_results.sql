select
    results.authority_code,
    results.record_key,
    results.child_key,
    results.source_name,
    results.academic_year,
    case
        when results.academic_year ~ '^(19|20)[0-9]{2}/[0-9]{2}$'
            then left(results.academic_year, 4)::integer + 1
    end as academic_year_end,
    results.key_stage_code,
    results.csi_code,
    results.fresh_until_date,
    results.recorded_at,
    case when results.is_void then 'the result was deleted in the case system' end as exclusion_reason
from {{ ref('int_education_results_conformed') }} as results
