-- Steps that begin at the same time bring grants up to date one after the other.

insert into release.locks (name, purpose) values ('grants', 'One session at a time brings roles and grants up to date.');
