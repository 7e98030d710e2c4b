{#- The systems that have a column of their own, deprecated: dim_authority_systems holds their days as rows. -#}
with days_of_systems as (
    select
        {%- for system in var('systems_with_own_columns') %}
            max(as_at_date) filter (where source_name = '{{ system }}') as {{ system }}_as_at_date,
        {%- endfor %}
        authority_code
    from {{ source('context', 'run_systems') }}
    group by authority_code
)

select
    context.authority_code,
    context.authority_name,
    context.is_home_authority,
    context.live_source,
    context.cut_over_date,
    context.is_cut_over_assumed,
    context.requested_date,
    context.as_at_date,
    context.as_at_end_at,
    days_of_systems.{{ var('systems_with_own_columns') | join('_as_at_date,\n    days_of_systems.') }}_as_at_date
from {{ source('context', 'run_context') }} as context
inner join days_of_systems on context.authority_code = days_of_systems.authority_code
