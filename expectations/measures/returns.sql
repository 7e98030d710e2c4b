-- What is missing from the corporate returns that the figures rest on? Judged is the return in force of each kind: the
-- latest by the day that it states (deliveries.md section 9, Corporate returns). Rows of totals are missed by nobody.
with context as (
    select * from staging.run_context
),

in_force as (
    select distinct on (returns.authority_code, returns.return_kind)
        returns.authority_code,
        returns.return_kind,
        returns.as_at_date,
        returns.business_date,
        returns.row_count,
        lead(returns.row_count) over days_back as row_count_before
    from intermediate.int_corporate_returns as returns
    window
        days_back as (
            partition by returns.authority_code, returns.return_kind order by returns.as_at_date desc
        )
    order by returns.authority_code, returns.return_kind, returns.as_at_date desc
),

tried as (
    select deliveries.*
    from landing.deliveries as deliveries
    inner join context
        on deliveries.authority_code = context.authority_code and deliveries.business_date <= context.as_at_date
    where deliveries.kind = 'return'
),

judged as (
    select
        tried.*,
        in_force.as_at_date as return_date,
        in_force.row_count,
        in_force.row_count_before,
        tried.name || ' of ' || to_char(tried.business_date, 'FMDD FMMonth YYYY') as subject
    from in_force
    inner join tried
        on
            in_force.authority_code = tried.authority_code
            and in_force.return_kind = tried.name
            and in_force.business_date = tried.business_date
            and tried.status = 'accepted'
),

-- a named person said that the return is as it should be
accepted_losses as (
    select distinct judged.delivery_id
    from judged
    inner join landing.overrides as overrides
        on
            judged.source = overrides.source
            and judged.business_date = overrides.business_date
            and (overrides.authority_code is null or judged.authority_code = overrides.authority_code)
            and (overrides.name is null or judged.name = overrides.name)
),

apart as (
    select
        judged.delivery_id,
        count(*) as rows_apart
    from judged
    inner join landing.quarantine as quarantine on judged.delivery_id = quarantine.delivery_id
    where quarantine.reason_code <> 'total_row'
    group by judged.delivery_id
),

before as (
    select distinct on (judged.delivery_id)
        judged.delivery_id,
        tried.rows_accepted
    from judged
    inner join tried
        on
            judged.authority_code = tried.authority_code
            and judged.source = tried.source
            and judged.name = tried.name
            and judged.business_date > tried.business_date
            and tried.status = 'accepted'
    order by judged.delivery_id, tried.business_date desc
),

-- a few lines that state an older day push the whole return out that spoke for it: the worst day of each kind
replaced as (
    select distinct on (returns.authority_code, returns.return_kind)
        returns.authority_code,
        returns.return_kind,
        returns.row_count::double precision / returns.row_count_replaced as share,
        returns.return_kind || ' of ' || to_char(returns.business_date, 'FMDD FMMonth YYYY') || ', which speaks for '
        || to_char(returns.as_at_date, 'FMDD FMMonth YYYY') as subject
    from intermediate.int_corporate_returns as returns
    where
        returns.row_count_replaced > 0
        and not exists (
            select from landing.overrides as overrides
            where
                overrides.source = 'corporate' and overrides.business_date = returns.business_date
                and (overrides.authority_code is null or overrides.authority_code = returns.authority_code)
                and (overrides.name is null or overrides.name = returns.return_kind)
        )
    order by returns.authority_code, returns.return_kind, share, returns.as_at_date desc
),

shrunk as (
    select
        judged.authority_code,
        judged.name,
        judged.subject,
        case
            when accepted_losses.delivery_id is not null then 1
            when judged.rows_accepted = 0 then 0
            -- by delivery, and by the day that stands: a few lines of a later day push the others out of the figures
            else least(
                coalesce(judged.rows_accepted::double precision / nullif(before.rows_accepted, 0), 1),
                coalesce(judged.row_count::double precision / nullif(judged.row_count_before, 0), 1)
            )
        end as share
    from judged
    left join before on judged.delivery_id = before.delivery_id
    left join accepted_losses on judged.delivery_id = accepted_losses.delivery_id
),

-- refused, and nothing of the same day or a later one was let in since; one that is of another day than its folder is
-- no newer word of that day, whenever it came
refused as (
    select distinct on (judged.delivery_id)
        judged.delivery_id,
        tried.business_date
    from judged
    inner join tried
        on
            judged.authority_code = tried.authority_code
            and judged.source = tried.source
            and judged.name = tried.name
            and tried.status = 'refused'
    left join landing.refusals as refusals on tried.delivery_id = refusals.delivery_id
    where
        not exists (
            select from tried as later
            where
                later.authority_code = tried.authority_code and later.source = tried.source and later.name = tried.name
                and later.status = 'accepted'
                and (
                    later.business_date > tried.business_date
                    or later.business_date = tried.business_date
                    and (later.delivery_id > tried.delivery_id or refusals.reason_code = 'disagreement')
                )
        )
    order by judged.delivery_id, tried.business_date desc
)

select
    judged.authority_code,
    'RET01' as check_code,
    judged.subject,
    case when accepted_losses.delivery_id is null then coalesce(apart.rows_apart, 0) else 0 end::double precision
        as value,
    judged.rows_in_files as checked,
    case when accepted_losses.delivery_id is null then coalesce(apart.rows_apart, 0) else 0 end as failed
from judged
left join apart on judged.delivery_id = apart.delivery_id
left join accepted_losses on judged.delivery_id = accepted_losses.delivery_id
union all
select
    shrunk.authority_code,
    'RET02',
    case when replaced.share < shrunk.share then replaced.subject else shrunk.subject end,
    least(shrunk.share, replaced.share),
    1,
    null
from shrunk
left join replaced on shrunk.authority_code = replaced.authority_code and shrunk.name = replaced.return_kind
union all
select
    judged.authority_code,
    'RET03',
    judged.name || ' of ' || to_char(judged.return_date, 'FMDD FMMonth YYYY')
    || coalesce(' (refused: that of ' || to_char(refused.business_date, 'FMDD FMMonth YYYY') || ')', ''),
    case when refused.delivery_id is null then 0 else 1 end,
    1,
    null
from judged
left join refused on judged.delivery_id = refused.delivery_id
