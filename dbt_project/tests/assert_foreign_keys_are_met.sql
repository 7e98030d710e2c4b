{#-
  Every foreign key that the YAML of marts declares (meta.foreign_keys), each in one comparison of sets. What reporting
  declares is not among them: it is made of the marts after an authority has passed or is held. The relations
  are listed for dbt to know what it waits for; a test of the project holds that none is missing.
-#}
{%- set declaring = [
    'dim_authority_systems', 'dim_children', 'dim_coverage', 'dim_periods', 'dim_returns_in_force', 'dim_state_days', 'dim_teams',
    'dim_workers', 'fct_adopter_families', 'fct_assessments', 'fct_budget_headings', 'fct_care_episodes',
    'fct_care_leaver_years', 'fct_care_leavers', 'fct_care_periods', 'fct_children_waiting', 'fct_contacts',
    'fct_education_results', 'fct_family_services', 'fct_health_events', 'fct_looked_after_states',
    'fct_missing_episodes', 'fct_placements', 'fct_plans', 'fct_posts', 'fct_prevention_services',
    'fct_registration_states', 'fct_registrations', 'fct_reviews_due', 'fct_reviews_to_come', 'fct_school_moves',
    'fct_section_47s', 'fct_system_hand_overs', 'fct_system_reconciliation', 'indicator_buckets', 'indicator_forecasts',
    'indicator_open_work', 'indicator_rates', 'indicator_records', 'indicator_values', 'indicator_work_in_time'
] -%}
{%- set referred = [
    'dim_abuse_categories', 'dim_authorities', 'dim_contact_outcomes', 'dim_contact_sources', 'dim_dates',
    'dim_legal_statuses', 'dim_placement_types', 'dim_providers', 'indicators'
] -%}
{%- set relations = {} -%}
{%- for name in declaring + referred -%}
    {%- do relations.update({name: ref(name)}) -%}
{%- endfor -%}
{{ unmet_foreign_keys(relations) }}
