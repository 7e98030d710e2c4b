with

relations as (
    select * from release.relations
)

select
    schema_name,
    relation_name
from relations
where is_current
order by schema_name, relation_name
