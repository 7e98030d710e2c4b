select
    to_regclass('release.marts__indicator_values') is not null
    and to_regclass('release.marts__dim_periods') is not null
    and to_regclass('release.reporting__rpt_indicator_series') is not null
