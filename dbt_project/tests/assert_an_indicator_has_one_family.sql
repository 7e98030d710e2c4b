-- Sums are closed family by family: an indicator in two of them would be closed in neither.

select
    indicator_code,
    count(distinct family) as families
from {{ ref('figure_sums') }}
group by indicator_code
having count(distinct family) > 1
