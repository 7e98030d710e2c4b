-- Each heading is two records, so that the variance can be read before and after the saving that is planned. A blank
-- planned saving is nought; a heading without a budget or a projection has no variance, and is in no sum.
{%- set is_whole = 'num_nulls(rows_in_force.projected_amount, rows_in_force.budget_amount) = 0' %}
{{ return_records(
    'FIN01', 'fct_budget_headings', 'finance_monitor',
    extra_join="
        cross join lateral (
            values
            ('VARIANCE BEFORE SAVING', rows_in_force.projected_amount - rows_in_force.budget_amount),
            ('PLANNED SAVING', -coalesce(rows_in_force.planned_saving_amount, 0))
        ) as components (component, component_amount)
    ",
    record_key=derived_key('component', 'rows_in_force.record_key', 'components.component'),
    count_key=derived_key('component', 'rows_in_force.record_key', 'components.component'),
    amount='components.component_amount',
    is_counted=is_whole,
    exclusion_reason="case when not (" ~ is_whole ~ ") then 'no budget or no projection: its variance is unknown' end",
    breakdowns="
        jsonb_build_object(
            'heading', coalesce(rows_in_force.heading_name, 'unknown'),
            'component', components.component,
            'heading_component', coalesce(rows_in_force.heading_name, 'unknown') || ' | ' || components.component
        )
    ",
    evidence="
        lower(components.component) || ' of ' || lower(coalesce(rows_in_force.heading_name, 'an unknown heading')) || ': GBP '
        || coalesce(to_char(components.component_amount, 'FM999,999,999,990'), 'unknown')
    "
) }}
