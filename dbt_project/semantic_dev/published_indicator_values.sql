{{ config(materialized='published', schema='marts', alias='indicator_values') }}

-- depends_on: {{ ref('indicator_values') }}
select * from {{ this }}
