{#-
  The facts about children that case systems hold: the plural used in model names. Which entity of a system holds them is
  in its contract (staging.case_entities).
-#}
{% macro fact_entities() -%}
    {{ return([
        'contacts', 'assessments', 'plans', 'reviews', 'section_47s', 'registrations', 'care_episodes', 'health_events',
        'school_moves', 'education_results', 'missing_episodes', 'care_leaver_checks', 'homeless_spells',
        'prevention_services'
    ]) }}
{%- endmacro %}


{#-
  The rows of one staging model of every case system (dbt_project.yml names them), one below the other, with the columns
  that are named or all. Columns are those of the interface that the staging models of all systems keep.
-#}
{% macro of_every_system(plural, columns=none) -%}
    {%- for system in var('case_systems') %}
select
    {%- if columns %}
    {{ columns | join(',\n    ') }}
    {%- else %}
    *
    {%- endif %}
from {{ ref('stg_' ~ system ~ '__' ~ plural) }}
        {%- if not loop.last %}
union all
        {%- endif %}
    {%- endfor %}
{%- endmacro %}


{#- A fact without a child's number is about a child of its own (deliveries.md section 7, Unlinked). -#}
{% macro child_of_its_own(plural, canonical_record_id) -%}
    {{ plural }} || ':' || {{ canonical_record_id }}
{%- endmacro %}
