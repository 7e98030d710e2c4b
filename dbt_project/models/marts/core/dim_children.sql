select
    attributes.authority_code,
    attributes.child_key,
    attributes.is_known,
    attributes.sex_code,
    attributes.responsible_authority_code,
    attributes.is_own_responsibility,
    case when not attributes.is_own_responsibility then 'another authority is responsible' end as exclusion_reason,
    attributes.date_of_birth is null and attributes.expected_birth_date is not null as is_unborn,
    attributes.is_restricted,
    attributes.is_disabled,
    {{ family_key('attributes.child_key', 'attributes.family_id') }} as family_key,
    attributes.ethnicity_group,
    attributes.language_code,
    attributes.disability_code
from {{ ref('int_child_attributes') }} as attributes
{{ salt_join('attributes.authority_code') }}
