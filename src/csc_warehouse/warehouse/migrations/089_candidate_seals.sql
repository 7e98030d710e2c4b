-- What a candidate was like when it was checked: publishing another one is refused.
create table release.candidate_seals (
    release_id bigint primary key references release.releases (release_id) on delete cascade,
    fingerprint text not null,
    sealed_at timestamptz not null default now()
);

comment on table release.candidate_seals is 'One row per release that was checked: the state of its candidate at the end of the checks.';
comment on column release.candidate_seals.release_id is 'The release.';
comment on column release.candidate_seals.fingerprint is 'What any write to a table of the candidate changes; it holds no value.';
comment on column release.candidate_seals.sealed_at is 'When the checks ended.';
