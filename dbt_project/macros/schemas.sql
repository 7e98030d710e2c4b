{#- A model's schema is the one that its folder names: each home has its own database. What a person builds by hand goes
    to schemas of its own (dev_staging, dev_marts ...), never into the candidate of a night; what the publication makes has its own schema for both. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set named = (custom_schema_name or target.schema) | trim -%}
    {%- set is_as_named = target.name == 'warehouse' or node.config.materialized == 'published' -%}
    {{ named if is_as_named else 'dev_' ~ named | replace('_candidate', '') }}
{%- endmacro %}


{#- A fresh table has no statistics until autovacuum comes by, and the next model is planned before that. -#}
{% macro analyze_after_build() -%}
    {% if model.config.materialized in ('table', 'incremental', 'seed') %}analyze {{ this }}{% endif %}
{%- endmacro %}


{#- What is read from staging has no statistics: by guessed sizes the planner may join two relations by no more than the
    authority that each has in common with a third, which is every pair of a council's rows. As written, it cannot. -#}
{% macro join_as_written() -%}
    set local join_collapse_limit = 1
{%- endmacro %}
