with services as (
    select * from {{ ref('int_prevention_services_conformed') }}
)

select
    services.authority_code,
    services.record_key,
    services.child_key,
    services.family_key,
    services.service_code,
    services.start_date,
    {{ fresh_end('services.end_date', 'services.fresh_until_date') }} as end_date,
    children.exclusion_reason is null as is_own_responsibility,
    case
        when services.is_void then 'withdrawn or deleted in the case system'
        else
            {{ span_exclusion('services.start_date', 'services.end_date', 'services.fresh_until_date', 'the service') }}
    end as exclusion_reason,
    {{ event_day('services.start_date') }} as event_date,
    {{ age_band_on(event_day('services.start_date')) }} as age_band
from services
left join {{ ref('dim_children') }} as children
    on services.authority_code = children.authority_code and services.child_key = children.child_key
{{ child_attributes_join('services') }}
