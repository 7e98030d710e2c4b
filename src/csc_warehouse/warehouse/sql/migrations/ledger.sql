create schema if not exists release;

create table if not exists release.schema_migrations (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
);

comment on table release.schema_migrations is 'One row per migration that this database has had.';
