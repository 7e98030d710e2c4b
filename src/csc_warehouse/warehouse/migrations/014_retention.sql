create table landing.retention_proofs (
    expiry_id text not null,
    holding text not null check (holding in ('refused', 'superseded')),
    delivery_id bigint,
    file_name text not null,
    sha256 text not null,
    size_bytes bigint not null,
    rule text not null,
    removed_by text not null,
    removed_at timestamptz not null,
    unique nulls not distinct (expiry_id, holding, sha256, file_name, delivery_id)
);
comment on table landing.retention_proofs is
    'One row per file of a delivery that retention removed from the archive: what, of which delivery, when, under which rule, by whom.';
comment on column landing.retention_proofs.expiry_id is 'The run of retention; the archive''s journal has the same id before and after the removal.';
comment on column landing.retention_proofs.holding is 'refused: kept apart for inspection; superseded: verified, and replaced by another delivery for its business date.';
comment on column landing.retention_proofs.delivery_id is 'Null for a file refused before it was kept which delivery it was of.';
comment on column landing.retention_proofs.rule is 'The key of the configuration and its value at the time.';
