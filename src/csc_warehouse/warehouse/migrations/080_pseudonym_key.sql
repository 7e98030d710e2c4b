-- Which secret key is in force, told apart without being told: a key file that lacks it is refused, and not taken for new.

create table landing.pseudonym_key (
    is_in_force boolean primary key default true check (is_in_force),
    key_fingerprint text not null,
    is_journalled boolean not null default false
);
comment on table landing.pseudonym_key is
    'One row, once there is a key: the fingerprint of the secret key that pseudonyms are made with.';
comment on column landing.pseudonym_key.key_fingerprint is 'Made with the key itself; neither key nor pseudonym follows from it.';
comment on column landing.pseudonym_key.is_journalled is 'Whether the journal beside the archive has it, so that it outlives this database.';

insert into landing.pseudonym_key (key_fingerprint)
select min(key_fingerprint) from restricted.authority_keys having count(distinct key_fingerprint) = 1;
