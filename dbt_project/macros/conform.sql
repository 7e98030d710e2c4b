{#-
  Both systems' rows of one entity as facts, each once (deliveries.md section 4 and 7, Migration).

  conform('contacts', columns=['received_at', 'source_code'], time_columns=['received_at'], own_family_column=none)

  reads stg_raise__<plural> and stg_wccis__<plural>, which share their column names, and yields: authority_code,
  canonical_record_id (RAISe's number where there is one), source_name, record_id, child_key, family_key, record_key,
  is_void, recorded_at, fresh_until_date (the latest delivery of its source up to the day of the run), delivery_id,
  record_number, then `columns`. A RAISe row is superseded for ever once a WCCIS row carried its number, and a WCCIS row
  links by the number that it carried last. Of two WCCIS rows with one legacyid the latest modified stands, one that is
  not void before one that is. `time_columns` lost their time
  of day in the migration and are repaired from RAISe. `own_family_column` is the fact's own family as its
  source writes it; a WCCIS family is matched to RAISe's here.
-#}
{% macro conform(plural, columns, time_columns=[], own_family_column=none) -%}
with superseded as (
    select distinct
        authority_code,
        legacy_id
    from {{ ref('int_legacy_links') }}
    where entity = '{{ plural }}' and legacy_id is not null
),

raise_rows as (
    select * from {{ ref('stg_raise__' ~ plural) }}
),

-- the number that a row carried last, which links it also when its present version has lost it
links as (
    select
        authority_code,
        record_id,
        legacy_id
    from {{ ref('int_legacy_links') }}
    where entity = '{{ plural }}' and is_latest
),

raise_numbers as (
    select
        authority_code,
        record_id
    from raise_rows
    union
    select
        authority_code,
        legacy_id
    from superseded
),

wccis_known as (
    select
        sent.*,
        coalesce(sent.legacy_id, links.legacy_id) as linked_id,
        {{ canonical_wccis_id(
            'coalesce(sent.legacy_id, links.legacy_id)', 'sent.record_id', 'raise_numbers.record_id'
        ) }} as canonical_record_id
    from {{ ref('stg_wccis__' ~ plural) }} as sent
    left join links on sent.authority_code = links.authority_code and sent.record_id = links.record_id
    left join raise_numbers
        on sent.authority_code = raise_numbers.authority_code and sent.record_id = raise_numbers.record_id
),

wccis_rows as (
    select
        *,
        row_number() over (
            partition by authority_code, canonical_record_id
            order by is_void, modified_at desc nulls last, record_id
        ) as succession
    from wccis_known
),

facts as (
    select
        raise_rows.authority_code,
        raise_rows.record_id as canonical_record_id,
        raise_rows.source_name,
        raise_rows.record_id,
        coalesce(raise_rows.child_id, {{ child_of_its_own(plural, 'raise_rows.record_id') }}) as child_id,
        raise_rows.is_void,
        raise_rows.recorded_at,
        raise_rows.delivery_id,
        raise_rows.record_number
        {%- if own_family_column %},
        raise_rows.{{ own_family_column }} as own_family_id
        {%- endif %}
        {%- for column in columns %},
        raise_rows.{{ column }}
        {%- endfor %}
    from raise_rows
    left join superseded
        on raise_rows.authority_code = superseded.authority_code and raise_rows.record_id = superseded.legacy_id
    where superseded.legacy_id is null

    union all

    select
        wccis_rows.authority_code,
        wccis_rows.canonical_record_id,
        wccis_rows.source_name,
        wccis_rows.record_id,
        coalesce(
            wccis_rows.child_id,
            {{ child_of_its_own(plural, 'coalesce(wccis_rows.linked_id, wccis_rows.record_id)') }}
        ) as child_id,
        wccis_rows.is_void,
        wccis_rows.recorded_at,
        wccis_rows.delivery_id,
        wccis_rows.record_number
        {%- if own_family_column %},
        wccis_rows.{{ own_family_column }} as own_family_id
        {%- endif %}
        {%- for column in columns %},
        {% if column in time_columns -%}
            {{ repaired_time('wccis_rows.' ~ column, 'raise_rows.' ~ column) }} as {{ column }}
        {%- else -%}
            wccis_rows.{{ column }}
        {%- endif %}
        {%- endfor %}
    from wccis_rows
    left join raise_rows
        on wccis_rows.authority_code = raise_rows.authority_code and wccis_rows.linked_id = raise_rows.record_id
    where wccis_rows.succession = 1
)

select
    facts.authority_code,
    facts.canonical_record_id,
    facts.source_name,
    facts.record_id,
    children.child_key,
    {{ family_key('children.child_key', 'attributes.family_id',
                  'coalesce(families.family_number, facts.own_family_id)' if own_family_column else 'null::text') }}
        as family_key,
    {{ record_key(plural, 'facts.canonical_record_id') }} as record_key,
    facts.is_void,
    facts.recorded_at,
    case facts.source_name
        when 'raise' then context.raise_as_at_date
        else context.wccis_as_at_date
    end as fresh_until_date,
    facts.delivery_id,
    facts.record_number
    {%- for column in columns %},
    facts.{{ column }}
    {%- endfor %}
from facts
inner join {{ source('context', 'run_context') }} as context on facts.authority_code = context.authority_code
inner join {{ ref('int_child_keys') }} as children
    on
        facts.authority_code = children.authority_code
        and facts.source_name = children.source_name
        and facts.child_id = children.child_id
left join {{ ref('int_child_attributes') }} as attributes
    on children.authority_code = attributes.authority_code and children.child_key = attributes.child_key
{%- if own_family_column %}
left join {{ ref('int_families_linked') }} as families
    on
        facts.source_name = 'wccis'
        and facts.authority_code = families.authority_code
        and facts.own_family_id = families.family_id
{%- endif %}
{{ salt_join('facts.authority_code') }}
{%- endmacro %}


{#-
  The number that a WCCIS row stands for: RAISe's, else its own id. An id that some RAISe row has for its number is told
  from it, as the two are different facts: no form of an id was promised that rules this out.
-#}
{% macro canonical_wccis_id(legacy_id, record_id, raise_number) -%}
    coalesce(
        {{ legacy_id }}, case when {{ raise_number }} is not null then 'wccis:' || {{ record_id }} else {{ record_id }} end
    )
{%- endmacro %}
