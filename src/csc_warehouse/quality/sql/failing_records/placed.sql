create temporary table placed_now on commit drop as
with leading_plan as (
    select distinct on (plans.authority_code, plans.child_key)
        plans.authority_code,
        plans.child_key,
        plans.record_key,
        plans.team_code as team_name
    from marts_candidate.fct_plans as plans
    where plans.exclusion_reason is null
    order by
        plans.authority_code, plans.child_key, (plans.end_date is null) desc, plans.start_date desc nulls last,
        plans.record_key
),

latest_contact as (
    select distinct on (contacts.authority_code, contacts.child_key)
        contacts.authority_code,
        contacts.child_key,
        contacts.team_name
    from marts_candidate.fct_contacts as contacts
    where contacts.exclusion_reason is null and contacts.team_name is not null
    order by contacts.authority_code, contacts.child_key, contacts.received_date desc, contacts.record_key
),

-- the record's own row, else the newest of the rows that it is made of
rows_behind as (
    select distinct on (found.authority_code, found.record_key)
        found.authority_code,
        found.record_key,
        sources.source_name,
        sources.source_entity,
        sources.record_id,
        sources.delivery_id,
        sources.record_number
    from (select distinct
        authority_code,
        record_key
    from failing_now) as found
    left join restricted_candidate.record_parts as parts
        on found.authority_code = parts.authority_code and found.record_key = parts.record_key
    inner join restricted_candidate.record_sources as sources
        on
            found.authority_code = sources.authority_code
            and sources.record_key = coalesce(parts.part_record_key, found.record_key)
    order by found.authority_code, found.record_key, sources.delivery_id desc, sources.record_number desc
),

numbers as (
    select distinct on (children.authority_code, children.child_key)
        children.authority_code,
        children.child_key,
        children.source_name,
        children.child_id
    from restricted_candidate.children as children
    inner join refreshed_now as refreshed on children.authority_code = refreshed.authority_code
    order by
        children.authority_code, children.child_key, (children.source_name = refreshed.live_source) desc,
        (children.child_id = children.canonical_child_id) desc, children.child_id
),

workers as (
    select
        workers_now.source_entity,
        workers_now.delivery_id,
        workers_now.record_number,
        workers_now.worker_name
    from workers_now
)

select
    found.authority_code,
    found.check_code,
    found.record_key,
    found.child_key,
    coalesce(behind.source_name, numbers.source_name) as source_name,
    coalesce(behind.source_entity, people.source_entity) as source_entity,
    coalesce(behind.record_id, numbers.child_id) as source_record_id,
    numbers.child_id as source_child_id,
    coalesce(found.team_name, leading_plan.team_name, latest_contact.team_name) as team_name,
    coalesce(own.worker_name, planned.worker_name) as worker_name,
    refreshed.as_at_date
from failing_now as found
inner join refreshed_now as refreshed on found.authority_code = refreshed.authority_code
left join rows_behind as behind
    on found.authority_code = behind.authority_code and found.record_key = behind.record_key
left join numbers on found.authority_code = numbers.authority_code and found.child_key = numbers.child_key
left join staging.case_entities as people on numbers.source_name = people.source_name and people.entity = 'people'
left join leading_plan
    on found.authority_code = leading_plan.authority_code and found.child_key = leading_plan.child_key
left join latest_contact
    on found.authority_code = latest_contact.authority_code and found.child_key = latest_contact.child_key
left join restricted_candidate.record_sources as plan_row
    on leading_plan.authority_code = plan_row.authority_code and leading_plan.record_key = plan_row.record_key
left join workers as own
    on
        behind.source_entity = own.source_entity and behind.delivery_id = own.delivery_id
        and behind.record_number = own.record_number
left join workers as planned
    on
        plan_row.source_entity = planned.source_entity and plan_row.delivery_id = planned.delivery_id
        and plan_row.record_number = planned.record_number
