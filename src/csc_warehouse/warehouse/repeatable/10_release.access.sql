create or replace view release.access as
with mine as (
    select
        coalesce(bool_or(r.rolname in ('csc_reviewer', 'csc_transformer')), false) as sees_all,
        coalesce(bool_or(r.rolname in ('csc_reader', 'csc_public')), false) as reads_reporting,
        coalesce(bool_or(r.rolname in ('csc_analyst', 'csc_reviewer', 'csc_transformer')), false) as reads_marts
    from pg_roles as r
    where
        r.rolname in ('csc_analyst', 'csc_reviewer', 'csc_transformer', 'csc_reader', 'csc_public')
        and pg_has_role(current_user, r.oid, 'usage')
)

select
    m.sees_all as sees_all_marts,
    -- a reader to whom authorities were given sees those alone
    m.sees_all or (m.reads_reporting and not exists (
        select
        from release.analyst_authorities as a
        inner join pg_roles as r on r.rolname = a.role_name
        where a.role_name <> 'csc_analyst' and pg_has_role(current_user, r.oid, 'member')
    )) as sees_all_reporting,
    m.sees_all as sees_all_restricted,
    m.sees_all as sees_restricted_children,
    -- somebody else's view on marts or restricted lends a reader the right to ask, and no rows
    m.reads_marts,
    m.reads_marts or m.reads_reporting as reads_reporting,
    m.sees_all as reads_restricted
from mine as m;
comment on view release.access is 'One row: what the current user may see beyond the rows of its own authorities.';
comment on column release.access.sees_all_marts is 'Every authority''s rows of the schema marts.';
comment on column release.access.sees_all_reporting is 'Every authority''s rows of the schema reporting.';
comment on column release.access.sees_all_restricted is 'Every authority''s rows of the schema restricted.';
comment on column release.access.sees_restricted_children is 'Rows of children whom only reviewers may meet.';
comment on column release.access.reads_marts is 'Rows of its own authorities in the schema marts.';
comment on column release.access.reads_reporting is 'Rows of its own authorities in the schema reporting.';
comment on column release.access.reads_restricted is 'Rows of its own authorities in the schema restricted.';
