-- The views that stand upon a function or a view, directly or through others: those that nothing stands upon come first.
with recursive upon as (
    select
        cast(:oid as oid) as oid,
        0 as distance
    union all
    select
        w.ev_class as oid,
        upon.distance + 1 as distance
    from upon
    inner join pg_depend as d on upon.oid = d.refobjid and d.classid = cast('pg_rewrite' as regclass)
    inner join pg_rewrite as w on d.objid = w.oid and upon.oid <> w.ev_class
)

select n.nspname || '.' || c.relname as name
from upon
inner join pg_class as c on upon.oid = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid
where upon.distance > 0
group by n.nspname, c.relname
order by max(upon.distance) desc, n.nspname, c.relname
