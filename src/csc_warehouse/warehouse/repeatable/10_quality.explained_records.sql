create or replace view quality.explained_records as
select
    e.authority_code,
    e.record_key,
    array_agg(distinct e.check_code order by e.check_code) as check_codes
from quality.explanations as e
inner join staging.run_context as c
    on c.authority_code = e.authority_code
    and e.as_at_date <= c.as_at_date
    and c.as_at_date < e.expires_on
where e.record_key is not null and e.withdrawn_at is null
group by e.authority_code, e.record_key;
comment on view quality.explained_records is
    'One row per record with explained failures, as at the day of the candidate: the checks that do not count it.';
comment on column quality.explained_records.authority_code is 'ONS code of the authority.';
comment on column quality.explained_records.record_key is 'The one record that is explained; null: the whole check.';
comment on column quality.explained_records.check_codes is 'Codes of the checks that do not count it.';
