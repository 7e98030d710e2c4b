{# Columns of every ind_ model, in order: what indicator_records promises, less the release. #}
{% macro indicator_record_columns() -%}
    {{ return([
        'indicator_code', 'authority_code', 'record_key', 'child_key', 'count_key', 'counting_from_date',
        'counting_to_date', 'numerator_date', 'is_in_denominator', 'is_in_numerator', 'amount', 'breakdowns',
        'exclusion_reason', 'evidence', 'due_date',
    ]) }}
{%- endmacro %}


{# The same columns to select from an ind_ model, with a day for the record that has none. #}
{% macro indicator_record_selection() -%}
    {%- set selection = [] -%}
    {%- for column in indicator_record_columns() -%}
        {%- set expression = "coalesce(" ~ column ~ ", date '1900-01-01') as " ~ column -%}
        {%- do selection.append(expression if column == 'counting_from_date' else column) -%}
    {%- endfor -%}
    {{ selection | join(',\n    ') }}
{%- endmacro %}


{# Whether a record that may be in the numerator is in it for the period of a bucket: an end that is open admits all. #}
{% macro is_in_numerator_of(buckets, numerator_date) -%}
    coalesce(
        ({{ buckets }}.numerator_from_date is null or {{ numerator_date }} >= {{ buckets }}.numerator_from_date)
        and ({{ buckets }}.numerator_to_date is null or {{ numerator_date }} <= {{ buckets }}.numerator_to_date),
        false
    )
{%- endmacro %}
