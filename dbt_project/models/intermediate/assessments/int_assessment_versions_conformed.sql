-- The version is what migrates, so each version is matched by number and version; but all versions of one assessment
-- are one record, by the number that any of them ever carried. A row that names no version, of a system that has none,
-- stands for all versions of the systems before it.
with links as (
    select * from {{ ref('int_legacy_links') }}
    where entity = 'assessments'
),

linked as (
    select
        authority_code,
        source_name,
        record_id,
        system_number,
        canonical_record_id
    from {{ ref('int_records_linked') }}
    where entity = 'assessments'
),

superseded_versions as (
    select distinct
        authority_code,
        legacy_source_name,
        legacy_id,
        version_number
    from links
    where version_number is not null
),

superseded_whole as (
    select
        assessments.authority_code,
        assessments.canonical_record_id,
        max(namers.system_number) as system_number
    from links
    inner join linked as namers
        on
            links.authority_code = namers.authority_code
            and links.source_name = namers.source_name
            and links.record_id = namers.record_id
    inner join linked as assessments
        on
            links.authority_code = assessments.authority_code
            and (links.legacy_source_name, links.legacy_id) = (assessments.source_name, assessments.record_id)
    where links.version_number is null
    group by assessments.authority_code, assessments.canonical_record_id
),

{%- set columns = ['authority_code', 'source_name', 'record_id', 'version_number', 'child_id', 'is_void',
                   'recorded_at', 'delivery_id', 'record_number', 'referral_date', 'start_date', 'authorised_date',
                   'status_code', 'child_seen_code', 'child_seen_alone_code', 'outcome_code', 'delay_reason',
                   'team_name', 'worker_id'] %}

sent as (
    {{ of_every_system('assessments', columns + ['is_deleted', 'modified_at']) | indent }}
),

-- a cancelled version is not a deleted one: of two rows with one number and version it may be the later word
ranked as (
    select
        sent.*,
        linked.canonical_record_id,
        linked.system_number,
        row_number() over (
            partition by sent.authority_code, linked.canonical_record_id, linked.system_number, sent.version_number
            order by sent.is_deleted, sent.modified_at desc nulls last, sent.record_id
        ) as succession
    from sent
    inner join linked
        on
            sent.authority_code = linked.authority_code
            and sent.source_name = linked.source_name
            and sent.record_id = linked.record_id
),

facts as (
    select
        ranked.canonical_record_id,
        ranked.system_number,
        ranked.{{ columns | join(',\n        ranked.') }}
    from ranked
    left join superseded_versions
        on
            ranked.authority_code = superseded_versions.authority_code
            and ranked.source_name = superseded_versions.legacy_source_name
            and ranked.record_id = superseded_versions.legacy_id
            and ranked.version_number = superseded_versions.version_number
    left join superseded_whole
        on
            ranked.authority_code = superseded_whole.authority_code
            and ranked.canonical_record_id = superseded_whole.canonical_record_id
            and ranked.system_number < superseded_whole.system_number
    where ranked.succession = 1 and superseded_versions.legacy_id is null and superseded_whole.system_number is null
)

select
    facts.authority_code,
    facts.canonical_record_id,
    facts.version_number,
    facts.source_name,
    facts.system_number,
    facts.record_id,
    children.child_key,
    {{ record_key('assessments', 'facts.canonical_record_id') }} as record_key,
    facts.is_void,
    facts.recorded_at,
    systems.as_at_date as fresh_until_date,
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
inner join {{ source('context', 'run_systems') }} as systems
    on facts.authority_code = systems.authority_code and facts.source_name = systems.source_name
inner join {{ ref('int_child_keys') }} as children
    on
        facts.authority_code = children.authority_code
        and facts.source_name = children.source_name
        and coalesce(facts.child_id, {{ child_of_its_own("'assessments'", 'facts.canonical_record_id') }})
        = children.child_id
{{ salt_join('facts.authority_code') }}
