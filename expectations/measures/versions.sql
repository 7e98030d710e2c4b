-- What the last month's deliveries changed in records that stood before: were withdrawn ones brought back, did the days
-- on which things began move, have ends and decisions gone? Single ones are mended by right; an extract that says so of
-- many has lost a column or its clock, which no look at the newest contents alone can tell.
-- Of the system in use: each record as it first stood within the month against how it stands tonight, so that what a
-- later delivery mends is mended here too.
{# a file that lost its leading zeros (1/4/2018, 9:05) says the same as before #}
{% macro said(row, column) %}
    {% if column %}
nullif(
    nullif(ltrim(replace(replace(btrim({{ row }}.{{ column }}), '/0', '/'), ' 0', ' '), '0'), ''), '1/1/1900'
)
{%- else %}
null::text
    {%- endif %}
{% endmacro %}
{% macro withdrawn(row, held) %}
    {% if held.withdrawn_column %}
coalesce(landing.canonical_name({{ row }}.{{ held.withdrawn_column }}) = '{{ held.withdrawn_value }}', false)
{%- else %}
false
    {%- endif %}
{% endmacro %}
{% macro stands(row, system) %}
    {% if system.gone_column %}
landing.canonical_name({{ row }}.{{ system.gone_column }}) <> '{{ system.gone_value }}'
{%- else %}
true
    {%- endif %}
{% endmacro %}
with context as (
    select
        authority_code,
        source_name as live_source,
        as_at_date as newest_date
    from staging.run_systems
    where is_live
),

counted as (
    {% for system in systems %}
        {% set is_last_system = loop.last %}
        {% for held in system.timed[:entities_at_most] %}
            select
                records.authority_code,
                '{{ held.plural }}' as subject,
                count(*) filter (where begin_now is not null) as begun,
                count(*) filter (where begin_before <> begin_now) as moved,
                count(*) filter (where end_now is not null or end_before is not null) as ended,
                count(*) filter (where end_before is not null and end_now is null) as reopened,
                count(*) filter (where is_withdrawn_now or was_withdrawn) as withdrawn,
                count(*) filter (where was_withdrawn and not is_withdrawn_now) as returned
            from (
                select
                    tonight.authority_code,
                    {{ said('tonight', held.begins) }} as begin_now,
                    {{ said('tonight', held.ends) }} as end_now,
                    {{ withdrawn('tonight', held) }} as is_withdrawn_now,
                    earlier.begin_before,
                    earlier.end_before,
                    coalesce(earlier.was_withdrawn, false) as was_withdrawn
                from landing.{{ system.source }}_{{ held.entity }} as tonight
                inner join context
                    on
                        tonight.authority_code = context.authority_code
                        and context.live_source = '{{ system.source }}'
                        and tonight.valid_from_date <= context.newest_date
                        and (tonight.valid_to_date is null or tonight.valid_to_date > context.newest_date)
                        and {{ stands('tonight', system) }}
                left join (
                    select distinct on (landed.authority_code, landed.row_key)
                        landed.authority_code,
                        landed.row_key,
                        {{ said('landed', held.begins) }} as begin_before,
                        {{ said('landed', held.ends) }} as end_before,
                        {{ withdrawn('landed', held) }} as was_withdrawn
                    from landing.{{ system.source }}_{{ held.entity }} as landed
                    inner join context
                        on
                            landed.authority_code = context.authority_code
                            and landed.valid_to_date > context.newest_date - 31
                            and landed.valid_to_date <= context.newest_date
                            and {{ stands('landed', system) }}
                    order by landed.authority_code, landed.row_key, landed.valid_from_date
                ) as earlier
                    on tonight.authority_code = earlier.authority_code and tonight.row_key = earlier.row_key
            ) as records
            group by records.authority_code
            {{ 'union all' if not (loop.last and is_last_system) }}
        {% endfor %}
    {% endfor %}
)

select
    authority_code,
    'VER01' as check_code,
    subject,
    case when returned >= 5 then returned::double precision / withdrawn else 0 end as value,
    withdrawn as checked,
    returned as failed
from counted
union all
select
    authority_code,
    'VER02',
    subject,
    case when moved >= 10 then moved::double precision / begun else 0 end,
    begun,
    moved
from counted
union all
select
    authority_code,
    'VER03',
    subject,
    case when reopened >= 5 then reopened::double precision / ended else 0 end,
    ended,
    reopened
from counted
