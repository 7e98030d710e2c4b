-- A record without a team of its own (a period of care, an enquiry, a missing episode) is the work of those who hold
-- the child: by its leading plan, an open one first, else by its latest contact. The worklists go by the same rule.

with plans as (
    select * from {{ ref('fct_plans') }}
    where exclusion_reason is null
),

contacts as (
    select * from {{ ref('fct_contacts') }}
    where exclusion_reason is null and team_key <> 'unknown'
),

leading_plans as (
    select distinct on (authority_code, child_key)
        authority_code,
        child_key,
        team_key,
        worker_key
    from plans
    order by authority_code, child_key, (end_date is null) desc, start_date desc, record_key
),

latest_contacts as (
    select distinct on (authority_code, child_key)
        authority_code,
        child_key,
        team_key,
        worker_key
    from contacts
    order by authority_code, child_key, received_date desc, record_key
)

select
    coalesce(leading_plans.authority_code, latest_contacts.authority_code) as authority_code,
    coalesce(leading_plans.child_key, latest_contacts.child_key) as child_key,
    coalesce(nullif(leading_plans.team_key, 'unknown'), latest_contacts.team_key, 'unknown') as team_key,
    coalesce(
        case when leading_plans.team_key <> 'unknown' then leading_plans.worker_key else latest_contacts.worker_key end,
        'unknown'
    ) as worker_key
from leading_plans
full join latest_contacts
    on
        leading_plans.authority_code = latest_contacts.authority_code
        and leading_plans.child_key = latest_contacts.child_key
