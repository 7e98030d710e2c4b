create table staging.run_context (
    authority_code text primary key,
    authority_name text not null,
    run_id text not null,
    requested_date date not null,
    as_at_date date not null,
    as_at_end_at timestamptz not null,
    cut_over_date date,
    is_cut_over_assumed boolean not null,
    live_source text not null check (live_source in ('raise', 'wccis')),
    raise_as_at_date date,
    wccis_as_at_date date,
    wccis_first_date date,
    corporate_as_at_date date,
    is_home_authority boolean not null
);

comment on table staging.run_context is 'One row per authority: the state that this build shows. Written before each build, joined by models.';
comment on column staging.run_context.authority_code is 'ONS code of the authority.';
comment on column staging.run_context.authority_name is 'Its name, from the configuration; its code where none is configured.';
comment on column staging.run_context.run_id is 'The build that this context belongs to.';
comment on column staging.run_context.requested_date is 'The day that was asked for (A).';
comment on column staging.run_context.as_at_date is 'The day whose figures are shown (K): business date of the latest usable delivery of the live source up to A.';
comment on column staging.run_context.as_at_end_at is 'The end of that day: the next midnight in Europe/London.';
comment on column staging.run_context.cut_over_date is 'First day of WCCIS; null while it is neither configured nor known from a delivery.';
comment on column staging.run_context.is_cut_over_assumed is 'The cut-over is not configured and was taken from the first WCCIS delivery.';
comment on column staging.run_context.live_source is 'RAISe until the first usable WCCIS delivery, WCCIS from then on.';
comment on column staging.run_context.raise_as_at_date is 'The latest RAISe delivery before cut-over and up to K; null: none.';
comment on column staging.run_context.wccis_as_at_date is 'The latest WCCIS delivery from cut-over on and up to K; null: none.';
comment on column staging.run_context.wccis_first_date is 'The first usable WCCIS delivery up to K: what it brought was migrated.';
comment on column staging.run_context.corporate_as_at_date is 'The latest corporate return up to K; null: none.';
comment on column staging.run_context.is_home_authority is 'The council whose corporate returns these are.';

create table staging.configured_spellings (
    list_name text not null,
    spelling text not null,
    canonical text not null,
    primary key (list_name, spelling)
);

comment on table staging.configured_spellings is 'One row per spelling in the configuration, beside those of the seed; upper case.';

create table restricted.authority_keys (
    authority_code text primary key,
    record_salt text not null,
    key_fingerprint text not null
);

comment on table restricted.authority_keys is 'One row per authority: the salt of its record keys, derived from the secret key, and the fingerprint of that key.';

create table restricted.child_keys (
    authority_code text not null,
    canonical_child_id text not null,
    child_key text not null,
    primary key (authority_code, canonical_child_id),
    unique (authority_code, child_key)
);

comment on table restricted.child_keys is 'One row per child ever seen: the pseudonym of a canonical source id. Whoever reads this can name children.';
