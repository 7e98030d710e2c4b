-- Records that break a rule, by night: what the worklists of teams and workers are made from.

create table restricted.failing_records (
    authority_code text not null,
    check_code text not null,
    record_key text not null,
    child_key text,
    source_name text,
    source_entity text,
    source_record_id text,
    source_child_id text,
    team_name text,
    worker_name text,
    first_seen_date date not null,
    last_seen_date date not null,
    mended_date date,
    primary key (authority_code, check_code, record_key),
    constraint failing_records_dates check (
        first_seen_date <= last_seen_date and (mended_date is null or mended_date >= last_seen_date)
    )
);
create index failing_records_open on restricted.failing_records (authority_code, team_name) where mended_date is null;
create index failing_records_child on restricted.failing_records (authority_code, child_key);
comment on table restricted.failing_records is
    'One row per record and rule that it breaks, or broke within the last year: restricted, it leads to the case system.';
comment on column restricted.failing_records.authority_code is 'ONS code of the authority.';
comment on column restricted.failing_records.check_code is 'Code of the rule; its text is in the catalogue of checks.';
comment on column restricted.failing_records.record_key is 'Pseudonym of the record, as in marts; of the child where the rule is about one.';
comment on column restricted.failing_records.child_key is 'Pseudonym of the child, as in marts.';
comment on column restricted.failing_records.source_name is 'The system that holds the record, raise or wccis.';
comment on column restricted.failing_records.source_entity is 'The system''s own name for it, such as contact or caseform.';
comment on column restricted.failing_records.source_record_id is 'The record''s key in that system.';
comment on column restricted.failing_records.source_child_id is 'The child''s number in the system that is in use.';
comment on column restricted.failing_records.team_name is 'Team of the record, else of the child''s plan or latest contact.';
comment on column restricted.failing_records.worker_name is 'Worker of the record, else of the child''s plan.';
comment on column restricted.failing_records.first_seen_date is 'As-at day of the first night of the present run of failures.';
comment on column restricted.failing_records.last_seen_date is 'As-at day of the last night that found it.';
comment on column restricted.failing_records.mended_date is 'As-at day of the first night that no longer found it; null: it is still to be mended.';
