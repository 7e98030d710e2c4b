-- Which of the functions and views that are asked for the database has.
select wanted.name
from unnest(cast(:names as text[])) as wanted (name)
where
    to_regclass(wanted.name) is not null
    or exists (
        select from pg_proc as p
        inner join pg_namespace as n on p.pronamespace = n.oid
        where n.nspname || '.' || p.proname = wanted.name
    )
