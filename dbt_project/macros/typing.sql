{#- Text as sent becomes typed here, and nowhere else. Landing has already quarantined what cannot be read. -#}

{#- Trim what a keyboard or a spreadsheet leaves around a value; nothing left is null. -#}
{% macro trimmed(column) -%}
    nullif(btrim({{ column }}, e' \t\r\n\u00a0'), '')
{%- endmacro %}


{#- RAISe's numbers compare without leading zeros: 42 is 0000042 (deliveries.md section 7, Keys). -#}
{% macro raise_key(column) -%}
    regexp_replace({{ trimmed(column) }}, '^0+(?=.)', '')
{%- endmacro %}


{#- A GUID compares lower-cased. -#}
{% macro guid(column) -%}
    lower({{ trimmed(column) }})
{%- endmacro %}


{#- A code or an open name: upper case without stray spaces. -#}
{% macro code_text(column) -%}
    upper({{ trimmed(column) }})
{%- endmacro %}


{#- RAISe's dd/mm/yyyy, or a replica's ISO date; 01/01/1900 is RAISe's null. -#}
{% macro raise_date(column) -%}
    nullif(
        case
            when {{ trimmed(column) }} ~ '^[0-9]{4}-' then left({{ trimmed(column) }}, 10)::date
            else to_date(split_part({{ trimmed(column) }}, ' ', 1), 'DD/MM/YYYY')
        end,
        date '1900-01-01'
    )
{%- endmacro %}


{#-
  RAISe's local dd/mm/yyyy HH:MM as an instant. PostgreSQL reads a time in the spring gap with the offset before the gap
  and an ambiguous autumn time as GMT, which is what the rules ask for; the unit tests hold it to that. The date and the
  time are parsed apart, because to_timestamp() would pass through the session's own time zone.
-#}
{% macro raise_time(column) -%}
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


{#- WCCIS's 2018-09-30, also where a replica sends it with a time. -#}
{% macro iso_date(column) -%}
    left({{ trimmed(column) }}, 10)::date
{%- endmacro %}


{#- WCCIS's UTC date-time; one without an offset (a replica's native type) is UTC too. -#}
{% macro utc_time(column) -%}
    case
        when {{ trimmed(column) }} ~* '(z|[0-9][+-][0-9]{2}(:?[0-9]{2})?)$' and {{ trimmed(column) }} like '%:%'
            then {{ trimmed(column) }}::timestamptz
        else {{ trimmed(column) }}::timestamp at time zone 'UTC'
    end
{%- endmacro %}


{#- The calendar day in Europe/London on which an instant falls (indicators.md rule 1). -#}
{% macro local_date(column) -%}
    ({{ column }} at time zone 'Europe/London')::date
{%- endmacro %}


{#- An ONS code of a Welsh or English authority; blank is null, what is neither is unknown. -#}
{% macro ons_authority(column) -%}
    case
        when {{ code_text(column) }} is null then null
        when {{ code_text(column) }} ~ '^(W060000(0[1-9]|1[0-9]|2[0-4])|E[0-9]{8})$' then {{ code_text(column) }}
        else 'unknown'
    end
{%- endmacro %}


{#- WCCIS's booleans: 1 is true, blank is not. -#}
{% macro flag(column) -%}
    coalesce({{ code_text(column) }} in ('1', 'Y', 'TRUE', 'T'), false)
{%- endmacro %}
