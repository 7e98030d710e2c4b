-- names that a source has for what is known by another: a file of its contract, behind the configuration and the seed
alter table staging.configured_spellings add column is_of_contract boolean not null default false;
alter table staging.configured_spellings drop constraint configured_spellings_pkey;
alter table staging.configured_spellings add primary key (list_name, spelling, is_of_contract);

comment on table staging.configured_spellings is 'One row per spelling in the configuration or in a source''s contract, beside those of the seed; upper case.';
comment on column staging.configured_spellings.is_of_contract is 'A source''s contract says so; the configuration and the seed come before it.';
