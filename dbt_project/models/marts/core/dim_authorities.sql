{#- The systems that have a column of their own, deprecated: dim_authority_systems holds their days as rows. -#}
{%- set own = var('systems_with_own_columns') %}
with days_of_systems as (
    select
        authority_code,
        max(as_at_date) filter (where source_name = '{{ own[0] }}') as {{ own[0] }}_as_at_date,
        max(as_at_date) filter (where source_name = '{{ own[1] }}') as {{ own[1] }}_as_at_date
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
    days_of_systems.{{ own[0] }}_as_at_date,
    days_of_systems.{{ own[1] }}_as_at_date
from {{ source('context', 'run_context') }} as context
inner join days_of_systems on context.authority_code = days_of_systems.authority_code
