-- Who queried restricted by a login of their own: the same record, written by the database before it gives a row.

alter table quality.readings drop constraint readings_kind_check;
alter table quality.readings add constraint readings_kind_check
check (kind in ('worklist', 'weekly list', 'subject', 'query'));
alter table quality.readings drop constraint readings_way_check;
alter table quality.readings add constraint readings_way_check check (way in ('pages', 'command', 'login'));
comment on table quality.readings is
'One row per time that somebody opened, had written or queried what names records of children: who, what, when, which way.';
comment on column quality.readings.kind is
'worklist: records to mend; weekly list: records of a team''s week; subject: what is held about one child; query: a '
'relation of the schema restricted, asked by a login.';
comment on column quality.readings.place is
'The file below its folder, the command, or the relation; never the name or number of a child.';
comment on column quality.readings.reader is
'Account of Airflow''s pages, account of the machine that gave the command, or login of the database.';
comment on column quality.readings.way is
'pages: opened in Airflow''s pages; command: by a command of csc-warehouse; login: by a query, such as a tool''s or psql''s.';
