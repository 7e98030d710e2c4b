{#-
  The one join that staging may make: a source's code to the canonical one, by the source's dated list.
  {{ decode_join('source_codes', SYSTEM, 'contact_source', 'landed.source') }} ... {{ decoded('source_codes', 'landed.source') }}
  A boolean of the contract is joined with is_boolean=true: landing reads its words TRUE and FALSE as 1 and 0.
-#}
{% macro decode_join(alias, source_name, list_name, column, is_boolean=false) -%}
    left join {{ source('landing', 'code_map') }} as {{ alias }}
        on
            {{ alias }}.source = '{{ source_name }}'
            and {{ alias }}.list_name = '{{ list_name }}'
            and {{ alias }}.source_code = {{ truth_text(column) if is_boolean else code_text(column) }}
            and ({{ alias }}.valid_from_date is null or {{ alias }}.valid_from_date <= context.as_at_date)
            and ({{ alias }}.valid_to_date is null or {{ alias }}.valid_to_date > context.as_at_date)
{%- endmacro %}


{#- A blank code is null; one that is not listed is kept as 'unknown', never dropped and never guessed. -#}
{% macro decoded(alias, column) -%}
    case when {{ code_text(column) }} is not null then coalesce({{ alias }}.code, 'unknown') end
{%- endmacro %}


{#-
  Whether access is restricted: all but a listed no and a blank is, for a code that is not listed may mean yes, and a child
  who is named to the wrong reader cannot be unnamed. Needs the decode_join of the same column.
-#}
{% macro restricted(alias, column) -%}
    coalesce({{ decoded(alias, column) }} <> 'N', false)
{%- endmacro %}


{#- Names that differ between systems (teams, roles, headings): the seed's spelling, else the name itself. -#}
{% macro spelling_join(alias, list_name, column) -%}
    left join {{ ref('int_spellings') }} as {{ alias }}
        on {{ alias }}.list_name = '{{ list_name }}' and {{ alias }}.spelling = {{ column }}
{%- endmacro %}


{% macro spelled(alias, column) -%}
    coalesce({{ alias }}.canonical, {{ column }})
{%- endmacro %}


{#-
  An ethnicity's group of the Census, by the list of spellings (indicators.md section 5); a group itself is one. What no
  list knows is never guessed.
-#}
{% macro ethnicity_group(spelled_name) -%}
    case
        when {{ spelled_name }} in ('ASIAN', 'BLACK', 'MIXED', 'WHITE', 'OTHER') then {{ spelled_name }}
        else 'unknown'
    end
{%- endmacro %}
