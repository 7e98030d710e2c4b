select distinct coalesce(nullif(a.application_name, ''), 'a program without a name') as program
from pg_stat_activity as a
where a.backend_type = 'client backend' and a.client_addr is null and a.pid <> pg_backend_pid()
order by 1
