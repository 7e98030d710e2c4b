{#-
  Tables and views as dbt makes them, with the same result in fewer statements: by itself it renames what stands, renames
  what is new, and drops what stood, each by a macro of its own. Here that is one statement, in the transaction in which
  the new relation was made; what stands is locked no sooner.
-#}
{% materialization table, adapter='postgres' %}
    {%- set standing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set new_relation = make_intermediate_relation(target_relation) -%}
    {{ drop_what_was_left_behind(target_relation) }}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, new_relation, sql) }}
    {%- endcall %}
    {% do create_indexes(new_relation) %}
    {% call statement('put_in_place') -%}
        {{ drop_standing(standing) }}
        alter table {{ new_relation }} rename to {{ adapter.quote(target_relation.identifier) }}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% set is_revoked = should_revoke(standing, full_refresh_mode=True) %}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=is_revoked) %}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% materialization view, adapter='postgres' %}
    {%- set standing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ drop_what_was_left_behind(target_relation) }}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        {{ drop_standing(standing) }}
        {{ get_create_view_as_sql(target_relation, sql) }}
    {%- endcall %}

    {% set is_revoked = should_revoke(standing, full_refresh_mode=True) %}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=is_revoked) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- The statement that takes away what stands under a relation's name, of whichever kind; nothing where nothing does. -#}
{% macro drop_standing(standing) -%}
    {%- if standing is not none -%}
        {%- do adapter.cache_dropped(standing) -%}
        drop {{ standing.type | string | replace('_', ' ') }} if exists {{ standing }} cascade;
    {%- endif -%}
{%- endmacro %}


{#- What a build that was killed has left under the names between: dbt's own, until now, could leave one of either. -#}
{% macro drop_what_was_left_behind(target_relation) -%}
    {{ drop_relation_if_exists(load_cached_relation(make_intermediate_relation(target_relation))) }}
    {{ drop_relation_if_exists(load_cached_relation(make_backup_relation(target_relation, 'table'))) }}
{%- endmacro %}
