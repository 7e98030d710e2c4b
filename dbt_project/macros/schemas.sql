{#- A model's schema is the one that its folder names: no prefix of a target, since each home has its own database. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}


{#- A fresh table has no statistics until autovacuum comes by, and the next model is planned before that. -#}
{% macro analyze_after_build() -%}
    {% if model.config.materialized in ('table', 'incremental', 'seed') %}analyze {{ this }}{% endif %}
{%- endmacro %}
