with episodes as (
    select
        *,
        coalesce(
            exclusion_reason, case when missing_from_date is null then 'no day on which the child went missing' end
        ) as reason
    from {{ ref('fct_missing_episodes') }}
)

select
    'MIS01' as indicator_code,
    authority_code,
    record_key,
    child_key,
    record_key as count_key,
    missing_from_date as counting_from_date,
    missing_from_date as counting_to_date,
    null::date as numerator_date,
    reason is null as is_in_denominator,
    reason is null as is_in_numerator,
    null::numeric as amount,
    jsonb_build_object(
        'responsible', responsible,
        'children', jsonb_build_object('value', 'all', 'unit', child_key, 'rule', 'any')
    ) as breakdowns,
    reason as exclusion_reason,
    'missing from ' || coalesce({{ spoken_time('missing_from_at') }}, 'an unknown time')
    || case responsible when 'own' then '' else ', another authority responsible' end as evidence,
    null::date as due_date
from episodes
