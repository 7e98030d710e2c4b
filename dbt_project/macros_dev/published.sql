{#- What the semantic layer reads: a published view, which the publication makes and nobody builds. dbt by hand (target
    dev) knows its name and columns; a build leaves it as it stands. -#}
{% materialization published, adapter='postgres' %}
    {%- call noop_statement('main', 'PUBLISHED') -%}{%- endcall -%}
    {{ return({'relations': [this]}) }}
{% endmaterialization %}
