-- The way from a worker's pseudonym to the id that the case system has: a team manager plans work with it.

with held as (
    {% for plural in ['contacts', 'assessments', 'plans'] %}
        select distinct
            facts.authority_code,
            facts.worker_key,
            records.worker_id
        from {{ ref('fct_' ~ plural) }} as facts
        inner join {{ ref('int_' ~ plural ~ '_conformed') }} as records
            on facts.authority_code = records.authority_code and facts.record_key = records.record_key
        where records.worker_id is not null
        {% if not loop.last %}
            union
        {% endif %}
    {% endfor %}
)

select
    held.authority_code,
    held.worker_key,
    min(held.worker_id) as worker_id
from held
group by held.authority_code, held.worker_key
