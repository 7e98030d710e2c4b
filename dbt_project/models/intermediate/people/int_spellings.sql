-- the configuration's spelling of a name wins over the seed's, and that over a contract's; both sides compare as the
-- names that are looked up do
select distinct on (list_name, spelling)
    list_name,
    spelling,
    canonical
from (
    select
        list_name,
        spelling,
        canonical,
        case when is_of_contract then 2 else 0 end as preference
    from {{ source('context', 'configured_spellings') }}
    union all
    select
        list_name,
        {{ code_text('spelling') }} as spelling,
        {{ code_text('canonical') }} as canonical,
        1 as preference
    from {{ ref('spellings') }}
) as spellings
order by list_name, spelling, preference
