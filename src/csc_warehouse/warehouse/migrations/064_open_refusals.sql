-- A refusal is answered by what was let in after it, not by what stood before; and a system is left at the cut-over,
-- whatever it goes on sending.

create view landing.open_refusals as
select d.delivery_id, d.source, d.authority_code, d.name, d.business_date, d.reason
from landing.deliveries as d
where
    d.status = 'refused'
    and not exists (
        select from landing.deliveries as later
        where
            later.source = d.source and later.authority_code = d.authority_code and later.name = d.name
            and later.status = 'accepted'
            and later.business_date >= d.business_date and later.delivery_id > d.delivery_id
    );
comment on view landing.open_refusals is
    'One row per refused delivery since which none of the same day or a later one was let in.';
comment on column landing.open_refusals.delivery_id is 'Number of the refused delivery.';
comment on column landing.open_refusals.source is 'System that it came from.';
comment on column landing.open_refusals.authority_code is 'ONS code of the authority.';
comment on column landing.open_refusals.name is 'Which of a source''s deliveries of a day; all where there is one.';
comment on column landing.open_refusals.business_date is 'Day whose state it was to bring.';
comment on column landing.open_refusals.reason is 'Why it was refused, in one sentence.';

create or replace view quality.latest_failures as
with latest as (
    select distinct on (r.authority_code, r.check_code, r.scope) r.*
    from quality.check_results as r
    order by r.authority_code, r.check_code, r.scope, r.as_at_date desc, r.check_result_id desc
),

-- the cut-over of the last build is that of every as-at; WCCIS before it is on trial, RAISe after it is not used
authorities_in_wccis as (
    select c.authority_code
    from staging.run_context as c
    where exists (
        select from landing.deliveries as d
        where
            d.authority_code = c.authority_code and d.source = 'wccis' and d.status = 'accepted'
            and d.business_date >= c.cut_over_date
    )
),

judged_last as (
    select distinct on (r.authority_code, r.gate) r.authority_code, r.gate, r.release_id
    from quality.check_results as r
    where r.gate <> 'door'
    order by r.authority_code, r.gate, r.as_at_date desc, r.check_result_id desc
)

select
    latest.*,
    case
        when latest.gate <> 'door' then
            case when judged_last.release_id is distinct from latest.release_id
                then 'The check does not apply to the latest figures.'
            end
        when d.delivery_id is null then 'The delivery was never finished; it is judged anew when it lands.'
        when d.status = 'superseded' then 'Another delivery for the same day replaced this one.'
        when d.status = 'refused' then
            case when open_refusals.delivery_id is null then 'It was refused, and what came after it was let in.' end
        when d.source = 'raise' and authorities_in_wccis.authority_code is not null then
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
left join landing.deliveries as d on d.delivery_id = latest.delivery_id
left join landing.open_refusals on open_refusals.delivery_id = d.delivery_id
left join authorities_in_wccis on authorities_in_wccis.authority_code = latest.authority_code
left join judged_last
    on judged_last.authority_code = latest.authority_code and judged_last.gate = latest.gate
where latest.status <> 'passed';
