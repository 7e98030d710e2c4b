create or replace view quality.figures_signed_last as
select distinct on (
    f.authority_code, f.profile, f.indicator_code, f.period_type, f.period_label, f.breakdown, f.breakdown_value
)
    f.authority_code,
    f.profile,
    f.indicator_code,
    f.period_type,
    f.period_label,
    f.breakdown,
    f.breakdown_value,
    f.signed_figure_id,
    f.release_id,
    f.value,
    f.display,
    f.signed_by
from quality.signed_figures as f
-- a provisional figure was signed as one that changes
where f.status <> 'provisional'
order by
    f.authority_code, f.profile, f.indicator_code, f.period_type, f.period_label, f.breakdown, f.breakdown_value,
    f.signed_figure_id desc;
comment on view quality.figures_signed_last is
    'One row per final figure that was ever signed, as it was signed last: what a later release revises.';
comment on column quality.figures_signed_last.authority_code is 'ONS code of the authority.';
comment on column quality.figures_signed_last.profile is 'For whom it is printed: open or committee.';
comment on column quality.figures_signed_last.indicator_code is 'Code of the indicator.';
comment on column quality.figures_signed_last.period_type is 'month, quarter, half_year, year_to_date or year.';
comment on column quality.figures_signed_last.period_label is 'The period.';
comment on column quality.figures_signed_last.breakdown is 'What it is broken down by; all for the whole.';
comment on column quality.figures_signed_last.breakdown_value is 'The group; all for the whole.';
comment on column quality.figures_signed_last.signed_figure_id is 'Number of the signed figure.';
comment on column quality.figures_signed_last.release_id is 'The release that was signed.';
comment on column quality.figures_signed_last.value is 'The figure; null where it is hidden or there is none.';
comment on column quality.figures_signed_last.display is 'What a page prints for it.';
comment on column quality.figures_signed_last.signed_by is 'The name that was given by whoever signed.';
