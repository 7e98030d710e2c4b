select
    authority_code,
    return_date,
    record_key,
    family_authority_code,
    applicant_type_code,
    is_second_time_code,
    stage_code,
    is_on_hold_code
from {{ ref('int_adopter_families') }}
