-- Every indicator's records in one shape. Nothing is decided here: an ind_ model says whether a record counts and why.
-- The day is part of a record's key when releases are stored, so an excluded record without one gets a day that no
-- period holds.

{% for model_name in indicator_models() %}
    select
        {{ indicator_record_selection() }}
    from {{ ref(model_name) }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
