-- By the day of return, where it is recorded, and whoever is responsible for the child.

with episodes as (
    select * from {{ ref('fct_missing_episodes') }}
    where returned_date is not null
)

select
    authority_code,
    record_key,
    child_key,
    responsible,
    returned_at,
    returned_date,
    interview_offered_code,
    interview_accepted_code,
    interview_completed_at,
    return_exclusion_reason as exclusion_reason,
    interview_exclusion_reason,
    'returned ' || {{ spoken_time('returned_at') }} as return_evidence,
    case interview_offered_code
        when 'Y' then 'interview offered'
        when 'N' then 'interview not offered'
        else 'unknown whether an interview was offered'
    end
    || case
        when interview_offered_code = 'Y' and interview_accepted_code = 'Y' then ' and accepted'
        when interview_offered_code = 'Y' and interview_accepted_code = 'N' then ' and declined'
        when interview_offered_code = 'Y' then ', unknown whether it was accepted'
        else ''
    end as offer_evidence
from episodes
