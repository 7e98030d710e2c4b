{#- Text as sent becomes typed here, and nowhere else. Landing has already quarantined what cannot be read. -#}

{#- Trim what a keyboard or a spreadsheet leaves around a value, as landing does; nothing left is null. -#}
{% macro trimmed(column) -%}
    landing.trimmed({{ column }})
{%- endmacro %}


{#- Numbers of a case system compare without leading zeros: 42 is 0000042 (deliveries.md section 7, Keys). -#}
{% macro number_key(column) -%}
    landing.canonical_key({{ column }})
{%- endmacro %}


{#- A GUID compares lower-cased: its ASCII letters, whatever the locale of the database, as landing's keys do. -#}
{% macro guid(column) -%}
    lower({{ trimmed(column) }} collate "C") collate "default"
{%- endmacro %}


{#-
  A code or an open name as it compares: NFC, without stray spaces, in Unicode's upper case. The function is a migration,
  for upper() follows the locale of the server; tests hold it equal to what landing's keys and codes are read with.
-#}
{% macro code_text(column) -%}
    nullif(landing.canonical_name({{ column }}), '')
{%- endmacro %}


{#- A boolean as it compares: a code, but that the words of databases for truth are 1 and 0, as landing reads them. -#}
{% macro truth_text(column) -%}
    case {{ code_text(column) }} when 'TRUE' then '1' when 'FALSE' then '0' else {{ code_text(column) }} end
{%- endmacro %}


{#-
  A whole number, where the text is one that an integer holds; else null. Landing sets apart what is not, but rows that
  landed under an earlier contract stand as they are, and may not stop a build.
-#}
{% macro whole_number(column) -%}
    case
        when {{ trimmed(column) }} ~ '^[+-]?([0-9]+[.]?0*|[.]0+)$'
            then
                case
                    when {{ trimmed(column) }}::numeric between 0 and 2147483647
                        then {{ trimmed(column) }}::numeric::integer
                end
    end
{%- endmacro %}


{#- A dd/mm/yyyy, or a replica's ISO date; 01/01/1900 stands for none. -#}
{% macro day_first_date(column) -%}
    nullif(
        case
            when {{ trimmed(column) }} ~ '^[0-9]{4}-' then left({{ trimmed(column) }}, 10)::date
            else to_date(split_part({{ trimmed(column) }}, ' ', 1), 'DD/MM/YYYY')
        end,
        date '1900-01-01'
    )
{%- endmacro %}


{#-
  A local dd/mm/yyyy HH:MM as an instant. PostgreSQL reads a time in the spring gap with the offset before the gap
  and an ambiguous autumn time as GMT, which is what the rules ask for; the unit tests hold it to that. The date and the
  time are parsed apart, because to_timestamp() would pass through the session's own time zone.
-#}
{% macro day_first_time(column) -%}
    nullif(
        case
            when {{ trimmed(column) }} ~ '^[0-9]{4}-' then replace({{ trimmed(column) }}, 'T', ' ')::timestamp
            else
                to_date(split_part({{ trimmed(column) }}, ' ', 1), 'DD/MM/YYYY')
                + coalesce(nullif(split_part({{ trimmed(column) }}, ' ', 2), ''), '00:00')::time
        end,
        timestamp '1900-01-01 00:00'
    ) at time zone 'Europe/London'
{%- endmacro %}


{#- An ISO 2018-09-30, also where a replica sends it with a time. -#}
{% macro iso_date(column) -%}
    left({{ trimmed(column) }}, 10)::date
{%- endmacro %}


{#- A UTC date-time; one without an offset (a replica's native type) is UTC too. -#}
{% macro utc_time(column) -%}
    case
        -- what is finer than a microsecond is cut off, not rounded: a rounded last moment would be in the next year
        when {{ trimmed(column) }} ~ '[.][0-9]{7}'
            then regexp_replace({{ trimmed(column) }}, '([.][0-9]{6})[0-9]+', '\1')::timestamptz
        when {{ trimmed(column) }} ~* '(z|[0-9][+-][0-9]{2}(:?[0-9]{2})?)$' and {{ trimmed(column) }} like '%:%'
            then {{ trimmed(column) }}::timestamptz
        else {{ trimmed(column) }}::timestamp at time zone 'UTC'
    end
{%- endmacro %}


{#-
  The calendar day in Europe/London on which an instant falls (indicators.md rule 1). An empty time of some systems is the
  first instant of the year 1 in UTC, which in London's own time of that age is the year before: no driver reads that.
-#}
{% macro local_date(column) -%}
    case
        when {{ column }} is not null
            then greatest(({{ column }} at time zone 'Europe/London')::date, date '0001-01-01')
    end
{%- endmacro %}


{#- An ONS code of a Welsh or English authority; blank is null, what is neither is unknown. -#}
{% macro ons_authority(column) -%}
    case
        when {{ code_text(column) }} is null then null
        when {{ code_text(column) }} ~ '^(W060000(0[1-9]|1[0-9]|2[0-4])|E[0-9]{8})$' then {{ code_text(column) }}
        else 'unknown'
    end
{%- endmacro %}


{#- A boolean: 1, yes or true is true, blank is not. -#}
{% macro flag(column) -%}
    coalesce({{ code_text(column) }} in ('1', 'Y', 'TRUE', 'T'), false)
{%- endmacro %}


{#- What a text such as `system:key` names, in any case, with or without leading zeros: the system and the key. -#}
{% macro former_source(column) -%}
    nullif(split_part(landing.canonical_former({{ column }}), ':', 1), '')
{%- endmacro %}


{% macro former_id(column) -%}
    nullif(substr(landing.canonical_former({{ column }}), strpos(landing.canonical_former({{ column }}), ':') + 1), '')
{%- endmacro %}
