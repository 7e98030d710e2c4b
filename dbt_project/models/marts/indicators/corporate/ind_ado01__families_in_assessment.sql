with returns_in_force as (
    select * from {{ ref('dim_returns_in_force') }}
    where return_kind = 'nwas_adopters'
),

families as (
    select * from {{ ref('fct_adopter_families') }}
    where stage_code = {{ parameter('ADO01', 'stage', 'text') }}
),

in_force as (
    select
        families.*,
        returns_in_force.state_date
    from families
    inner join returns_in_force
        on
            families.authority_code = returns_in_force.authority_code
            and families.return_date = returns_in_force.return_date
)

select
    'ADO01' as indicator_code,
    authority_code,
    record_key,
    null::text as child_key,
    record_key as count_key,
    state_date as counting_from_date,
    state_date as counting_to_date,
    null::date as numerator_date,
    true as is_in_denominator,
    true as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'applicant_type', coalesce(applicant_type_code, 'unknown'),
        'second_time', coalesce(is_second_time_code, 'unknown'),
        'on_hold', coalesce(is_on_hold_code, 'unknown')
    )
    || case
        when family_authority_code = authority_code
            then jsonb_build_object(
                'own_authority', 'all',
                'own_authority_applicant_type', coalesce(applicant_type_code, 'unknown')
            )
        else '{}'::jsonb
    end as breakdowns,
    null::text as exclusion_reason,
    'family in assessment: ' || lower(replace(coalesce(applicant_type_code, 'unknown'), '_', ' '))
    || case is_second_time_code when 'Y' then ', second time' else '' end
    || case is_on_hold_code when 'Y' then ', on hold' else '' end
    || ', return of ' || {{ spoken_date('return_date') }} as evidence,
    null::date as due_date
from in_force
