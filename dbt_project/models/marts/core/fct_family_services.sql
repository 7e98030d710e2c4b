select
    authority_code,
    return_date,
    record_key,
    organisation_key,
    organisation_name,
    area_code,
    service_name,
    commissioned_code,
    start_date,
    end_date
from {{ ref('int_family_services') }}
