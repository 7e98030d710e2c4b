-- families of migrated rows in every version: a family's GUID has no legacyid of its own
select
    landed.authority_code,
    'people' as entity,
    {{ guid('landed.personid') }} as record_id,
    {{ raise_key('landed.legacyid') }} as legacy_id,
    {{ guid('landed.familyid') }} as family_id,
    landed.valid_from_date
from {{ history_rows('wccis', 'person') }}
where {{ trimmed('landed.legacyid') }} is not null and {{ trimmed('landed.familyid') }} is not null

union all

select
    landed.authority_code,
    'prevention_services' as entity,
    {{ guid('landed.preventionid') }} as record_id,
    {{ raise_key('landed.legacyid') }} as legacy_id,
    {{ guid('landed.familyid') }} as family_id,
    landed.valid_from_date
from {{ history_rows('wccis', 'prevention') }}
where {{ trimmed('landed.legacyid') }} is not null and {{ trimmed('landed.familyid') }} is not null
