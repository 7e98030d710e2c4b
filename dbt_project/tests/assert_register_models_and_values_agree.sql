-- Which codes there are is said three times: by the register, by the models that yield records, by the values.
-- A code that is missing in one of them, or a figure that is due and not there (or there and not due), is returned.

with registered as (
    select code as indicator_code from {{ ref('indicators') }}
),

modelled as (
    {% for model_name in indicator_models() %}
        select '{{ model_name.split('__')[0] | replace('ind_', '', 1) | upper }}' as indicator_code
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

due as (
    select
        periods.authority_code,
        register.code as indicator_code,
        periods.period_type,
        periods.period_label
    from {{ ref('indicators') }} as register
    inner join {{ ref('dim_coverage') }} as coverage on register.coverage_subject = coverage.subject
    inner join {{ ref('dim_periods') }} as periods
        on
            coverage.authority_code = periods.authority_code
            and coverage.first_date <= periods.period_end_date
            and '|' || register.period_types || '|' like '%|' || periods.period_type || '|%'
    where register.computed_from_date is null or periods.period_start_date >= register.computed_from_date
),

given as (
    select
        authority_code,
        indicator_code,
        period_type,
        period_label
    from {{ ref('indicator_values') }}
    where breakdown = 'all'
)

select
    coalesce(registered.indicator_code, modelled.indicator_code) as indicator_code,
    null as authority_code,
    null as period_type,
    null as period_label,
    case
        when registered.indicator_code is null then 'a model without a register row' else
            'a register row without a model'
    end
        as fault
from registered
full outer join modelled on registered.indicator_code = modelled.indicator_code
where registered.indicator_code is distinct from modelled.indicator_code
union all
select
    coalesce(due.indicator_code, given.indicator_code) as indicator_code,
    coalesce(due.authority_code, given.authority_code) as authority_code,
    coalesce(due.period_type, given.period_type) as period_type,
    coalesce(due.period_label, given.period_label) as period_label,
    case
        when given.indicator_code is null then 'a figure that is due is not there' else 'a figure that is not due'
    end as fault
from due
full outer join given
    on
        due.authority_code = given.authority_code
        and due.indicator_code = given.indicator_code
        and due.period_type = given.period_type
        and due.period_label = given.period_label
where given.indicator_code is distinct from due.indicator_code
