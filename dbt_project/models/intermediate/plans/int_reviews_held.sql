-- A review names its plan by the source's own key. Rows that are one plan, in one system or several, go by one number,
-- so the key goes through every row that stands for it; one that was never delivered is known by what was migrated.

with plan_numbers as (
    select
        authority_code,
        source_name,
        record_id,
        canonical_record_id
    from {{ ref('int_records_linked') }}
    where entity = 'plans'
),

named as (
    select
        reviews.*,
        coalesce(matched_plans.canonical_source_name, reviews.source_name) as plan_source_name,
        coalesce(matched_plans.canonical_id, reviews.plan_id) as matched_plan_id
    from {{ ref('int_reviews_conformed') }} as reviews
    left join {{ ref('int_keys_matched') }} as matched_plans
        on
            matched_plans.id_kind = 'plan'
            and reviews.authority_code = matched_plans.authority_code
            and reviews.source_name = matched_plans.source_name
            and reviews.plan_id = matched_plans.source_id
),

held as (
    select
        reviews.authority_code,
        reviews.record_key,
        reviews.child_key,
        coalesce(plan_numbers.canonical_record_id, reviews.matched_plan_id) as canonical_plan_id,
        {{ fresh_date('reviews.held_date', 'reviews.fresh_until_date') }} as held_date
    from named as reviews
    left join plan_numbers
        on
            reviews.authority_code = plan_numbers.authority_code
            and reviews.plan_source_name = plan_numbers.source_name
            and reviews.matched_plan_id = plan_numbers.record_id
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
