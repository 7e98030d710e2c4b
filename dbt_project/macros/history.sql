{#-
  The from-clause of a staging model: the rows that a source stated as at the day of its last usable delivery, and nothing
  that an unusable delivery said alone. Aliases: landed (the row) and context (the source's days in that authority).
  {{ as_at_rows(SYSTEM, 'contact') }}
-#}
{% macro as_at_rows(source_name, entity) -%}
{{ rectified(source_name, entity) }} as landed
    inner join {{ source('context', 'run_systems') }} as context
        on
            context.source_name = '{{ source_name }}'
            and landed.authority_code = context.authority_code
            and landed.valid_from_date <= context.as_at_date
            and (landed.valid_to_date is null or landed.valid_to_date > context.as_at_date)
{%- endmacro %}


{#- The same for the corporate returns, whose latest up to the day of the figures counts. -#}
{% macro as_at_returns(entity) -%}
{{ rectified('corporate', entity) }} as landed
    inner join (
        select
            authority_code,
            corporate_as_at_date as as_at_date
        from {{ source('context', 'run_context') }}
    ) as context
        on
            landed.authority_code = context.authority_code
            and landed.valid_from_date <= context.as_at_date
            and (landed.valid_to_date is null or landed.valid_to_date > context.as_at_date)
{%- endmacro %}


{#-
  The from-clause of what looks back: every version up to that day that a usable delivery of the system held, deleted ones
  included (a successor supersedes for ever; a deleted person goes on linking).
-#}
{% macro history_rows(source_name, entity) -%}
{{ rectified(source_name, entity) }} as landed
    inner join {{ source('context', 'run_systems') }} as context
        on
            context.source_name = '{{ source_name }}'
            and landed.authority_code = context.authority_code
            and landed.valid_from_date <= context.as_at_date
            and (landed.valid_to_date is null or landed.valid_to_date > context.first_usable_date)
{%- endmacro %}


{#-
  A source's table of landing, its values set right where a person decided so (staging.rectified_rows, written before
  each build). A table of which nothing is rectified is read as it is, so that plans keep its statistics.
-#}
{% macro rectified(source_name, entity) -%}
    {%- set sent = source('landing', source_name ~ '_' ~ entity) -%}
    {#- nothing is asked while the project is only read -#}
    {%- set held = run_query(
        "select 1 from staging.rectified_rows"
        ~ " where source_name = '" ~ source_name ~ "' and entity = '" ~ entity ~ "' limit 1"
    ) if execute else none -%}
    {%- if not execute or held.rows | length == 0 -%}
        {{ sent }}
    {%- else -%}
        (
            select sent.*
            from {{ sent }} as sent
            where
                not exists (
                    select from staging.rectified_rows as held
                    where
                        held.source_name = '{{ source_name }}'
                        and held.entity = '{{ entity }}'
                        and held.authority_code = sent.authority_code
                        and held.row_key = sent.row_key
                        and held.valid_from_date = sent.valid_from_date
                )
            union all
            select said_right.*
            from {{ sent }} as sent
            inner join staging.rectified_rows as held
                on
                    held.source_name = '{{ source_name }}'
                    and held.entity = '{{ entity }}'
                    and sent.authority_code = held.authority_code
                    and sent.row_key = held.row_key
                    and sent.valid_from_date = held.valid_from_date
            cross join lateral jsonb_populate_record(
                null::landing.{{ source_name }}_{{ entity }}, to_jsonb(sent) || held.right_values
            ) as said_right
        )
    {%- endif -%}
{%- endmacro %}
