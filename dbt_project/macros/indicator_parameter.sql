{# One parameter of an indicator's rule, read from the register, as a scalar: limits, look-backs and codes are never
   written into a model. tests/unit/register holds that every use names a parameter that the register has. #}
{% macro parameter(indicator_code, name, data_type='integer') -%}
    (
        select (register.parameters ->> '{{ name }}')::{{ data_type }}
        from {{ ref('indicators') }} as register
        where register.code = '{{ indicator_code }}'
    )
{%- endmacro %}
