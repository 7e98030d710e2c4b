-- Functions and views are files of the folder repeatable, applied anew when they change: what each was made of last.

create table release.repeatables (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
);
comment on table release.repeatables is
    'One row per function or view that this database had from a file of the folder repeatable.';
comment on column release.repeatables.name is 'Schema and name of the function or view.';
comment on column release.repeatables.sha256 is 'Digest of the file that was applied last: another one is applied anew.';
comment on column release.repeatables.applied_at is 'When that was.';
