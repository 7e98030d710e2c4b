-- What a release was built from, and the nights that found nothing new since.
alter table release.releases add column inputs jsonb;

comment on column release.releases.inputs is
    'Digest of everything that its build read, by name, taken before it read anything; null: not recorded.';

create table quality.quiet_nights (
    quiet_night_id bigint generated always as identity primary key,
    release_id bigint not null,
    authority_code text not null,
    sentence text not null,
    noted_at timestamptz not null default now()
);
create index quiet_nights_authority on quality.quiet_nights (authority_code, noted_at);

comment on table quality.quiet_nights is
    'One row per night that found nothing new and authority: the release that readers see stood for that night too.';
comment on column quality.quiet_nights.quiet_night_id is 'Number of the row.';
comment on column quality.quiet_nights.release_id is 'The release that readers saw, and of which nothing had changed.';
comment on column quality.quiet_nights.authority_code is 'ONS code of the authority.';
comment on column quality.quiet_nights.sentence is 'What was said of the night.';
comment on column quality.quiet_nights.noted_at is 'When.';
