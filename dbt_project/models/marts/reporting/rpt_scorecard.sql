-- The whole of every indicator and period, one line each; its groups are in rpt_indicator_series.

select series.*
from {{ ref('rpt_indicator_series') }} as series
where series.breakdown = 'all'
