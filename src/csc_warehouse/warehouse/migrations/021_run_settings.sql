create table staging.run_settings (
    run_id text primary key,
    amber_margin_percent numeric not null check (amber_margin_percent >= 0),
    change_confidence numeric not null check (change_confidence > 0 and change_confidence < 1),
    change_z_score numeric not null check (change_z_score > 0),
    smallest_shown_count integer not null check (smallest_shown_count >= 1),
    smallest_shown_denominator integer not null check (smallest_shown_denominator >= 1),
    profiles text[] not null
);

comment on table staging.run_settings is 'One row: the thresholds of the configuration that reporting models apply in this build.';
comment on column staging.run_settings.run_id is 'The build that these hold for.';
comment on column staging.run_settings.amber_margin_percent is 'Within this many percent of a target a figure is amber.';
comment on column staging.run_settings.change_confidence is 'A change less certain than this is no clear change.';
comment on column staging.run_settings.change_z_score is 'The two-sided standard score that belongs to that confidence.';
comment on column staging.run_settings.smallest_shown_count is 'Counts from 1 up to just below this are hidden.';
comment on column staging.run_settings.smallest_shown_denominator is 'Percentages of fewer are hidden in the open profile.';
comment on column staging.run_settings.profiles is 'Disclosure profiles that reporting is written for.';
