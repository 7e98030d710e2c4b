-- this system has no record of merges
select
    null::text as authority_code,
    'raise' as source_name,
    null::text as record_id,
    null::text as master_id,
    null::text as subordinate_id,
    null::timestamptz as merged_at,
    null::boolean as is_void,
    null::timestamptz as modified_at,
    null::bigint as delivery_id,
    null::bigint as record_number
where false
