insert into restricted.failing_records as known (
    authority_code, check_code, record_key, child_key, source_name, source_entity, source_record_id, source_child_id,
    team_name, worker_name, first_seen_date, last_seen_date
)
select distinct on (placed.authority_code, placed.check_code, placed.record_key)
    placed.authority_code,
    placed.check_code,
    placed.record_key,
    placed.child_key,
    placed.source_name,
    placed.source_entity,
    placed.source_record_id,
    placed.source_child_id,
    placed.team_name,
    placed.worker_name,
    placed.as_at_date as first_seen_date,
    placed.as_at_date as last_seen_date
from placed_now as placed
where placed.record_key is not null
order by placed.authority_code, placed.check_code, placed.record_key
on conflict (authority_code, check_code, record_key) do update set
    child_key = excluded.child_key,
    source_name = excluded.source_name,
    source_entity = excluded.source_entity,
    source_record_id = excluded.source_record_id,
    source_child_id = excluded.source_child_id,
    team_name = excluded.team_name,
    worker_name = excluded.worker_name,
    first_seen_date = case when known.mended_date is null then known.first_seen_date else excluded.first_seen_date end,
    last_seen_date = excluded.last_seen_date,
    mended_date = null
