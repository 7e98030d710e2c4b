-- noqa: disable=PRS,LT01,LT06
-- (the linter does not read an expression within "distinct on")
-- one step from a subordinate identity to its master: no merge with an adopted child, none of a cycle
with recursive steps as (
    select distinct on (merges.authority_code, coalesce(subordinates.identity_id, merges.subordinate_id))
        merges.authority_code,
        coalesce(subordinates.identity_id, merges.subordinate_id) as subordinate_id,
        coalesce(masters.identity_id, merges.master_id) as master_id
    from {{ ref('int_merges_standing') }} as merges
    left join {{ ref('int_people_linked') }} as subordinates
        on
            merges.authority_code = subordinates.authority_code
            and merges.source_name = subordinates.source_name
            and merges.subordinate_id = subordinates.record_id
    left join {{ ref('int_people_linked') }} as masters
        on
            merges.authority_code = masters.authority_code
            and merges.source_name = masters.source_name
            and merges.master_id = masters.record_id
    where
        coalesce(subordinates.identity_id, merges.subordinate_id) <> coalesce(masters.identity_id, merges.master_id)
        and not exists (
            select 1 from {{ ref('int_adopted_children') }} as adopted
            where
                merges.authority_code = adopted.authority_code
                and adopted.child_id in (
                    coalesce(subordinates.identity_id, merges.subordinate_id),
                    coalesce(masters.identity_id, merges.master_id)
                )
        )
    -- a subordinate with two masters follows the latest merge
    order by
        merges.authority_code,
        coalesce(subordinates.identity_id, merges.subordinate_id),
        merges.merged_at desc nulls last,
        merges.record_id
),

walks as (
    select
        authority_code,
        subordinate_id as start_id,
        master_id as reached_id,
        array[subordinate_id] as path
    from steps
    union all
    select
        walks.authority_code,
        walks.start_id,
        steps.master_id,
        walks.path || walks.reached_id as path
    from walks
    inner join steps on walks.authority_code = steps.authority_code and walks.reached_id = steps.subordinate_id
    where not walks.reached_id = any(walks.path)
)

select
    steps.authority_code,
    steps.subordinate_id,
    steps.master_id,
    exists (
        select 1 from walks
        where
            walks.authority_code = steps.authority_code
            and walks.start_id = steps.subordinate_id
            and walks.reached_id = steps.subordinate_id
    ) as is_cycle
from steps
