-- The whole of every indicator and period, one line each; its groups are in rpt_indicator_series.

select * from {{ ref('rpt_indicator_series') }}
where breakdown = 'all'
