-- What stands for an assessment: its first authorised version, for ever; while there is none, its highest version.
-- A sign-off after the day that its source last delivered has not happened yet.
with versions as (
    select
        *,
        case when authorised_date <= fresh_until_date then authorised_date end as known_authorised_date
    from {{ ref('int_assessment_versions_conformed') }}
),

ranked as (
    select
        *,
        count(*) over (partition by authority_code, canonical_record_id) as version_count,
        row_number() over (
            partition by authority_code, canonical_record_id
            order by
                is_void,
                known_authorised_date is null,
                case when known_authorised_date is not null then version_number end,
                version_number desc nulls last,
                -- where a version was not matched to its earlier row, the later system's stands
                system_number desc,
                record_id
        ) as preference
    from versions
)

select
    authority_code,
    canonical_record_id,
    record_key,
    source_name,
    record_id,
    version_number,
    version_count,
    child_key,
    is_void,
    recorded_at,
    fresh_until_date,
    delivery_id,
    record_number,
    referral_date,
    start_date,
    known_authorised_date as authorised_date,
    status_code,
    child_seen_code,
    child_seen_alone_code,
    outcome_code,
    delay_reason,
    team_name,
    worker_id
from ranked
where preference = 1
