-- How the numbers of earlier systems hold on: what stands once for a number that two rows carry, links by a number that
-- its row has lost since, or links by the latest of several, is right in the figures and is odd all the same. So is a
-- row that names one which nobody ever delivered, and so are rows that name one another in a circle.
with counted as (
    select
        authority_code,
        entity,
        sum(later_records)::bigint as later_records,
        sum(numbers_lost)::bigint as numbers_lost,
        sum(numbers_changed)::bigint as numbers_changed,
        sum(orphaned)::bigint as orphaned,
        sum(doubled)::bigint as doubled
    from marts_candidate.fct_system_hand_overs
    group by authority_code, entity
),

circles as (
    select
        authority_code,
        entity,
        count(*) as rows_checked,
        count(*) filter (where is_in_circle) as rows_in_circles
    from intermediate.int_records_linked
    where is_held and is_linked
    group by authority_code, entity
)

select
    authority_code,
    'MIG01' as check_code,
    entity as subject,
    numbers_lost::double precision as value,
    later_records as checked,
    numbers_lost as failed
from counted
union all
select
    authority_code,
    'MIG02',
    entity,
    numbers_changed::double precision,
    later_records,
    numbers_changed
from counted
union all
select
    authority_code,
    'MIG03',
    entity,
    orphaned::double precision,
    later_records,
    orphaned
from counted
union all
select
    authority_code,
    'MIG04',
    entity,
    doubled::double precision,
    later_records,
    doubled
from counted
union all
select
    authority_code,
    'MIG05',
    entity,
    rows_in_circles::double precision,
    rows_checked,
    rows_in_circles
from circles
