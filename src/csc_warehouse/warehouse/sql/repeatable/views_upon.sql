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
    inner join pg_depend as d on d.refobjid = upon.oid and d.classid = cast('pg_rewrite' as regclass)
    inner join pg_rewrite as w on w.oid = d.objid and w.ev_class <> upon.oid
)

select n.nspname || '.' || c.relname as name
from upon
inner join pg_class as c on c.oid = upon.oid
inner join pg_namespace as n on n.oid = c.relnamespace
where upon.distance > 0
group by n.nspname, c.relname
order by max(upon.distance) desc, n.nspname, c.relname
