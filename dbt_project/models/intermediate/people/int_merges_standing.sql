-- a merge is recorded once, also where a migration brought it into the next system; there it may have been undone
with sent as (
    {{ of_every_system('merges') | indent }}
),

ranked as (
    select
        sent.*,
        row_number() over (
            partition by sent.authority_code, linked.canonical_record_id
            order by sent.is_void, sent.modified_at desc nulls last, sent.record_id
        ) as succession
    from sent
    inner join {{ ref('int_records_linked') }} as linked
        on
            linked.entity = 'merges'
            and sent.authority_code = linked.authority_code
            and sent.source_name = linked.source_name
            and sent.record_id = linked.record_id
    where linked.superseded_number is null
)

select
    authority_code,
    source_name,
    record_id,
    master_id,
    subordinate_id,
    merged_at
from ranked
where succession = 1 and not is_void
