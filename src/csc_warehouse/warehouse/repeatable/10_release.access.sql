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
comment on view release.access is 'One row: what the current user may see beyond the rows of its own authorities.';
comment on column release.access.sees_all_marts is 'Every authority''s rows of the schema marts.';
comment on column release.access.sees_all_reporting is 'Every authority''s rows of the schema reporting.';
comment on column release.access.sees_all_restricted is 'Every authority''s rows of the schema restricted.';
comment on column release.access.sees_restricted_children is 'Rows of children whom only reviewers may meet.';
