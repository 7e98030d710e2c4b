create table landing.erasures (
    erasure_id text primary key,
    authority_code text not null,
    erased_by text not null,
    reason text not null,
    erased_at timestamptz not null default now()
);
comment on table landing.erasures is 'One row per child that was erased: who decided and why; nothing in it says which child.';

create table landing.erased_ids (
    source text not null,
    authority_code text not null,
    id_hash text not null,
    key_fingerprint text not null,
    is_followed boolean not null,
    erasure_id text not null,
    erased_at timestamptz not null default now(),
    primary key (source, authority_code, id_hash)
);
comment on table landing.erased_ids is 'One row per id of an erased child in one source, as a keyed hash: rows that carry it are taken in and not kept.';
comment on column landing.erased_ids.key_fingerprint is 'Fingerprint of the key that the hash was made with: keys that were rotated away stay in the key file for this.';
comment on column landing.erased_ids.is_followed is 'False for an adopted child: a new person with its old number is somebody else.';

create table landing.erasure_proofs (
    erasure_id text not null,
    relation text not null,
    rows_removed bigint not null,
    removed_at timestamptz not null default now(),
    primary key (erasure_id, relation, removed_at)
);
comment on table landing.erasure_proofs is 'One row per relation that rows of an erased child were removed from: how many, and when.';

alter table landing.delivery_entities add column rows_erased bigint not null default 0;
alter table landing.delivery_entities add check (rows_erased <= rows_unchanged);
comment on column landing.delivery_entities.rows_erased is 'Rows of erased children: in the file, accepted, without effect on the history and so counted as unchanged, and not kept.';
