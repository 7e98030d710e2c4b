-- One row per check of a care leaver that was not withdrawn, of the last two years or without a day.
select
    checks.authority_code,
    checks.record_key,
    checks.child_key,
    null::text as team_name,
    checks.left_care_date,
    checks.months,
    checks.check_date,
    checks.education_employment_code,
    context.as_at_date
from intermediate.int_care_leaver_checks_conformed as checks
inner join staging.run_context as context on checks.authority_code = context.authority_code
where
    not checks.is_void
    and (
        checks.check_date > context.as_at_date - interval '24 months'
        -- one without a day is never too old to mend: its care leaver counts as unchecked until it has one
        or checks.check_date is null
    )
