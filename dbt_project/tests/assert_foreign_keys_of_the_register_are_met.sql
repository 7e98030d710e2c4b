{#- As assert_foreign_keys_are_met, of the seeds that are published beside the register: they are there before it. -#}
{%- set relations = {} -%}
{%- for name in ['comparators', 'forecast_rules', 'indicators', 'rates', 'series_breaks', 'targets'] -%}
    {%- do relations.update({name: ref(name)}) -%}
{%- endfor -%}
{{ unmet_foreign_keys(relations) }}
