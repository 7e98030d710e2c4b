-- What is hidden, for whom and why: decided and proved before reporting is built, over all that a profile shows.
-- It holds no figure.

with hidden as (
    select * from {{ source('run', 'hidden_figures') }}
)

select
    profile,
    authority_code,
    indicator_code,
    period_type,
    period_label,
    breakdown,
    breakdown_value,
    hides,
    reason
from hidden
