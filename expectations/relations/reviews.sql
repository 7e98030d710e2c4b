-- One row per review that was planned or held in the last twelve months and not withdrawn, with its plan.
with numbers as (
    select distinct
        authority_code,
        canonical_record_id,
        source_name,
        record_id
    from intermediate.int_plans_conformed
)

select
    reviews.authority_code,
    reviews.record_key,
    reviews.child_key,
    plans.team_code as team_name,
    reviews.planned_date,
    reviews.held_date,
    reviews.review_status_code,
    plans.plan_type_code,
    plans.start_date as plan_start_date,
    plans.end_date as plan_end_date,
    plans.record_key is not null as is_plan_known,
    context.as_at_date
from intermediate.int_reviews_conformed as reviews
inner join staging.run_context as context on reviews.authority_code = context.authority_code
left join numbers
    on
        reviews.authority_code = numbers.authority_code
        and reviews.source_name = numbers.source_name
        and reviews.plan_id = numbers.record_id
left join intermediate.int_plans_bounded as plans
    on
        reviews.authority_code = plans.authority_code
        and plans.canonical_record_id = coalesce(numbers.canonical_record_id, reviews.plan_id)
where
    not reviews.is_void
    and coalesce(reviews.held_date, reviews.planned_date) > context.as_at_date - interval '12 months'
    and coalesce(reviews.held_date, reviews.planned_date) <= context.as_at_date + interval '12 months'
