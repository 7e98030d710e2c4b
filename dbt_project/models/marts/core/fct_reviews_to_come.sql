-- The other side of the as-at day: no indicator counts what has not fallen due, and whoever plans the work needs it.

select
    due.authority_code,
    due.record_key,
    due.child_key,
    due.subject_key,
    due.clock_code,
    due.review_kind,
    due.review_number,
    due.runs_from_date,
    due.due_date,
    due.held_date,
    due.subject_start_date,
    due.subject_end_date,
    due.due_date as event_date,
    {{ age_band_on('due.due_date') }} as age_band,
    {{ dimension_key('due.team_code') }} as team_key
from {{ ref('int_review_due_days') }} as due
inner join {{ source('context', 'run_context') }} as context on due.authority_code = context.authority_code
{{ child_attributes_join('due') }}
where due.due_date > context.as_at_date
