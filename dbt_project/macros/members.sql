{#-
  Decode a list of codes joined by +: members sorted, each once. One that is not listed makes the whole unknown
  (indicators.md, ruling on CPR01); a list without a single member is null. Needs the alias context of as_at_rows.
-#}
{% macro decoded_members(source_name, list_name, column) -%}
    (
        select
            case
                when bool_and(members.code is not null)
                    then string_agg(distinct members.code, '+' order by members.code)
                else 'unknown'
            end
        from (
            select listed.code
            from regexp_split_to_table({{ code_text(column) }}, '\+') as part (source_code)
            left join {{ source('landing', 'code_map') }} as listed
                on
                    listed.source = '{{ source_name }}'
                    and listed.list_name = '{{ list_name }}'
                    and listed.source_code = {{ code_text('part.source_code') }}
                    and (listed.valid_from_date is null or listed.valid_from_date <= context.as_at_date)
                    and (listed.valid_to_date is null or listed.valid_to_date > context.as_at_date)
            where {{ trimmed('part.source_code') }} is not null
        ) as members
        having count(*) > 0
    )
{%- endmacro %}
