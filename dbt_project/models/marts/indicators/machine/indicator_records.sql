-- Every indicator's records in one shape. Nothing is decided here: an ind_ model says whether a record counts and why.

{% for model_name in indicator_models() %}
select
    {{ indicator_record_columns() | join(',\n    ') }}
from {{ ref(model_name) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
