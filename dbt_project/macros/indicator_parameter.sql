{# One parameter of an indicator's rule, read from the register, as a scalar: limits, look-backs and codes are never
   written into a model. tests/unit/register holds that every use names a parameter that the register has. #}
{% macro parameter(indicator_code, name, data_type='integer') -%}
    (
        select (register.parameters ->> '{{ name }}')::{{ data_type }}
        from {{ ref('indicators') }} as register
        where register.code = '{{ indicator_code }}'
    )
{%- endmacro %}


{#- The first day from which the register has an indicator computed. -#}
{% macro computed_from_date(indicator_code) -%}
    (
        select register.computed_from_date
        from {{ ref('indicators') }} as register
        where register.code = '{{ indicator_code }}'
    )
{%- endmacro %}


{#- The band of a whole number, in words: of the last numbers 14 and 28, the bands are 0-14, 15-28 and 29+. -#}
{% macro band_of(number, last_numbers) -%}
    case when {{ number }} is not null then (
        select
            coalesce(max(bands.last_number::integer) filter (where bands.last_number::integer < {{ number }}) + 1, 0)
            || coalesce(
                '-' || min(bands.last_number::integer) filter (where bands.last_number::integer >= {{ number }}), '+'
            )
        from jsonb_array_elements_text({{ last_numbers }}) as bands (last_number)
    ) end
{%- endmacro %}
