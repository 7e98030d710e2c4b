-- What is counted is not always a row of a case system: a period of care is stitched from episodes, a review falls due
-- by a plan and the reviews held. From those records the way leads on to the rows that they are made of.

with episodes as (
    select
        episodes.authority_code,
        episodes.care_period_key,
        episodes.record_key
    from {{ ref('fct_care_episodes') }} as episodes
    where episodes.care_period_key is not null
),

parts as (
    select
        episodes.authority_code,
        episodes.care_period_key as record_key,
        episodes.record_key as part_record_key
    from episodes
    union
    select
        due.authority_code,
        due.record_key,
        due.subject_key as part_record_key
    from {{ ref('fct_reviews_due') }} as due
    where due.review_kind <> 'LAC'
    union
    select
        due.authority_code,
        due.record_key,
        episodes.record_key as part_record_key
    from {{ ref('fct_reviews_due') }} as due
    inner join episodes
        on due.authority_code = episodes.authority_code and due.subject_key = episodes.care_period_key
    where due.review_kind = 'LAC'
    union
    select
        due.authority_code,
        due.record_key,
        due.review_key as part_record_key
    from {{ ref('fct_reviews_due') }} as due
    where due.review_key is not null
    union
    select
        leavers.authority_code,
        leavers.record_key,
        checks.record_key as part_record_key
    from {{ ref('fct_care_leavers') }} as leavers
    inner join {{ ref('int_care_leaver_checks_conformed') }} as checks
        on
            leavers.authority_code = checks.authority_code
            and leavers.child_key = checks.child_key
            and leavers.left_care_date is not distinct from checks.left_care_date
    where not checks.is_void
    union
    select
        years.authority_code,
        years.record_key,
        checks.record_key as part_record_key
    from {{ ref('fct_care_leaver_years') }} as years
    inner join {{ ref('int_care_leaver_checks_conformed') }} as checks
        on years.authority_code = checks.authority_code and years.child_key = checks.child_key
    where not checks.is_void
    union
    -- the two components of a heading's variance
    select
        headings.authority_code,
        {{ derived_key('component', 'headings.record_key', 'components.component') }} as record_key,
        headings.record_key as part_record_key
    from {{ ref('fct_budget_headings') }} as headings
    cross join (values ('VARIANCE BEFORE SAVING'), ('PLANNED SAVING')) as components (component)
)

select
    parts.authority_code,
    parts.record_key,
    parts.part_record_key
from parts
