-- What is dated too late for its day of receipt is no later than what came after it: the next good delivery answers it,
-- whatever its day, as no other for that day is to be expected.
create or replace view landing.open_refusals as
select d.delivery_id, d.source, d.authority_code, d.name, d.business_date, d.reason
from landing.deliveries as d
left join landing.refusals as r on r.delivery_id = d.delivery_id
where
    d.status = 'refused'
    and not exists (
        select from landing.deliveries as later
        where
            later.source = d.source and later.authority_code = d.authority_code and later.name = d.name
            and later.status = 'accepted'
            and (later.business_date >= d.business_date or r.reason_code = 'business_date')
            and later.delivery_id > d.delivery_id
    );
comment on view landing.open_refusals is
    'One row per refused delivery since which none of the same day or a later one was let in.';
comment on column landing.open_refusals.delivery_id is 'Number of the refused delivery.';
comment on column landing.open_refusals.source is 'System that it came from.';
comment on column landing.open_refusals.authority_code is 'ONS code of the authority.';
comment on column landing.open_refusals.name is 'Which of a source''s deliveries of a day; all where there is one.';
comment on column landing.open_refusals.business_date is 'Day whose state it was to bring.';
comment on column landing.open_refusals.reason is 'Why it was refused, in one sentence.';
