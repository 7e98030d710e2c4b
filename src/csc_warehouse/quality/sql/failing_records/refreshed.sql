create temporary table refreshed_now on commit drop as
select
    context.authority_code,
    context.as_at_date,
    context.live_source
from staging.run_context as context
where context.as_at_date >= coalesce((
    select max(greatest(known.last_seen_date, known.mended_date)) from restricted.failing_records as known
    where known.authority_code = context.authority_code
), '-infinity')
