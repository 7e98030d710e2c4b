{#- Contacts with what every indicator of the front door says of them: the day on which they count, and the words. -#}
{% macro counted_contacts() -%}
select
    *,
    -- a contact in no term still needs a day to be listed under
    coalesce(received_date, {{ local_date('recorded_at') }}, fresh_until_date) as counting_date,
    case
        when received_at is null then 'received at an unknown time'
        else 'received ' || {{ spoken_time('received_at') }}
    end as received_evidence,
    case
        when decided_at is null then 'not decided'
        else 'decided ' || {{ spoken_time('decided_at') }}
    end as decided_evidence
from {{ ref('fct_contacts') }}
{%- endmacro %}
