-- As a new registration it needs its first day, as a deregistration its last day alone, for its length both.

with registrations as (
    select * from {{ ref('fct_registrations') }}
),

children as (
    select * from {{ ref('dim_children') }}
),

counting as (
    select
        registrations.*,
        case
            when registrations.exclusion_reason is not null then registrations.exclusion_reason
            when children.exclusion_reason is not null then children.exclusion_reason
            when registrations.is_transfer_in then 'taken over from another authority''s register'
            when registrations.is_temporary then 'temporary registration of another authority''s child'
        end as registration_exclusion_reason,
        case
            when registrations.is_deleted or registrations.is_still_to_come then registrations.exclusion_reason
            when not ({{ in_calendar('registrations.deregistered_date') }})
                then 'deregistered outside the years 1990 to 2040'
            else children.exclusion_reason
        end as deregistration_exclusion_reason
    from registrations
    left join children
        on registrations.authority_code = children.authority_code and registrations.child_key = children.child_key
)

select
    authority_code,
    record_key,
    child_key,
    registered_date,
    deregistered_date,
    category_code,
    recorded_at,
    registration_exclusion_reason,
    deregistration_exclusion_reason,
    case
        when deregistration_exclusion_reason is not null then deregistration_exclusion_reason
        when exclusion_reason is not null then exclusion_reason
        when is_backwards then 'deregistered before registered'
    end as length_exclusion_reason
from counting
