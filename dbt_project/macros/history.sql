{#-
  The from-clause of a staging model: the rows that a source stated as at the day of the run, and nothing that an
  unusable delivery said alone. Aliases: landed (the row) and context (the run's day of that authority).
  {{ as_at_rows('raise', 'contact') }}
-#}
{% macro as_at_rows(source_name, entity) -%}
{{ source('landing', source_name ~ '_' ~ entity) }} as landed
    inner join {{ source('context', 'run_context') }} as context
        on
            landed.authority_code = context.authority_code
            and landed.valid_from_date <= context.{{ source_name }}_as_at_date
            and (landed.valid_to_date is null or landed.valid_to_date > context.{{ source_name }}_as_at_date)
{%- endmacro %}


{#-
  The from-clause of what looks back: every version up to the day of the run that a usable WCCIS delivery held,
  deleted ones included (a successor supersedes for ever; a deleted person goes on linking).
-#}
{% macro history_rows(source_name, entity) -%}
{{ source('landing', source_name ~ '_' ~ entity) }} as landed
    inner join {{ source('context', 'run_context') }} as context
        on
            landed.authority_code = context.authority_code
            and landed.valid_from_date <= context.{{ source_name }}_as_at_date
            {%- if source_name == 'wccis' %}
            and (landed.valid_to_date is null or landed.valid_to_date > context.wccis_first_date)
            {%- endif %}
{%- endmacro %}
