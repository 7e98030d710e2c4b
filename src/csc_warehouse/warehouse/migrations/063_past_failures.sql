-- What failed once and is no longer what figures rest on, told from what is still to be looked at.

create view quality.latest_failures as
with latest as (
    select distinct on (r.authority_code, r.check_code, r.scope) r.*
    from quality.check_results as r
    order by r.authority_code, r.check_code, r.scope, r.as_at_date desc, r.check_result_id desc
),

-- the system in use is the one that delivered last
case_systems as (
    select distinct on (d.authority_code) d.authority_code, d.source as live_source
    from landing.deliveries as d
    where d.status = 'accepted' and d.source <> 'corporate'
    order by d.authority_code, d.business_date desc, d.delivery_id desc
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
            case when exists (
                select from landing.deliveries as later
                where
                    later.source = d.source and later.authority_code = d.authority_code and later.name = d.name
                    and later.status = 'accepted' and later.business_date >= d.business_date
            ) then 'It was refused, and what came after it was let in.'
            end
        when d.source not in ('corporate', case_systems.live_source) then
            'Its source is no longer in use: nothing will come that could mend it, and figures of its time may bear it.'
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
left join case_systems on case_systems.authority_code = latest.authority_code
left join judged_last
    on judged_last.authority_code = latest.authority_code and judged_last.gate = latest.gate
where latest.status <> 'passed';
comment on view quality.latest_failures is
    'One row per check and source that fails by its latest judgement; past_because: why it is past, null while open.';
