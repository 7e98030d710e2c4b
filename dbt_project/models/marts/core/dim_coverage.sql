-- The first contact is the first valid one: void contacts, and dates that no term may use, begin nothing.

with first_contacts as (
    select
        contacts.authority_code,
        'contact' as subject,
        min(contacts.received_date) as first_date
    from {{ ref('fct_contacts') }} as contacts
    where contacts.exclusion_reason is null
    group by contacts.authority_code
),

first_returns as (
    select
        returns.authority_code,
        returns.return_kind as subject,
        min(returns.as_at_date) as first_date
    from {{ ref('int_corporate_returns') }} as returns
    group by returns.authority_code, returns.return_kind
)

select * from first_contacts
union all
select * from first_returns
