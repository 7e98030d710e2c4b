-- A review names its plan by the source's own key. Rows of WCCIS that were migrated twice are one plan, so the key goes
-- through every row that stands for it.

with links as (
    select
        authority_code,
        record_id,
        legacy_id
    from {{ ref('int_legacy_links') }}
    where entity = 'plans' and is_latest
),

plan_numbers as (
    select
        wccis_plans.authority_code,
        'wccis' as source_name,
        wccis_plans.record_id,
        coalesce(
            wccis_plans.legacy_id, links.legacy_id, plans.canonical_record_id, wccis_plans.record_id
        ) as canonical_record_id
    from {{ ref('stg_wccis__plans') }} as wccis_plans
    left join links on wccis_plans.authority_code = links.authority_code and wccis_plans.record_id = links.record_id
    left join {{ ref('int_plans_conformed') }} as plans
        on
            wccis_plans.authority_code = plans.authority_code
            and wccis_plans.source_name = plans.source_name
            and wccis_plans.record_id = plans.record_id
),

held as (
    select
        reviews.authority_code,
        reviews.record_key,
        reviews.child_key,
        coalesce(plan_numbers.canonical_record_id, reviews.plan_id) as canonical_plan_id,
        {{ fresh_date('reviews.held_date', 'reviews.fresh_until_date') }} as held_date
    from {{ ref('int_reviews_conformed') }} as reviews
    left join plan_numbers
        on
            reviews.authority_code = plan_numbers.authority_code
            and reviews.source_name = plan_numbers.source_name
            and reviews.plan_id = plan_numbers.record_id
    where not reviews.is_void and reviews.review_status_code = 'HELD'
)

select
    held.authority_code,
    held.record_key,
    held.child_key,
    held.held_date,
    plans.record_key as plan_key,
    plans.plan_type_code
from held
inner join {{ ref('int_plans_conformed') }} as plans
    on held.authority_code = plans.authority_code and held.canonical_plan_id = plans.canonical_record_id
where held.held_date is not null and not plans.is_void
