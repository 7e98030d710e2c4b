{#- These stand in for dbt's own macros where a person types dbt (target dev; see macro-paths in dbt_project.yml). What
    was not built by hand is read from the last nightly build, so that one model can be looked at, built or tested
    without what it rests on: as dbt's defer, with nothing to set. -#}
{% macro ref() %}
    {{ return(built_by_hand_or_nightly(builtins.ref(*varargs, **kwargs))) }}
{% endmacro %}


{#- A unit test takes the columns of what it stands in for from the relation itself. -#}
{% macro postgres__get_columns_in_relation(relation) %}
    {{ return(dbt.postgres__get_columns_in_relation(built_by_hand_or_nightly(relation))) }}
{% endmacro %}


{#- A unit test's stand-ins have no schema and stay as they are. -#}
{% macro built_by_hand_or_nightly(relation) %}
    {%- set schema = relation.schema or '' -%}
    {%- if not execute or not schema.startswith('dev_') or load_relation(relation) is not none -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set named = schema[4:] -%}
    {%- set nightly_schema = named ~ '_candidate' if named in ('marts', 'reporting', 'restricted') else named -%}
    {%- set nightly = relation.incorporate(path={'schema': nightly_schema}) -%}
    {{ return(relation if load_relation(nightly) is none else nightly) }}
{% endmacro %}
