-- The version is what migrated, so each version is matched by number and version; but all versions of one caseform
-- are one assessment, the RAISe one if any of them ever carried its number.
with links as (
    select * from {{ ref('int_legacy_links') }}
    where entity = 'assessments'
),

numbers as (
    select distinct on (authority_code, record_id)
        authority_code,
        record_id,
        legacy_id as assessment_number
    from links
    where is_latest
    order by authority_code, record_id, last_carried_from_date desc, version_number nulls last, legacy_id
),

superseded as (
    select distinct
        authority_code,
        legacy_id,
        version_number
    from links
),

raise_numbers as (
    select
        authority_code,
        record_id
    from {{ ref('stg_raise__assessments') }}
    union
    select
        authority_code,
        legacy_id
    from superseded
),

wccis_rows as (
    select
        versions.*,
        coalesce(versions.legacy_id, links.legacy_id) as linked_id,
        {{ canonical_wccis_id('numbers.assessment_number', 'versions.record_id', 'raise_numbers.record_id') }}
            as canonical_record_id
    from {{ ref('stg_wccis__assessments') }} as versions
    left join links
        on
            versions.authority_code = links.authority_code
            and versions.record_id = links.record_id
            and versions.version_number = links.version_number
            and links.is_latest
    left join numbers
        on versions.authority_code = numbers.authority_code and versions.record_id = numbers.record_id
    left join raise_numbers
        on versions.authority_code = raise_numbers.authority_code and versions.record_id = raise_numbers.record_id
),

-- a cancelled version is not a deleted one: of two rows with one number and version it may be the later word
wccis_ranked as (
    select
        *,
        row_number() over (
            partition by authority_code, canonical_record_id, version_number
            order by is_deleted, modified_at desc nulls last, record_id
        ) as succession
    from wccis_rows
),

{%- set columns = ['authority_code', 'source_name', 'record_id', 'version_number', 'child_id', 'is_void',
                   'recorded_at', 'delivery_id', 'record_number', 'referral_date', 'start_date', 'authorised_date',
                   'status_code', 'child_seen_code', 'child_seen_alone_code', 'outcome_code', 'delay_reason',
                   'team_name', 'worker_id'] %}

facts as (
    select
        raise_rows.record_id as canonical_record_id,
        raise_rows.record_id as linked_id,
        raise_rows.{{ columns | join(',\n        raise_rows.') }}
    from {{ ref('stg_raise__assessments') }} as raise_rows
    left join superseded
        on
            raise_rows.authority_code = superseded.authority_code
            and raise_rows.record_id = superseded.legacy_id
            and raise_rows.version_number = superseded.version_number
    where superseded.legacy_id is null

    union all

    select
        canonical_record_id,
        linked_id,
        {{ columns | join(',\n        ') }}
    from wccis_ranked
    where succession = 1
)

select
    facts.authority_code,
    facts.canonical_record_id,
    facts.version_number,
    facts.source_name,
    facts.record_id,
    children.child_key,
    {{ record_key('assessments', 'facts.canonical_record_id') }} as record_key,
    facts.is_void,
    facts.recorded_at,
    case facts.source_name
        when 'raise' then context.raise_as_at_date
        else context.wccis_as_at_date
    end as fresh_until_date,
    facts.delivery_id,
    facts.record_number,
    facts.referral_date,
    facts.start_date,
    facts.authorised_date,
    facts.status_code,
    facts.child_seen_code,
    facts.child_seen_alone_code,
    facts.outcome_code,
    facts.delay_reason,
    facts.team_name,
    facts.worker_id
from facts
inner join {{ source('context', 'run_context') }} as context on facts.authority_code = context.authority_code
inner join {{ ref('int_child_keys') }} as children
    on
        facts.authority_code = children.authority_code
        and facts.source_name = children.source_name
        and coalesce(
            facts.child_id,
            {{ child_of_its_own('assessments', 'coalesce(facts.linked_id, facts.record_id)') }}
        ) = children.child_id
{{ salt_join('facts.authority_code') }}
