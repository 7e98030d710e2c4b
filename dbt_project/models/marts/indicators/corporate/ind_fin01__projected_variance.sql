-- Each heading is two records, so that the variance can be read before and after the saving that is planned.
{{ return_records(
    'FIN01', 'fct_budget_headings', 'finance_monitor',
    extra_join="
        cross join lateral (
            values
            ('VARIANCE BEFORE SAVING', coalesce(rows_in_force.projected_amount, 0) - coalesce(rows_in_force.budget_amount, 0)),
            ('PLANNED SAVING', -coalesce(rows_in_force.planned_saving_amount, 0))
        ) as components (component, component_amount)
    ",
    record_key=derived_key('component', 'rows_in_force.record_key', 'components.component'),
    count_key=derived_key('component', 'rows_in_force.record_key', 'components.component'),
    amount='components.component_amount',
    breakdowns="
        jsonb_build_object(
            'heading', coalesce(rows_in_force.heading_name, 'unknown'),
            'component', components.component,
            'heading_component', coalesce(rows_in_force.heading_name, 'unknown') || ' | ' || components.component
        )
    ",
    evidence="
        lower(components.component) || ' of ' || lower(coalesce(rows_in_force.heading_name, 'an unknown heading')) || ': GBP '
        || to_char(components.component_amount, 'FM999,999,999,990')
    "
) }}
