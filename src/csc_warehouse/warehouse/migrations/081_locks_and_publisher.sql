-- Locks that only the pipeline's roles can take, and a role that publishes and does nothing else.

create table release.locks (
    name text primary key,
    purpose text not null
);
comment on table release.locks is
    'One row per lock of build, publication and sign-off: whoever works holds its row to the end of a transaction.';
comment on column release.locks.name is 'Name of the lock, as csc_warehouse.warehouse.locks has it.';
comment on column release.locks.purpose is 'What waits while somebody holds it.';
insert into release.locks (name, purpose) values
    ('build', 'One candidate at a time is built, checked and published.'),
    ('publication', 'One release at a time is stored, published, taken back or expired.'),
    ('sign off', 'Two people who sign at once sign one after the other.');

create table landing.locks (
    name text primary key
);
comment on table landing.locks is
    'One row per lock of landing (its tables, the archive, a source and authority), held to the end of a transaction.';
comment on column landing.locks.name is 'Name of the lock; of a source and authority it is made when first needed.';
insert into landing.locks (name) values ('landing tables'), ('archive');

do $roles$
declare
    wanted record;
begin
    begin
        if not exists (select from pg_roles where rolname = 'csc_publisher') then
            create role csc_publisher nologin;
            comment on role csc_publisher is 'Stores releases and moves the pointer; reads what was built and judged.';
        end if;
        comment on role csc_transformer is 'Builds and checks.';
    exception
        when insufficient_privilege then
            raise warning 'Role csc_publisher does not exist or may not be made by %: ask the administrator for "create role csc_publisher nologin".',
                current_user;
        when duplicate_object or unique_violation then
            raise notice 'Role csc_publisher was made by another session at the same time.';
    end;

    -- whose the published views are: the publisher makes them, and their owner's rights are no more than it needs
    for wanted in
        select member.role_name, granted.role_name as granted_name
        from (
            values ('csc_publisher', 'csc_owner'), (current_user::text, 'csc_publisher')
        ) as pair (role_name, granted_name)
        inner join lateral (select rolname as role_name from pg_roles where rolname = pair.role_name) as member on true
        inner join lateral (
            select rolname as role_name from pg_roles where rolname = pair.granted_name
        ) as granted on true
    loop
        begin
            if not pg_has_role(wanted.role_name, wanted.granted_name, 'usage') then
                execute format('grant %I to %I', wanted.granted_name, wanted.role_name);
            end if;
        exception
            when insufficient_privilege then
                raise warning '% is not a member of %: ask the administrator for "grant % to %".',
                    wanted.role_name, wanted.granted_name, wanted.granted_name, wanted.role_name;
            when unique_violation then
                raise notice '% was made a member of % by another session at the same time.',
                    wanted.role_name, wanted.granted_name;
        end;
    end loop;
end
$roles$;
