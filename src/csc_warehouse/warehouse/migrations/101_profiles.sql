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

-- What is stored already is closed at once, and not only by the next publication. It says by itself what the view
-- release.visible_profiles says, which is made after the migrations.
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
            $policy$
            create policy profiles on %s as restrictive for select using (
                exists (
                    select from pg_roles as r
                    where
                        pg_has_role(current_user, r.oid, 'usage')
                        and (
                            r.rolname in ('csc_analyst', 'csc_reviewer', 'csc_transformer')
                            or (r.rolname = 'csc_public' and profile = 'open')
                            or (
                                r.rolname = 'csc_reader' and profile = 'committee'
                                and not exists (
                                    select from pg_roles as p
                                    where p.rolname = 'csc_public' and pg_has_role(current_user, p.oid, 'usage')
                                )
                            )
                        )
                )
            )
            $policy$,
            stored.name
        );
        execute format('alter table %s enable row level security', stored.name);
    end loop;
end
$policies$;
