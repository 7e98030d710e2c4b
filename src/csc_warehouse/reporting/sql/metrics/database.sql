with

sessions as (
    select * from pg_catalog.pg_stat_activity
    where datname = current_database()
)

select
    pg_database_size(current_database()) as database_size_bytes,
    count(*) as database_sessions
from sessions
