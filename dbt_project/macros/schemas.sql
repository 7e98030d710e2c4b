{#- A model's schema is the one that its folder names: no prefix of a target, since each home has its own database. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}


{#- A fresh table has no statistics until autovacuum comes by, and the next model is planned before that. -#}
{% macro analyze_after_build() -%}
    {% if model.config.materialized in ('table', 'incremental', 'seed') %}analyze {{ this }}{% endif %}
{%- endmacro %}


{#-
  Every build reads whole tables. Staging's expressions have no statistics, so that the planner expects one row where
  a hundred thousand come, and loops over them; hashing is right for all sizes here. Holds for the model's own
  transaction. Where only a loop can join (ranges), it is still used.
-#}
{% macro plan_for_whole_tables() -%}
    set local enable_nestloop = off; set local jit = off; set local work_mem = '64MB'
{%- endmacro %}
