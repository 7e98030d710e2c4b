-- Counted records whose judgement rests on a fact that is missing. Indicators write "unknown" into the evidence of such
-- a record; where the evidence names unknown facts that do not decide, the deciding ones are picked here. A contact
-- with an outcome but without a decision time was decided, only nobody wrote when.
select
    records.authority_code,
    records.indicator_code,
    records.record_key,
    records.counting_from_date
from marts_candidate.indicator_records as records
where
    (records.is_in_denominator or records.is_in_numerator)
    and not records.is_in_numerator
    and case records.indicator_code
        when 'LAC04' then records.evidence like '%area unknown%'
        when 'LAC05' then records.evidence like '%provider unknown%'
        when 'WRK02' then records.evidence like '%cover unknown%'
        when 'LAC01' then false
        when 'ASM08' then false
        else records.evidence like '%unknown%'
    end
union all
select
    records.authority_code,
    records.indicator_code,
    records.record_key,
    records.counting_from_date
from marts_candidate.indicator_records as records
inner join marts_candidate.fct_contacts as contacts
    on records.authority_code = contacts.authority_code and records.record_key = contacts.record_key
where
    records.indicator_code in ('CON03', 'CON04')
    and records.is_in_denominator
    and contacts.decided_at is null
    and contacts.outcome_code is not null
