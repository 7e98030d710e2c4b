with stored_sources as (
    select * from release.restricted__record_sources
    where authority_code = :authority_code and source_name <> 'corporate'
),

earlier as (
    select * from stored_sources
    where from_release_id <= :earlier and coalesce(to_release_id, :earlier + 1) > :earlier
),

later as (
    select * from stored_sources
    where from_release_id <= :later and coalesce(to_release_id, :later + 1) > :later
)

select
    coalesce(later.entity, earlier.entity) as entity,
    coalesce(later.record_key, earlier.record_key) as record_key,
    earlier.source_name as earlier_source,
    earlier.record_id as earlier_record_id,
    later.source_name as later_source,
    later.record_id as later_record_id,
    later.delivery_id as later_delivery_id,
    later.record_number as later_record_number,
    coalesce(
        earlier.record_key = later.record_key
        and coalesce(earlier.child_key, '') <> coalesce(later.child_key, ''),
        false
    ) as is_of_another_child
from earlier
full join later on earlier.entity = later.entity and earlier.record_key = later.record_key
order by entity, record_key
