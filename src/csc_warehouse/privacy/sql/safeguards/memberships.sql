with pairs as (
    select
        current_user::text as member_name,
        r.role_name
    from unnest(cast(:acting as text[])) as r (role_name)
    union all
    select
        cast(:publisher as text) as member_name,
        cast(:owner as text) as role_name
)

select
    pairs.member_name,
    pairs.role_name
from pairs
inner join pg_roles as actors on pairs.member_name = actors.rolname
inner join pg_roles as wanted on pairs.role_name = wanted.rolname
where not pg_has_role(actors.oid, wanted.oid, 'usage') or not pg_has_role(actors.oid, wanted.oid, 'member')
order by pairs.role_name, pairs.member_name
