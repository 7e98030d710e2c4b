{#-
  The values of declared foreign keys that their dimension does not have: one row per relation, key, authority and value.
  relations: by name, what may be compared. A key with a null in it refers to nothing; so does a day outside the years of
  the calendar, which a fact keeps with the reason for which no figure counts it. Where rows are without by design
  (is_optional), there is nothing to compare.
-#}
{% macro unmet_foreign_keys(relations) -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() | sort(attribute='name') if node.name in relations -%}
            {%- for declared in node.config.meta.get('foreign_keys', []) if not declared.get('is_optional') -%}
                {%- do found.append(unmet_foreign_key(relations, node, declared)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ found | join('\nunion all\n') if found else "select 1 as nothing_is_declared where false" }}
{%- endmacro %}


{% macro unmet_foreign_key(relations, node, declared) -%}
    {%- set keys = declared.get('to_columns') or primary_key_columns(declared.to) -%}
    {%- set names = declared['columns'] -%}
    {#- what all authorities share names none, and stops the build: it is a fault of the project itself -#}
    {%- set is_of_an_authority = 'authority_code' in node.columns and not node.config.meta.get('shared') -%}
    select
        '{{ node.name }}' as relation_name,
        '{{ names | join(", ") }}' as column_names,
        referring.authority_code
    from (
        select distinct
            {% if is_of_an_authority %}authority_code{% else %}null::text as authority_code{% endif %}
            {%- for name in names if name != 'authority_code' %},
            {{ name }}
            {%- endfor %}
        from {{ relations[node.name] }}
        where
            {%- for name in names %}
            {{ 'and ' if not loop.first }}{{ name }} is not null
            {%- endfor %}
            {%- if declared.to == 'dim_dates' %}
            and {{ in_calendar(names[0]) }}
            {%- endif %}
    ) as referring
    left join {{ relations[declared.to] }} as referred
        on
            {%- for name in names %}
            {{ 'and ' if not loop.first }}referring.{{ name }} = referred.{{ keys[loop.index0] }}
            {%- endfor %}
    where referred.{{ keys[0] }} is null
{%- endmacro %}


{#- The columns by which a row of a relation is known, as its contract or its metadata says. -#}
{% macro primary_key_columns(name) -%}
    {%- for node in graph.nodes.values() if node.name == name -%}
        {%- set constraints = (node.constraints or []) | selectattr('type', 'equalto', 'primary_key') | list -%}
        {{ return(node.config.meta['key'] if 'key' in node.config.meta else constraints[0]['columns']) }}
    {%- endfor -%}
{%- endmacro %}
