create or replace view quality.latest_failures as
with results as (
    select r.*, t.check_result_id is not null as is_taken_back
    from quality.check_results as r
    left join quality.results_taken_back as t on t.check_result_id = r.check_result_id
),

latest as (
    select r.*
    from quality.check_results as r
    inner join (
        select distinct on (authority_code, check_code, scope, is_taken_back) check_result_id
        from results
        order by authority_code, check_code, scope, is_taken_back, as_at_date desc, check_result_id desc
    ) as newest on newest.check_result_id = r.check_result_id
),

-- the chain of the last build is that of every as-at; a system before its first day is on trial, and one whose successor
-- has delivered is not used any more
systems_left as (
    select distinct earlier.authority_code, earlier.source_name
    from staging.run_systems as earlier
    inner join staging.run_systems as later
        on later.authority_code = earlier.authority_code and later.system_number > earlier.system_number
    where exists (
        select from landing.deliveries as d
        where
            d.authority_code = later.authority_code and d.source = later.source_name and d.status = 'accepted'
            and d.business_date >= later.live_from_date
    )
),

judged_last as (
    select distinct on (r.authority_code, r.gate) r.authority_code, r.gate, r.release_id
    from results as r
    where r.gate <> 'door' and not r.is_taken_back
    order by r.authority_code, r.gate, r.as_at_date desc, r.check_result_id desc
)

select
    latest.check_result_id,
    latest.run_id,
    latest.release_id,
    latest.delivery_id,
    latest.authority_code,
    latest.check_code,
    latest.sentence,
    latest.severity,
    latest.owner,
    latest.status,
    latest.checked,
    latest.failed,
    latest.measure,
    latest.indicators,
    latest.first_failed_at,
    latest.gate,
    latest.scope,
    latest.as_at_date,
    latest.change,
    latest.limit_text,
    latest.worst_subject,
    latest.recorded_at,
    case
        when taken_back.check_result_id is not null then 'What it judged was withdrawn.'
        when latest.gate <> 'door' and (judged_last.release_id is not distinct from latest.release_id) then null
        when latest.gate <> 'door' then 'The check does not apply to the latest figures.'
        when d.delivery_id is null then 'The delivery was never finished; it is judged anew when it lands.'
        when d.status = 'superseded' then 'Another delivery for the same day replaced this one.'
        when d.status = 'refused' then
            case when open_refusals.delivery_id is null then 'It was refused, and what came after it was let in.' end
        when systems_left.source_name is not null then
            'Its source is no longer in use: no later delivery of it counts, and figures of its time may bear it.'
        when exists (
            select from landing.deliveries as later
            where
                later.source = d.source and later.authority_code = d.authority_code and later.name = d.name
                and later.status = 'accepted' and later.kind in ('full', 'return')
                and later.business_date > d.business_date
        ) then 'A later delivery said everything anew, and the check no longer applies to it.'
    end as past_because
from latest
left join quality.results_taken_back as taken_back on taken_back.check_result_id = latest.check_result_id
left join landing.deliveries as d on d.delivery_id = latest.delivery_id
left join landing.open_refusals on open_refusals.delivery_id = d.delivery_id
left join systems_left
    on systems_left.authority_code = d.authority_code and systems_left.source_name = d.source
left join judged_last
    on judged_last.authority_code = latest.authority_code and judged_last.gate = latest.gate
where latest.status <> 'passed';
comment on view quality.latest_failures is
    'One row per check and source that fails by its latest judgement, one of what was withdrawn apart; past_because: why it is past, null while open.';
comment on column quality.latest_failures.check_result_id is 'Number of the judgement.';
comment on column quality.latest_failures.run_id is 'The build that was judged; null at the door.';
comment on column quality.latest_failures.release_id is 'The candidate release that was judged; null at the door.';
comment on column quality.latest_failures.delivery_id is 'The delivery that was judged; null at the exit.';
comment on column quality.latest_failures.authority_code is 'ONS code of the authority.';
comment on column quality.latest_failures.check_code is
    'Stable code of the check; its text is in the catalogue of checks.';
comment on column quality.latest_failures.sentence is 'What must hold, in plain English.';
comment on column quality.latest_failures.severity is
    'critical refuses a delivery or holds an authority; warning publishes with a caveat; info is counted.';
comment on column quality.latest_failures.owner is 'Who must look at a failure.';
comment on column quality.latest_failures.status is 'passed, failed, or broken: the check itself could not be made.';
comment on column quality.latest_failures.checked is 'How many rows, columns or figures were looked at.';
comment on column quality.latest_failures.failed is 'How many of them failed.';
comment on column quality.latest_failures.measure is 'The measured number that was compared with the limit.';
comment on column quality.latest_failures.indicators is 'Codes of the indicators that a failure can distort.';
comment on column quality.latest_failures.first_failed_at is
    'When the present unbroken run of failures began; null when passed.';
comment on column quality.latest_failures.gate is
    'door (a delivery), exit (a candidate) or disclosure (its reporting).';
comment on column quality.latest_failures.scope is
    'What the history of the check runs over besides the authority: the source at the door.';
comment on column quality.latest_failures.as_at_date is
    'Business date of the delivery, or the as-at day of the candidate.';
comment on column quality.latest_failures.change is
    'Against the judgement before: passing, newly failing, still failing or mended.';
comment on column quality.latest_failures.limit_text is 'The limit in words.';
comment on column quality.latest_failures.worst_subject is 'Entity, column, indicator or period where it is worst.';
comment on column quality.latest_failures.recorded_at is 'When it was judged.';
comment on column quality.latest_failures.past_because is 'Why no figure rests on it any more; null while it is open.';
