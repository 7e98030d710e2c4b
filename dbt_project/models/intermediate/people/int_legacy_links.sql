{{ config(indexes=[{'columns': ['entity', 'authority_code', 'legacy_id']}]) }}

select distinct
    authority_code,
    entity,
    record_id,
    legacy_id,
    version_number
from {{ ref('stg_wccis__legacy_links') }}
