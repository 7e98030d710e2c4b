-- Group roles, and what each may see of the published rows. On a server where roles may not be made here, its
-- administrator makes those named below; the warehouse goes on without, and then nobody but its own login reads it.

create table release.analyst_authorities (
    role_name text not null,
    authority_code text not null,
    primary key (role_name, authority_code)
);
comment on table release.analyst_authorities is
    'One row per role and authority whose rows it may read. The rows of csc_analyst itself hold for analysts who have none of their own.';
comment on column release.analyst_authorities.role_name is 'A login, or a group that logins are members of.';

do $roles$
declare
    wanted record;
begin
    for wanted in
        select *
        from (values
            ('csc_owner', 'Owns the published views; neither superuser nor exempt from row-level security.'),
            ('csc_loader', 'Lands deliveries.'),
            ('csc_transformer', 'Builds, checks and publishes.'),
            ('csc_analyst', 'Reads marts and reporting: the rows of its authorities.'),
            ('csc_reader', 'Reads reporting alone.'),
            ('csc_reviewer', 'Reads marts, reporting, restricted and quality; explains and signs.')
        ) as r (role_name, purpose)
    loop
        begin
            if not exists (select from pg_roles where rolname = wanted.role_name) then
                execute format('create role %I nologin', wanted.role_name);
                execute format('comment on role %I is %L', wanted.role_name, wanted.purpose);
            end if;
        exception
            when insufficient_privilege then
                raise warning 'Role % does not exist and may not be made by %: ask the administrator for "create role % nologin".',
                    wanted.role_name, current_user, wanted.role_name;
            when duplicate_object or unique_violation then
                raise notice 'Role % was made by another session at the same time.', wanted.role_name;
        end;
    end loop;

    -- who runs the warehouse acts for these roles; a superuser already does
    if not (select rolsuper from pg_roles where rolname = current_user) then
        for wanted in
            select r.rolname as role_name from pg_roles as r where r.rolname in ('csc_owner', 'csc_loader', 'csc_transformer')
        loop
            begin
                if not pg_has_role(current_user, wanted.role_name, 'usage') then
                    execute format('grant %I to %I', wanted.role_name, current_user);
                end if;
            exception
                when insufficient_privilege then
                    raise warning '% is not a member of %: ask the administrator for "grant % to %".',
                        current_user, wanted.role_name, wanted.role_name, current_user;
            end;
        end loop;
    end if;
end
$roles$;

create view release.access as
select
    coalesce(bool_or(r.rolname in ('csc_reviewer', 'csc_transformer')), false) as sees_all_marts,
    coalesce(bool_or(r.rolname in ('csc_reviewer', 'csc_transformer', 'csc_reader')), false) as sees_all_reporting,
    coalesce(bool_or(r.rolname in ('csc_reviewer', 'csc_transformer')), false) as sees_all_restricted,
    coalesce(bool_or(r.rolname in ('csc_reviewer', 'csc_transformer')), false) as sees_restricted_children
from pg_roles as r
where
    r.rolname in ('csc_reviewer', 'csc_transformer', 'csc_reader')
    and pg_has_role(current_user, r.oid, 'usage');
comment on view release.access is 'One row: what the current user may see beyond the rows of its own authorities.';

create view release.visible_authorities as
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

-- restricted in the release that readers see, or in any stored since: a rollback must not uncover a child
create view release.hidden_children as
select distinct c.child_key
from release.restricted_children as c
left join release.pointer as p on p.authority_code = c.authority_code
where c.to_release_id is null or c.to_release_id > p.release_id;
comment on view release.hidden_children is 'One row per child whom only reviewers may meet in lists and fact rows.';
