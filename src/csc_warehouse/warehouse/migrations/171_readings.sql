-- Who opened what names children: each opening is a row that nobody unwrites, and without the row nothing is shown.

create table quality.readings (
    reading_id bigint generated always as identity primary key,
    kind text not null check (kind in ('worklist', 'weekly list', 'subject')),
    place text not null,
    reader text not null check (btrim(reader) <> ''),
    way text not null check (way in ('pages', 'command')),
    database_user text not null default session_user,
    read_at timestamptz not null default now()
);
comment on table quality.readings is
'One row per time that somebody opened, or had written, what names records of children: who, what, when, which way.';
comment on column quality.readings.reading_id is 'Its number, in the order in which it was recorded.';
comment on column quality.readings.kind is
'worklist: records to mend; weekly list: records of a team''s week; subject: what is held about one child.';
comment on column quality.readings.place is
'The file below its folder, or the command; never the name or number of a child.';
comment on column quality.readings.reader is
'Account of Airflow''s pages, or the account of the machine that gave the command.';
comment on column quality.readings.way is 'pages: opened in Airflow''s pages; command: by a command of csc-warehouse.';
comment on column quality.readings.database_user is 'Database login of the session that recorded it.';
comment on column quality.readings.read_at is 'When.';
create index readings_by_time on quality.readings (read_at);

create trigger readings_only_grow
before update or delete or truncate on quality.readings
for each statement execute function quality.refuse_change();
