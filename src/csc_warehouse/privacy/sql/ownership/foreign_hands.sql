with owned as (
    select
        n.nspname as schema_name,
        c.relname as relation_name,
        c.relkind in ('v', 'm') as is_view,
        c.relowner,
        n.oid as schema_oid,
        case
            when n.nspname = any(cast(:built as text[])) then cast(:transformer as text)
            when n.nspname = 'restricted' and c.relname = any(cast(:kept as text[])) then cast(:transformer as text)
            when n.nspname = 'landing' and exists (
                select from pg_attribute as a
                where a.attrelid = c.oid and a.attname = 'row_hash'
            ) then cast(:loader as text)
            when n.nspname = 'release' and exists (
                select from release.relations as r
                where
                    c.relname = r.schema_name || '__' || r.relation_name
                    or c.relname ~ ('^' || r.schema_name || '__' || r.relation_name || '__from_[0-9]+$')
            ) then cast(:publisher as text)
        end as owner_name
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    where c.relkind in ('r', 'p', 'v', 'm')
)

select
    owned.schema_name,
    owned.relation_name,
    owned.is_view,
    owned.owner_name
from owned
inner join pg_roles as r on owned.owner_name = r.rolname
where
    owned.relowner <> r.oid
    -- what another login made stays its own, and so does everything where this login may not act for the role
    and pg_has_role(current_user, owned.relowner, 'usage')
    and pg_has_role(current_user, r.oid, 'usage')
    and has_schema_privilege(r.oid, owned.schema_oid, 'create')
order by owned.schema_name, owned.relation_name
