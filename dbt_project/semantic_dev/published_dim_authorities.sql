{{ config(materialized='published', schema='marts', alias='dim_authorities') }}

-- depends_on: {{ ref('dim_authorities') }}
select * from {{ this }}
