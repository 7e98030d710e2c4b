-- who sees what was counted sees every profile of it; of two groups the one that sees less decides
create or replace view release.visible_profiles as
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
