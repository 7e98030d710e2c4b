create or replace view landing.days_taken_back as
select
    d.authority_code,
    d.business_date
from landing.deliveries as d
where d.source <> 'corporate'
group by d.authority_code, d.business_date
having bool_or(d.status = 'withdrawn') and not bool_or(d.status = 'accepted');
comment on view landing.days_taken_back is
    'One row per authority and business date whose deliveries of case systems were all withdrawn: figures as at that day rest on nothing that stands.';
comment on column landing.days_taken_back.authority_code is 'ONS code of the authority.';
comment on column landing.days_taken_back.business_date is 'The day.';
