{{ config(materialized='published', schema='marts', alias='dim_dates') }}

-- depends_on: {{ ref('dim_dates') }}
select * from {{ this }}
