-- nothing came before this system, so none of its rows names an earlier one
select
    null::text as authority_code,
    'raise' as source_name,
    null::text as entity,
    null::text as record_id,
    null::text as legacy_source_name,
    null::text as legacy_id,
    null::integer as version_number,
    null::date as valid_from_date,
    null::boolean as is_current
where false
