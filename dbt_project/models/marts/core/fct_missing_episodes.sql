-- An event after the latest delivery of its source is not a fact yet. A return counts whatever the beginning says,
-- unless that lies in the calendar and after it; an interview answers the return that it follows (indicators.md
-- section 5, what a date means).

with episodes as (
    select * from {{ ref('int_missing_episodes_conformed') }}
),

children as (
    select * from {{ ref('dim_children') }}
),

known as (
    select
        episodes.*,
        {{ fresh_date(local_date('episodes.missing_from_at'), 'episodes.fresh_until_date') }} as missing_from_date,
        {{ fresh_end(local_date('episodes.returned_at'), 'episodes.fresh_until_date') }} as returned_date,
        {{ fresh_end(local_date('episodes.interview_completed_at'), 'episodes.fresh_until_date') }}
            as interview_completed_date
    from episodes
)

select
    known.authority_code,
    known.record_key,
    known.child_key,
    case when known.missing_from_date is not null then known.missing_from_at end as missing_from_at,
    known.missing_from_date,
    case when known.returned_date is not null then known.returned_at end as returned_at,
    known.returned_date,
    known.reported_by_code,
    known.interview_offered_code,
    known.interview_accepted_code,
    case when known.interview_completed_date is not null then known.interview_completed_at end
        as interview_completed_at,
    case when children.exclusion_reason is null then 'own' else 'other' end as responsible,
    case
        when known.is_void then 'withdrawn or deleted in the case system'
        when known.missing_from_at is not null and known.missing_from_date is null
            then 'missing from a day after its source last delivered, or outside 1990 to 2040'
    end as exclusion_reason,
    case
        when known.is_void then 'withdrawn or deleted in the case system'
        when not ({{ in_calendar('known.returned_date') }}) then 'returned outside the years 1990 to 2040'
        when
            {{ in_calendar(local_date('known.missing_from_at')) }}
            and known.returned_date is not null
            and known.returned_at < known.missing_from_at
            then 'returned before going missing'
    end as return_exclusion_reason,
    case
        when known.interview_completed_date is null or known.returned_date is null then null
        when known.interview_completed_at < known.returned_at then 'interview before the return'
        when not ({{ in_calendar('known.interview_completed_date') }})
            then 'interview outside the years 1990 to 2040'
    end as interview_exclusion_reason,
    known.missing_from_date as event_date,
    {{ age_band_on('known.missing_from_date') }} as age_band
from known
left join children on known.authority_code = children.authority_code and known.child_key = children.child_key
{{ child_attributes_join('known') }}
