-- every revision of a figure that signatures made so far, and, before this release is signed, what one would make
with titles as (
    select
        i.code,
        i.title
    from release.marts__indicators as i
    where i.release_id = :release
),

made as (
    select
        f.indicator_code,
        f.period_label,
        f.breakdown,
        f.breakdown_value,
        f.revised_display,
        f.display,
        f.revision_reason,
        f.signed_at::date as revised_on,
        f.signed_figure_id
    from quality.signed_figures as f
    where
        f.authority_code = :authority and f.profile = :profile and f.release_id <= :release
        and (cast(:signed as bigint) is null or f.decision_id <= :signed)
        and f.revision_reason is not null
),

to_be_made as (
    select
        s.indicator_code,
        s.period_label,
        s.breakdown,
        s.breakdown_value,
        f.display as revised_display,
        s.display,
        null::text as revision_reason,
        null::date as revised_on,
        null::bigint as signed_figure_id
    from release.reporting__rpt_indicator_series as s
    inner join quality.figures_signed_last as f
        on
            s.authority_code = f.authority_code and s.profile = f.profile and s.indicator_code = f.indicator_code
            and s.period_type = f.period_type and s.period_label = f.period_label and s.breakdown = f.breakdown
            and s.breakdown_value = f.breakdown_value
    where
        cast(:signed as bigint) is null
        and s.release_id = :release and s.authority_code = :authority and s.profile = :profile
        and f.release_id < :release
        and (f.value is distinct from s.value::double precision or f.display is distinct from s.display)
),

revisions as (
    select * from made
    union all
    select * from to_be_made
)

select
    revisions.indicator_code,
    titles.title,
    revisions.period_label,
    revisions.breakdown,
    revisions.breakdown_value,
    revisions.revised_display,
    revisions.display,
    revisions.revision_reason,
    revisions.revised_on
from revisions
inner join titles on revisions.indicator_code = titles.code
order by
    revisions.indicator_code, revisions.period_label, revisions.breakdown, revisions.breakdown_value,
    revisions.signed_figure_id nulls last
