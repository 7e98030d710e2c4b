-- What the build's own tests of the figures found, by authority: the gate reads it.
create table staging.authority_tests (
    layer text not null,
    test_name text not null,
    authority_code text not null,
    run_id text not null,
    failed_rows bigint not null check (failed_rows >= 0),
    primary key (layer, test_name, authority_code)
);

comment on table staging.authority_tests is 'One row per test of the figures and authority of the build that ran last: what the test found.';
comment on column staging.authority_tests.layer is 'The layer of the build that the test belongs to.';
comment on column staging.authority_tests.test_name is 'Name of the dbt test.';
comment on column staging.authority_tests.authority_code is 'ONS code of the authority.';
comment on column staging.authority_tests.run_id is 'The build in which it ran.';
comment on column staging.authority_tests.failed_rows is 'Contradictions that it found in the authority''s figures; 0: none.';
