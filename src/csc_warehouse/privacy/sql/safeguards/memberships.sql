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
inner join pg_roles as members on pairs.member_name = members.rolname
inner join pg_roles as granted on pairs.role_name = granted.rolname
where not pg_has_role(members.oid, granted.oid, 'usage') or not pg_has_role(members.oid, granted.oid, 'member')
order by pairs.role_name, pairs.member_name
