-- Where a release comes from besides its deliveries: an address of the code, and what the council laid over the defaults.
alter table release.releases add column code_address text;
alter table release.releases add column overlay_digest text;

comment on column release.releases.code_address is 'Address at which the code that made it can be read; null: none was configured.';
comment on column release.releases.overlay_digest is
    'SHA-256 of the names and contents of the files that the council laid over the shipped defaults; null: it laid none.';

create table release.overlay_files (
    release_id bigint not null references release.releases (release_id) on delete cascade,
    file_name text not null,
    sha256 text not null,
    rows_added integer not null,
    rows_replaced integer not null,
    rows_removed integer not null,
    primary key (release_id, file_name)
);

comment on table release.overlay_files is
    'One row per release and file that the council laid over the shipped defaults when it was built.';
comment on column release.overlay_files.release_id is 'The release.';
comment on column release.overlay_files.file_name is 'Name of the file in the overlay folder.';
comment on column release.overlay_files.sha256 is 'SHA-256 of its content.';
comment on column release.overlay_files.rows_added is 'Rows that the shipped defaults do not have.';
comment on column release.overlay_files.rows_replaced is 'Shipped rows of which it changed a value.';
comment on column release.overlay_files.rows_removed is 'Shipped rows that it took away.';
