{#-
  All systems' rows of one entity as facts, each once (deliveries.md sections 4, 7, Migration, and 8).

  conform('contacts', columns=['received_at', 'source_code'], time_columns=['received_at'], own_family_column=none)

  reads the staging model of every case system, which share their column names, and yields: authority_code,
  canonical_record_id (the earliest system's number where there is one), source_name, record_id, child_key, family_key,
  record_key, is_void, recorded_at, fresh_until_date (the latest usable delivery of its source), delivery_id,
  record_number, then `columns`. Which rows are one fact is in int_records_linked. The latest system that ever had a row
  of a fact gives it; of several of its rows one that is not void stands before one that is, among equals the latest
  modified. `time_columns` may have lost their time of day in a migration and get it from the nearest earlier system that
  has one. `own_family_column` is the fact's own family as its source writes it.
-#}
{% macro conform(plural, columns, time_columns=[], own_family_column=none) -%}
{%- set sent_columns = ['authority_code', 'source_name', 'record_id', 'child_id', 'is_void', 'modified_at',
                        'recorded_at', 'delivery_id', 'record_number'] + columns -%}
{%- if own_family_column and own_family_column not in sent_columns -%}
    {%- set sent_columns = sent_columns + [own_family_column] -%}
{%- endif -%}
with sent as (
    {{ of_every_system(plural, sent_columns) | indent }}
),

linked as (
    select
        authority_code,
        source_name,
        record_id,
        system_number,
        canonical_record_id,
        superseded_number
    from {{ ref('int_records_linked') }}
    where entity = '{{ plural }}'
),

ranked as (
    select
        sent.*,
        linked.system_number,
        linked.canonical_record_id,
        linked.superseded_number,
        row_number() over (
            partition by sent.authority_code, linked.canonical_record_id, linked.system_number
            order by sent.is_void, sent.modified_at desc nulls last, sent.record_id
        ) as succession
    from sent
    inner join linked
        on
            sent.authority_code = linked.authority_code
            and sent.source_name = linked.source_name
            and sent.record_id = linked.record_id
),

standing as (
    select * from ranked
    where superseded_number is null and succession = 1
),
{%- for column in time_columns %}

{{ column }}_repaired as (
    {{ repaired_times(column) | indent }}
),
{%- endfor %}

facts as (
    select
        standing.authority_code,
        standing.canonical_record_id,
        standing.source_name,
        standing.record_id,
        coalesce(
            standing.child_id, {{ child_of_its_own("'" ~ plural ~ "'", 'standing.canonical_record_id') }}
        ) as child_id,
        standing.is_void,
        standing.recorded_at,
        standing.delivery_id,
        standing.record_number
        {%- if own_family_column %},
        standing.{{ own_family_column }} as own_family_id
        {%- endif %}
        {%- for column in columns %},
        {% if column in time_columns -%}
            coalesce({{ column }}_repaired.{{ column }}, standing.{{ column }}) as {{ column }}
        {%- else -%}
            standing.{{ column }}
        {%- endif %}
        {%- endfor %}
    from standing
    {%- for column in time_columns %}
    left join {{ column }}_repaired
        on
            standing.authority_code = {{ column }}_repaired.authority_code
            and standing.canonical_record_id = {{ column }}_repaired.canonical_record_id
    {%- endfor %}
)

select
    facts.authority_code,
    facts.canonical_record_id,
    facts.source_name,
    facts.record_id,
    children.child_key,
    {{ family_key('children.child_key', 'attributes.family_id',
                  'coalesce(families.canonical_id, facts.own_family_id)' if own_family_column else 'null::text') }}
        as family_key,
    {{ record_key(plural, 'facts.canonical_record_id') }} as record_key,
    facts.is_void,
    facts.recorded_at,
    systems.as_at_date as fresh_until_date,
    facts.delivery_id,
    facts.record_number
    {%- for column in columns %},
    facts.{{ column }}
    {%- endfor %}
from facts
inner join {{ source('context', 'run_systems') }} as systems
    on facts.authority_code = systems.authority_code and facts.source_name = systems.source_name
inner join {{ ref('int_child_keys') }} as children
    on
        facts.authority_code = children.authority_code
        and facts.source_name = children.source_name
        and facts.child_id = children.child_id
left join {{ ref('int_child_attributes') }} as attributes
    on children.authority_code = attributes.authority_code and children.child_key = attributes.child_key
{%- if own_family_column %}
left join {{ ref('int_keys_matched') }} as families
    on
        families.id_kind = 'family'
        and facts.authority_code = families.authority_code
        and facts.source_name = families.source_name
        and facts.own_family_id = families.source_id
{%- endif %}
{{ salt_join('facts.authority_code') }}
{%- endmacro %}


{#-
  The times that a migration lost: the local midnight of a row that stands gives way to the time of the nearest earlier
  system that has one on the same date (deliveries.md section 8). One column; reads the CTEs standing and ranked.
-#}
{% macro repaired_times(column) -%}
select distinct on (standing.authority_code, standing.canonical_record_id)
    standing.authority_code,
    standing.canonical_record_id,
    earlier.{{ column }}
from standing
inner join ranked as earlier
    on
        standing.authority_code = earlier.authority_code
        and standing.canonical_record_id = earlier.canonical_record_id
        and standing.system_number > earlier.system_number
        and {{ local_date('standing.' ~ column) }} = {{ local_date('earlier.' ~ column) }}
where {{ is_local_midnight('standing.' ~ column) }} and not {{ is_local_midnight('earlier.' ~ column) }}
order by standing.authority_code, standing.canonical_record_id, earlier.system_number desc, earlier.succession
{%- endmacro %}


{% macro is_local_midnight(column) -%}
    ({{ column }} at time zone 'Europe/London')::time = time '00:00'
{%- endmacro %}
