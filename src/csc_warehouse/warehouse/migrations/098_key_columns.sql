comment on column restricted.child_keys.authority_code is 'ONS code of the authority whose child it is.';
comment on column restricted.child_keys.canonical_child_id is 'The id by which the case systems know the child, the earlier system''s before the later one''s. Names a child.';
comment on column restricted.child_keys.child_key is 'The pseudonym under which the child stands in every figure and list.';
comment on column restricted.authority_keys.authority_code is 'ONS code of the authority.';
comment on column restricted.authority_keys.record_salt is 'What the keys of its records are made with, derived from the secret key.';
comment on column restricted.authority_keys.key_fingerprint is 'Fingerprint of the secret key that the salt was derived from.';
comment on column staging.configured_spellings.list_name is 'The list that the spelling belongs to, as in the seed of spellings.';
comment on column staging.configured_spellings.spelling is 'The spelling as it arrives, in upper case.';
comment on column staging.configured_spellings.canonical is 'The spelling that it is read as.';
