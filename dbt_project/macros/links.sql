{#-
  Which rows are one, through any number of systems (deliveries.md section 8): a chain of CTEs that ends in `linked`. Rows
  that name one another, or that name the same row, are one; the earliest of them, named or delivered, gives the number
  that all of them go by.

  Needs three CTEs of the model, each with authority_code, entity, source_name, record_id:
    held   the rows that stand in each system's last usable delivery (once each)
    links  what any version of a row ever named, with legacy_source_name and legacy_id
    steps  of these the one by which a row is linked, one per row

  linked has one row per row that is held, that ever named another, or that was named: system_number, is_held, is_linked
  (it names another), canonical_record_id, superseded_number (the place in the chain of the earliest later system that
  ever had a row of the same fact; null: none, so the row may stand) and is_in_circle. The model's with is recursive.
-#}
{% macro linked_rows() -%}
-- a row that names itself names nothing, and is an end like any other
going_on as (
    select distinct on (authority_code, entity, source_name, record_id)
        authority_code,
        entity,
        source_name,
        record_id,
        legacy_source_name,
        legacy_id
    from steps
    where (source_name, record_id) is distinct from (legacy_source_name, legacy_id)
    order by authority_code, entity, source_name, record_id, legacy_source_name, legacy_id
),

-- from the ends backwards: each row goes on to one other, so each is reached once, however long the ways are
walks as (
    select
        going_on.authority_code,
        going_on.entity,
        going_on.source_name,
        going_on.record_id,
        going_on.legacy_source_name as canonical_source_name,
        going_on.legacy_id as canonical_id
    from going_on
    left join going_on as further
        on
            going_on.authority_code = further.authority_code
            and going_on.entity = further.entity
            and going_on.legacy_source_name = further.source_name
            and going_on.legacy_id = further.record_id
    where further.record_id is null
    union all
    select
        going_on.authority_code,
        going_on.entity,
        going_on.source_name,
        going_on.record_id,
        walks.canonical_source_name,
        walks.canonical_id
    from walks
    inner join going_on
        on
            walks.authority_code = going_on.authority_code
            and walks.entity = going_on.entity
            and walks.source_name = going_on.legacy_source_name
            and walks.record_id = going_on.legacy_id
),

-- what is reached from no end goes round in a circle, or leads into one
circling as (
    select going_on.*
    from going_on
    left join walks
        on
            going_on.authority_code = walks.authority_code
            and going_on.entity = walks.entity
            and going_on.source_name = walks.source_name
            and going_on.record_id = walks.record_id
    where walks.record_id is null
),

-- no more steps than a circle can be thought to have: the rows of a longer one stay apart
rounds as (
    select
        authority_code,
        entity,
        source_name,
        record_id,
        legacy_source_name as reached_source_name,
        legacy_id as reached_id,
        1 as step_count
    from circling
    union all
    select
        rounds.authority_code,
        rounds.entity,
        rounds.source_name,
        rounds.record_id,
        circling.legacy_source_name,
        circling.legacy_id,
        rounds.step_count + 1 as step_count
    from rounds
    inner join circling
        on
            rounds.authority_code = circling.authority_code
            and rounds.entity = circling.entity
            and rounds.reached_source_name = circling.source_name
            and rounds.reached_id = circling.record_id
    where
        rounds.step_count < 50
        and (rounds.source_name, rounds.record_id) is distinct from (rounds.reached_source_name, rounds.reached_id)
),

circles as (
    select
        authority_code,
        entity,
        source_name,
        record_id
    from rounds
    where source_name = reached_source_name and record_id = reached_id
),

-- the earliest row of a circle stands for all that lead into it
circle_ends as (
    select distinct on (rounds.authority_code, rounds.entity, rounds.source_name, rounds.record_id)
        rounds.authority_code,
        rounds.entity,
        rounds.source_name,
        rounds.record_id,
        coalesce(circles.source_name, rounds.source_name) as canonical_source_name,
        coalesce(circles.record_id, rounds.record_id) as canonical_id
    from rounds
    left join circles
        on
            rounds.authority_code = circles.authority_code
            and rounds.entity = circles.entity
            and rounds.reached_source_name = circles.source_name
            and rounds.reached_id = circles.record_id
    left join {{ source('context', 'run_systems') }} as systems
        on rounds.authority_code = systems.authority_code and rounds.reached_source_name = systems.source_name
    order by
        rounds.authority_code,
        rounds.entity,
        rounds.source_name,
        rounds.record_id,
        circles.record_id is null,
        systems.system_number nulls first,
        rounds.reached_id
),

ends as (
    select
        authority_code,
        entity,
        source_name,
        record_id,
        canonical_source_name,
        canonical_id,
        false as is_in_circle
    from walks
    union all
    select
        authority_code,
        entity,
        source_name,
        record_id,
        canonical_source_name,
        canonical_id,
        true as is_in_circle
    from circle_ends
),

nodes as (
    select
        authority_code,
        entity,
        source_name,
        record_id,
        bool_or(is_held) as is_held,
        bool_or(is_linked) as is_linked
    from (
        select
            authority_code,
            entity,
            source_name,
            record_id,
            true as is_held,
            false as is_linked
        from held
        union all
        select
            authority_code,
            entity,
            source_name,
            record_id,
            false as is_held,
            true as is_linked
        from links
        union all
        select
            authority_code,
            entity,
            legacy_source_name,
            legacy_id,
            false as is_held,
            false as is_linked
        from links
        union all
        select
            authority_code,
            entity,
            source_name,
            record_id,
            false as is_held,
            false as is_linked
        from steps
        union all
        select
            authority_code,
            entity,
            legacy_source_name,
            legacy_id,
            false as is_held,
            false as is_linked
        from steps
    ) as mentioned
    group by authority_code, entity, source_name, record_id
),

-- a system that the authority is not known to have had comes before all that it has
numbered as (
    select
        nodes.authority_code,
        nodes.entity,
        nodes.source_name,
        nodes.record_id,
        nodes.is_held,
        nodes.is_linked,
        coalesce(systems.system_number, 0) as system_number,
        coalesce(ends.canonical_source_name, nodes.source_name) as canonical_source_name,
        coalesce(ends.canonical_id, nodes.record_id) as canonical_id,
        coalesce(ends.is_in_circle, false) as is_in_circle
    from nodes
    left join ends
        on
            nodes.authority_code = ends.authority_code
            and nodes.entity = ends.entity
            and nodes.source_name = ends.source_name
            and nodes.record_id = ends.record_id
    left join {{ source('context', 'run_systems') }} as systems
        on nodes.authority_code = systems.authority_code and nodes.source_name = systems.source_name
),

-- no form of an id was promised that rules out that two systems use one for two facts
first_uses as (
    select
        authority_code,
        entity,
        record_id,
        min(system_number) as system_number
    from numbered
    group by authority_code, entity, record_id
    having min(system_number) < max(system_number)
),

-- two of these rows share authority and entity, so a plan that expects few of them may pair each with each: one at a time
naming_rows as materialized (
    select
        links.authority_code,
        links.entity,
        links.legacy_source_name,
        links.legacy_id,
        namers.system_number
    from links
    inner join numbered as namers
        on
            links.authority_code = namers.authority_code
            and links.entity = namers.entity
            and links.source_name = namers.source_name
            and links.record_id = namers.record_id
),

-- once a system has had a row of a fact the systems before it are superseded, by whichever of their rows was named
had_by as (
    select
        namers.authority_code,
        namers.entity,
        namers.canonical_source_name,
        namers.canonical_id,
        namers.system_number
    from numbered as namers
    where namers.is_linked
    union
    select
        named.authority_code,
        named.entity,
        named.canonical_source_name,
        named.canonical_id,
        naming_rows.system_number
    from naming_rows
    inner join numbered as named
        on
            naming_rows.authority_code = named.authority_code
            and naming_rows.entity = named.entity
            and naming_rows.legacy_source_name = named.source_name
            and naming_rows.legacy_id = named.record_id
),

taken_over as (
    select
        authority_code,
        entity,
        canonical_source_name,
        canonical_id,
        array_agg(system_number) as system_numbers
    from had_by
    group by authority_code, entity, canonical_source_name, canonical_id
),

linked as (
    select
        numbered.authority_code,
        numbered.entity,
        numbered.source_name,
        numbered.system_number,
        numbered.record_id,
        numbered.is_held,
        numbered.is_linked,
        case
            when first_uses.system_number < coalesce(systems.system_number, 0)
                then numbered.canonical_source_name || ':' || numbered.canonical_id
            else numbered.canonical_id
        end as canonical_record_id,
        (
            select min(later.system_number) from unnest(taken_over.system_numbers) as later (system_number)
            where later.system_number > numbered.system_number
        ) as superseded_number,
        numbered.is_in_circle
    from numbered
    left join taken_over
        on
            numbered.authority_code = taken_over.authority_code
            and numbered.entity = taken_over.entity
            and numbered.canonical_source_name = taken_over.canonical_source_name
            and numbered.canonical_id = taken_over.canonical_id
    left join first_uses
        on
            numbered.authority_code = first_uses.authority_code
            and numbered.entity = first_uses.entity
            and numbered.canonical_id = first_uses.record_id
    left join {{ source('context', 'run_systems') }} as systems
        on
            numbered.authority_code = systems.authority_code
            and numbered.canonical_source_name = systems.source_name
)
{%- endmacro %}
