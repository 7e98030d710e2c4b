-- Does the week look like a week? Where all days moved by one, Friday's work stands on Saturday or Monday's on Sunday.
-- Comparing with the history behind does not show it, for an extract moves its whole history at once.
with received as (
    select
        contacts.authority_code,
        count(*) filter (where extract(isodow from contacts.received_date) = 6) as on_saturdays,
        count(*) filter (where extract(isodow from contacts.received_date) = 7) as on_sundays,
        count(*) filter (where extract(isodow from contacts.received_date) <= 5) / 5.0 as on_each_weekday,
        count(*) as contacts
    from marts_candidate.fct_contacts as contacts
    inner join staging.run_context as context on contacts.authority_code = context.authority_code
    where
        contacts.exclusion_reason is null
        and contacts.received_date > context.as_at_date - 91
        and contacts.received_date <= context.as_at_date
    group by contacts.authority_code
),

authorised as (
    select
        assessments.authority_code,
        count(*) as assessments,
        count(*) filter (where extract(isodow from assessments.authorised_date) >= 6) as at_weekends
    from marts_candidate.fct_assessments as assessments
    inner join staging.run_context as context on assessments.authority_code = context.authority_code
    where
        assessments.exclusion_reason is null
        and assessments.authorised_date > context.as_at_date - 91
        and assessments.authorised_date <= context.as_at_date
    group by assessments.authority_code
)

select
    authority_code,
    'WKD01' as check_code,
    'contacts' as subject,
    greatest(on_saturdays, on_sundays)::double precision / on_each_weekday::double precision as value,
    contacts as checked,
    null::bigint as failed
from received
where contacts >= 300 and on_each_weekday > 0
union all
select
    authority_code,
    'WKD02',
    'assessments',
    case when at_weekends >= 10 then at_weekends::double precision / assessments else 0 end,
    assessments,
    null
from authorised
where assessments >= 50
