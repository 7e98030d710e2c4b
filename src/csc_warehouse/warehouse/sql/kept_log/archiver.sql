select
    last_archived_time as last_kept,
    coalesce(last_failed_time > last_archived_time, last_failed_time is not null) as is_failing
from pg_catalog.pg_stat_archiver
where current_setting('archive_mode') <> 'off'
