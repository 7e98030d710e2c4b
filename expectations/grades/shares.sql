-- How complete and how free of contradiction the records of each indicator are, over the last months up to the as-at
-- day. A record that was cancelled or is not due yet says nothing about quality; one left out because a fact is
-- missing counts as incomplete, one left out because its facts contradict each other as inconsistent.
with unknown_facts as (
    {{ unknown_facts }}
),

recent as (
    select
        records.authority_code,
        records.indicator_code,
        records.is_in_denominator or records.is_in_numerator as is_counted,
        coalesce(
            records.exclusion_reason
            ~ 'unknown|^no (received time|outcome recorded|referral day|day on which)|has no (day|start date)',
            false
        ) as is_left_out_unknown,
        coalesce(
            records.exclusion_reason
            ~ 'before (it was|it starts|going missing|the return|the strategy|registered)|outside (the years )?1990',
            false
        ) as is_contradictory,
        unknown_facts.record_key is not null as is_unknown
    from marts_candidate.indicator_records as records
    inner join staging.run_context as context
        on
            records.authority_code = context.authority_code
            and records.counting_from_date <= context.as_at_date
            and records.counting_from_date > context.as_at_date - make_interval(months => {{ window_months }})
    left join unknown_facts
        on
            records.authority_code = unknown_facts.authority_code
            and records.indicator_code = unknown_facts.indicator_code
            and records.record_key = unknown_facts.record_key
            and records.counting_from_date = unknown_facts.counting_from_date
)

select
    authority_code,
    indicator_code,
    count(*) filter (where is_counted) as counted,
    1 - (
        count(*) filter (where is_unknown and is_counted or is_left_out_unknown and not is_counted)
    )::double precision
    / nullif(count(*) filter (where is_counted or is_left_out_unknown), 0) as complete,
    1 - (count(*) filter (where is_contradictory and not is_counted))::double precision
    / nullif(count(*) filter (where is_counted or is_contradictory), 0) as consistent
from recent
group by authority_code, indicator_code
