-- Releases are stored side by side; one pointer per authority says which of them readers see.

create table release.releases (
    release_id bigint generated always as identity primary key,
    run_id text not null,
    requested_date date,
    created_at timestamptz not null default now(),
    stored_at timestamptz,
    code_version text not null,
    state text not null default 'open'
    check (state in ('open', 'stored', 'published', 'held', 'abandoned', 'expired'))
);
create index releases_run on release.releases (run_id);
comment on table release.releases is 'One row per build that was begun; its number orders all releases.';
comment on column release.releases.run_id is 'The build, as in the run context.';
comment on column release.releases.requested_date is 'The day that was asked for; null: the latest.';
comment on column release.releases.stored_at is 'When its rows were stored; null: they never were.';
comment on column release.releases.code_version is 'The version of the code that made it.';
comment on column release.releases.state is
    'open (being built), stored, published (for at least one authority), held (judged, published for none), '
    'abandoned (a later build replaced the candidate before it was stored), expired (its rows are gone).';

create table release.release_authorities (
    release_id bigint not null references release.releases,
    authority_code text not null,
    as_at_date date not null,
    primary key (release_id, authority_code)
);
comment on table release.release_authorities is 'One row per release and authority: the day whose figures it holds.';
comment on column release.release_authorities.as_at_date is 'K: business date of the latest usable delivery up to the requested day.';

create table release.pointer (
    authority_code text primary key,
    release_id bigint not null references release.releases,
    moved_at timestamptz not null default now()
);
comment on table release.pointer is 'One row per authority: the release that readers see. Nothing else decides it.';

create table release.pointer_moves (
    pointer_move_id bigint generated always as identity primary key,
    authority_code text not null,
    from_release_id bigint,
    to_release_id bigint not null,
    kind text not null check (kind in ('publication', 'rollback')),
    moved_by text not null,
    moved_at timestamptz not null default now()
);
create index pointer_moves_authority on release.pointer_moves (authority_code, pointer_move_id);
comment on table release.pointer_moves is 'One row per move of a pointer: which release readers saw, from when.';

create table release.relations (
    schema_name text not null,
    relation_name text not null,
    kind text not null check (kind in ('partition', 'range')),
    is_shared boolean not null,
    key_columns text [] not null,
    indexes jsonb not null default '[]',
    description text not null default '',
    column_descriptions jsonb not null default '{}',
    is_current boolean not null default true,
    registered_at timestamptz not null default now(),
    view_sha256 text,
    policy_sha256 text,
    primary key (schema_name, relation_name)
);
comment on table release.relations is 'One row per published relation: how its releases are stored, as the models'' metadata says.';
comment on column release.relations.kind is 'partition: each release whole, in tables of many releases. range: rows with the half-open range of releases for which they hold.';
comment on column release.relations.is_shared is 'Belongs to no authority: read from the highest release that any pointer names.';
comment on column release.relations.is_current is 'The models of the latest build still make it.';
comment on column release.relations.view_sha256 is 'Digest of the view''s definition: it is only replaced when that changes.';
comment on column release.relations.policy_sha256 is 'Digest of the row policy.';

create table release.restricted_children (
    authority_code text not null,
    child_key text not null,
    from_release_id bigint not null,
    to_release_id bigint,
    primary key (authority_code, child_key, from_release_id)
);
comment on table release.restricted_children is
    'One row per child whose record is restricted, and the half-open range of releases that said so.';

create table quality.publications (
    release_id bigint not null references release.releases,
    authority_code text not null,
    as_at_date date not null,
    verdict text not null check (verdict in ('published', 'caveats', 'held')),
    reason text,
    published_at timestamptz,
    published_by text,
    code_version text not null,
    primary key (release_id, authority_code),
    check (verdict <> 'held' or published_at is null)
);
create index publications_published on quality.publications (authority_code, release_id) where published_at is not null;
comment on table quality.publications is 'One row per release and authority: the verdict, why, and when readers first saw it.';
comment on column quality.publications.verdict is 'published, caveats (published, with caveats on some indicators), held.';
comment on column quality.publications.reason is 'One sentence.';
comment on column quality.publications.published_at is 'When the pointer first moved to it; null: it never did.';
