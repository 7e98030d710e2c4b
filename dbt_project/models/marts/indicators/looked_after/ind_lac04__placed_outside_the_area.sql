{#- A placement whose authority is not known stays in the denominator; outside both groups, since neither is known. -#}
{{ looked_after_records(
    'LAC04',
    is_met="looked_after.placement_authority_code not in (looked_after.authority_code, 'unknown')",
    breakdowns="case
        when looked_after.placement_authority_code in (looked_after.authority_code, 'unknown')
            or looked_after.placement_authority_code is null
            then '{}'::jsonb
        when looked_after.placement_authority_code like 'W%' then jsonb_build_object('wales', 'inside')
        else jsonb_build_object('wales', 'outside')
    end"
) }}
