-- Periods of care and placements have no legacy id of their own. A migrated row carries WCCIS's key of them, and the
-- RAISe row that it came from carries RAISe's: those two are one (deliveries.md section 7, Migration). Where migrated
-- rows disagree, because one was corrected since, most of them decide.

with links as (
    select
        authority_code,
        entity,
        record_id,
        legacy_id
    from {{ ref('int_legacy_links') }}
    where is_latest
),

migrated as (
    {%- for plural in ['care_episodes', 'health_events'] %}
        select
            wccis_rows.authority_code,
            wccis_rows.care_period_id,
            wccis_rows.placement_id,
            raise_rows.care_period_id as raise_care_period_id,
            raise_rows.placement_id as raise_placement_id
        from {{ ref('stg_wccis__' ~ plural) }} as wccis_rows
        left join links
            on
                wccis_rows.authority_code = links.authority_code
                and wccis_rows.record_id = links.record_id
                and links.entity = '{{ plural }}'
        inner join {{ ref('stg_raise__' ~ plural) }} as raise_rows
            on
                wccis_rows.authority_code = raise_rows.authority_code
                and coalesce(wccis_rows.legacy_id, links.legacy_id) = raise_rows.record_id
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

pairs as (
    select
        authority_code,
        'care_period' as id_kind,
        care_period_id as wccis_id,
        raise_care_period_id as canonical_id
    from migrated
    where care_period_id is not null and raise_care_period_id is not null
    union all
    select
        authority_code,
        'placement' as id_kind,
        placement_id as wccis_id,
        raise_placement_id as canonical_id
    from migrated
    where placement_id is not null and raise_placement_id is not null
)

select distinct on (authority_code, id_kind, wccis_id)  -- noqa: AM01
    authority_code,
    id_kind,
    wccis_id,
    canonical_id,
    count(*)::integer as migrated_row_count
from pairs
group by authority_code, id_kind, wccis_id, canonical_id
order by authority_code, id_kind, wccis_id, count(*) desc, length(canonical_id), canonical_id
