-- How the numbers of the earlier system hold on: what stands once for a number that two rows carry, links by a number
-- that its row has lost since, or links by the latest of several, is right in the figures and is odd all the same.
select
    authority_code,
    'MIG01' as check_code,
    entity as subject,
    numbers_lost::double precision as value,
    wccis_records as checked,
    numbers_lost as failed
from marts_candidate.fct_system_reconciliation
union all
select
    authority_code,
    'MIG02',
    entity,
    numbers_changed::double precision,
    wccis_records,
    numbers_changed
from marts_candidate.fct_system_reconciliation
