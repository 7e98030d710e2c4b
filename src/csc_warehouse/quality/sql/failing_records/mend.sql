update restricted.failing_records as known set mended_date = refreshed.as_at_date
from refreshed_now as refreshed
where
    refreshed.authority_code = known.authority_code
    and known.mended_date is null
    and known.check_code = any(:applied_codes)
    and not exists (
        select from failing_now as found
        where
            found.authority_code = known.authority_code
            and found.check_code = known.check_code
            and found.record_key = known.record_key
    )
