update restricted.failing_records as known
set record_key = renamed.new_key, child_key = renamed.child_key
from (
    select distinct on (before.authority_code, before.check_code, placed.record_key)
        before.authority_code,
        before.check_code,
        before.record_key as old_key,
        placed.record_key as new_key,
        placed.child_key
    from placed_now as placed
    inner join restricted.failing_records as before
        on
            placed.authority_code = before.authority_code and placed.check_code = before.check_code
            and placed.source_name = before.source_name and placed.source_entity = before.source_entity
            and placed.source_record_id = before.source_record_id
    where
        before.mended_date is null
        and not exists (
            select from placed_now as same
            where
                same.authority_code = before.authority_code and same.check_code = before.check_code
                and same.record_key = before.record_key
        )
        and not exists (
            select from restricted.failing_records as taken
            where
                taken.authority_code = placed.authority_code and taken.check_code = placed.check_code
                and taken.record_key = placed.record_key
        )
    order by before.authority_code, before.check_code, placed.record_key, before.first_seen_date, before.record_key
) as renamed
where
    known.authority_code = renamed.authority_code and known.check_code = renamed.check_code
    and known.record_key = renamed.old_key
