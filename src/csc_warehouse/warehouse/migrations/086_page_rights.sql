-- Who may do what in Airflow's pages, as seen last, and every change of it: nobody becomes a reviewer unseen.

create table quality.page_rights (
    kind text not null check (kind in ('role', 'permission', 'password')),
    subject text not null,
    held text not null,
    first_seen_at timestamptz not null default now(),
    primary key (kind, subject, held)
);
comment on table quality.page_rights is
    'One row per right in Airflow''s pages as it was seen last: what later sightings are compared with.';
comment on column quality.page_rights.kind is
    'role: an account holds it; permission: a role of the warehouse''s own holds it; password: an account''s.';
comment on column quality.page_rights.subject is 'Name of the account or role in Airflow.';
comment on column quality.page_rights.held is 'The role or permission; of a password a fingerprint of its hash.';
comment on column quality.page_rights.first_seen_at is 'When it was seen first.';

create table quality.page_right_changes (
    change_id bigint generated always as identity primary key,
    kind text not null check (kind in ('role', 'permission', 'password')),
    subject text not null,
    held text,
    change text not null check (change in ('given', 'taken', 'changed')),
    changed_by text,
    seen_at timestamptz not null default now()
);
comment on table quality.page_right_changes is
    'One row per change of a right in Airflow''s pages: who was given or lost what, by whom, and when it was seen.';
comment on column quality.page_right_changes.change_id is 'Its number, in the order in which changes were seen.';
comment on column quality.page_right_changes.kind is
    'role: of an account; permission: of a role of the warehouse''s own; password: of an account.';
comment on column quality.page_right_changes.subject is 'Name of the account or role in Airflow.';
comment on column quality.page_right_changes.held is 'The role or permission; null for a password.';
comment on column quality.page_right_changes.change is 'given, taken, or (of a password) changed.';
comment on column quality.page_right_changes.changed_by is
    'Account in Airflow that made the change; null where it came another way, as by a command on the server.';
comment on column quality.page_right_changes.seen_at is 'When it was seen: at once where the pages made the change.';

create function quality.refuse_change_of_rights() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'A change of rights is kept as it was seen: quality.page_right_changes only grows.';
end;
$$;
comment on function quality.refuse_change_of_rights() is 'Keeps the list of changed rights as it was written.';

create trigger page_right_changes_only_grow
before update or delete or truncate on quality.page_right_changes
for each statement execute function quality.refuse_change_of_rights();
