with

archiver as (
    select
        last_archived_time,
        last_failed_time,
        pg_size_bytes(current_setting('wal_segment_size')) as piece_size,
        case when last_archived_wal not like '%.history' then last_archived_wal end as last_piece
    from pg_catalog.pg_stat_archiver
    where current_setting('archive_mode') <> 'off'
),

kept as (
    select
        *,
        ('x' || substr(last_piece, 9, 8))::bit(32)::bigint * 4294967296
        + (('x' || substr(last_piece, 17, 8))::bit(32)::bigint + 1) * piece_size as kept_up_to
    from archiver
)

select
    extract(epoch from last_archived_time) as log_kept_timestamp_seconds,
    coalesce(last_failed_time > last_archived_time, last_failed_time is not null)::integer as log_not_kept,
    greatest(0, (pg_current_wal_lsn() - '0/0'::pg_lsn) - kept_up_to) as log_waiting_bytes
from kept
