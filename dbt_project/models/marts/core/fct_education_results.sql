-- What a case system calls an academic year may be any words: those that are none go no further.

with stated as (
    select
        *,
        case
            when academic_year ~ '^(19|20)[0-9]{2}/([0-9]{2})?[0-9]{2}$' then left(academic_year, 4)::integer + 1
        end as year_after_first
    from {{ ref('int_education_results_conformed') }}
),

results as (
    select
        *,
        case
            when year_after_first::text like '%' || split_part(academic_year, '/', 2) then year_after_first
        end as academic_year_end
    from stated
)

select
    results.authority_code,
    results.record_key,
    results.child_key,
    results.source_name,
    case when results.academic_year_end is not null then results.academic_year end as academic_year,
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
