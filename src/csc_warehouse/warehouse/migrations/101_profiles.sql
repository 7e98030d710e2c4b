-- A profile is a right: each login of a group that reads reporting sees the one profile of its group.

do $roles$
begin
    if not exists (select from pg_roles where rolname = 'csc_public') then
        create role csc_public nologin;
        comment on role csc_public is 'Reads reporting alone, as far as anybody may see it (profile open).';
    end if;
    comment on role csc_reader is 'Reads reporting alone, as the council publishes it (profile committee).';
exception
    when insufficient_privilege then
        raise warning 'Role csc_public does not exist or may not be made by %: ask the administrator for "create role csc_public nologin".',
            current_user;
    when duplicate_object or unique_violation then
        raise notice 'Role csc_public was made by another session at the same time.';
end
$roles$;

create or replace view release.access as
select
    coalesce(bool_or(r.rolname in ('csc_reviewer', 'csc_transformer')), false) as sees_all_marts,
    coalesce(bool_or(r.rolname in ('csc_reviewer', 'csc_transformer', 'csc_reader', 'csc_public')), false)
        as sees_all_reporting,
    coalesce(bool_or(r.rolname in ('csc_reviewer', 'csc_transformer')), false) as sees_all_restricted,
    coalesce(bool_or(r.rolname in ('csc_reviewer', 'csc_transformer')), false) as sees_restricted_children
from pg_roles as r
where
    r.rolname in ('csc_reviewer', 'csc_transformer', 'csc_reader', 'csc_public')
    and pg_has_role(current_user, r.oid, 'usage');

-- who sees what was counted sees every profile of it; of two groups the one that sees less decides
create view release.visible_profiles as
with mine as (
    select
        coalesce(bool_or(r.rolname in ('csc_analyst', 'csc_reviewer', 'csc_transformer')), false) as sees_counted,
        coalesce(bool_or(r.rolname = 'csc_public'), false) as is_public,
        coalesce(bool_or(r.rolname = 'csc_reader'), false) as is_reader
    from pg_roles as r
    where
        r.rolname in ('csc_analyst', 'csc_reviewer', 'csc_transformer', 'csc_public', 'csc_reader')
        and pg_has_role(current_user, r.oid, 'usage')
)

select profiles.profile
from mine
cross join unnest(
    case
        when mine.sees_counted then array['open', 'committee', 'rounded']
        when mine.is_public then array['open']
        when mine.is_reader then array['committee']
        else array[]::text []
    end
) as profiles (profile);
comment on view release.visible_profiles is
    'One row per profile that the current user may see: one for a reader, all for those who see what was counted.';
comment on column release.visible_profiles.profile is 'The profile.';

-- what is stored already is closed at once, and not only by the next publication
do $policies$
declare
    stored record;
begin
    for stored in
        select c.oid::regclass as name
        from release.relations as r
        inner join pg_class as c
            on c.oid = to_regclass('release.' || quote_ident(r.schema_name || '__' || r.relation_name))
        inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'profile' and not a.attisdropped
    loop
        execute format('drop policy if exists profiles on %s', stored.name);
        execute format(
            'create policy profiles on %s as restrictive for select using (profile in (select v.profile from release.visible_profiles as v))',
            stored.name
        );
        execute format('alter table %s enable row level security', stored.name);
    end loop;
end
$policies$;
