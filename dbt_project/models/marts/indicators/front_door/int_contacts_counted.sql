with contacts as (
    select * from {{ ref('fct_contacts') }}
)

select
    authority_code,
    record_key,
    child_key,
    -- a contact in no term still needs a day to be listed under
    coalesce(received_date, {{ local_date('recorded_at') }}, fresh_until_date) as counting_date,
    received_at,
    received_date,
    received_working_day_number,
    decided_at,
    decided_date,
    hours_to_decision,
    working_days_to_decision,
    source_code,
    outcome_code,
    team_name,
    placing_authority_code,
    is_placed_by_another_authority,
    exclusion_reason,
    decision_exclusion_reason,
    case
        when received_at is null then 'received at an unknown time'
        else 'received ' || {{ spoken_time('received_at') }}
    end as received_evidence,
    case
        when decided_at is null then 'not decided'
        else 'decided ' || {{ spoken_time('decided_at') }}
    end as decided_evidence
from contacts
