with

tables as (
    select * from pg_catalog.pg_stat_user_tables
)

select
    schemaname as schema_name,
    relname as table_name
from tables
where
    greatest(n_dead_tup, n_mod_since_analyze) >= 1000
    and greatest(n_dead_tup, n_mod_since_analyze) >= 0.1 * n_live_tup
order by schemaname, relname
