create or replace view release.visible_authorities as
with assigned as (
    select a.authority_code, a.role_name
    from release.analyst_authorities as a
    inner join pg_roles as r on r.rolname = a.role_name
    where pg_has_role(current_user, r.oid, 'member')
)

select distinct s.authority_code
from assigned as s
where s.role_name <> 'csc_analyst' or not exists (select from assigned as own where own.role_name <> 'csc_analyst');
comment on view release.visible_authorities is
    'One row per authority that the current user was given: those of its own, else those given to all analysts.';
comment on column release.visible_authorities.authority_code is 'ONS code of the authority.';
