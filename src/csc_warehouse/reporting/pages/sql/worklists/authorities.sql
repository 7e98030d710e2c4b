-- as at the day of the findings: a build of an earlier day changes nothing in them, and is not what they are of
select
    context.authority_code,
    context.authority_name,
    greatest(
        context.as_at_date,
        (
            select max(greatest(known.last_seen_date, known.mended_date))
            from restricted.failing_records as known
            where known.authority_code = context.authority_code
        )
    ) as as_at_date
from staging.run_context as context
order by context.authority_code
