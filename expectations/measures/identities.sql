-- Figures against each other: terms of different indicators that must agree in every period, because they count the
-- same records another way. Compared as wholes; a subject is the pair of indicators.
with terms as (
    select
        v.authority_code,
        v.period_type,
        v.period_label,
        v.period_start_date,
        v.period_end_date,
        jsonb_object_agg(v.indicator_code || '.n', v.numerator)
        || coalesce(
            jsonb_object_agg(v.indicator_code || '.d', v.denominator) filter (where v.denominator is not null), '{}'
        ) as amounts
    from marts_candidate.indicator_values as v
    where v.breakdown = 'all'
    group by v.authority_code, v.period_type, v.period_label, v.period_start_date, v.period_end_date
),

-- n: numerator or count, d: denominator. The left side must equal, or not exceed, the sum of the right side.
identities (subject, left_term, relation, right_terms) as (
    values
    ('CON02 and CON01', 'CON02.d', '=', array['CON01.n']),
    ('CON03 and CON01', 'CON03.d', '<=', array['CON01.n']),
    ('CON04 and CON01', 'CON04.d', '<=', array['CON01.n']),
    ('CON05 and CON01', 'CON05.n', '<=', array['CON01.n']),
    ('CON06 and CON01', 'CON06.d', '<=', array['CON01.n']),
    ('CON07 and CON06', 'CON07.d', '=', array['CON06.n']),
    ('PM24 and ASM07', 'PM24.d', '<=', array['ASM07.n']),
    ('ASM08 and ASM07', 'ASM08.d', '<=', array['ASM07.n']),
    ('ASM01 and ASM09', 'ASM01.d', '=', array['ASM09.n']),
    ('ASM02 and ASM07', 'ASM02.d', '<=', array['ASM07.n']),
    ('ASM04 and ASM05', 'ASM04.d', '=', array['ASM05.n']),
    ('ASM05 and ASM04, ASM06', 'ASM05.n', '=', array['ASM04.n', 'ASM06.n']),
    ('REV01 and REV02-04, due', 'REV01.d', '=', array['REV02.d', 'REV03.d', 'REV04.d']),
    ('REV01 and REV02-04, held', 'REV01.n', '=', array['REV02.n', 'REV03.n', 'REV04.n']),
    ('PM27 and CPR02', 'PM27.d', '=', array['CPR02.n']),
    ('PM28 and CPR03', 'PM28.d', '<=', array['CPR03.n']),
    ('SGB07 and CPR02', 'SGB07.n', '=', array['CPR02.n']),
    ('SGB08 and CPR03', 'SGB08.n', '=', array['CPR03.n']),
    ('SGB09 and CPR01', 'SGB09.n', '=', array['CPR01.n']),
    ('SGB04 and SGB03', 'SGB04.d', '<=', array['SGB03.n']),
    ('SGB06 and SGB05', 'SGB06.d', '<=', array['SGB05.n']),
    ('CPR04 and SGB05', 'CPR04.d', '<=', array['SGB05.n']),
    ('LAC04 and LAC01', 'LAC04.d', '=', array['LAC01.n']),
    ('LAC05 and LAC01', 'LAC05.d', '=', array['LAC01.n']),
    ('PM33 and LAC01', 'PM33.d', '=', array['LAC01.n']),
    ('PM32 and LAC01', 'PM32.d', '<=', array['LAC01.n']),
    ('MIS04 and MIS03', 'MIS04.d', '=', array['MIS03.d']),
    ('MIS02 and MIS03', 'MIS02.d', '<=', array['MIS03.d']),
    ('WRK02 and WRK01', 'WRK02.d', '=', array['WRK01.n']),
    ('WRK03 and WRK01', 'WRK03.n', '=', array['WRK01.n']),
    ('CH001 and CON01', 'CH001.n', '=', array['CON01.n']),
    ('CH003 and CON04', 'CH003.n', '=', array['CON04.n']),
    ('CH006 and ASM07', 'CH006.n', '=', array['ASM07.n']),
    ('CH012 and PM24', 'CH012.n', '=', array['PM24.n']),
    ('CH039 and LAC01', 'CH039.n', '=', array['LAC01.n']),
    ('CH043 and PM33', 'CH043.n', '=', array['PM33.n']),
    ('CH044 and PM32', 'CH044.n', '=', array['PM32.n'])
),

compared as (
    select
        terms.authority_code,
        identities.subject,
        identities.relation,
        (terms.amounts ->> identities.left_term)::numeric as left_amount,
        (
            select sum((terms.amounts ->> term)::numeric) from unnest(identities.right_terms) as term
        ) as right_amount
    from terms
    inner join identities
        on terms.amounts ? identities.left_term and terms.amounts ?& identities.right_terms
),

pairs as (
    select
        authority_code,
        'IDN01' as check_code,
        subject,
        count(*) as checked,
        count(*) filter (
            where case relation when '=' then left_amount <> right_amount else left_amount > right_amount end
        ) as failed
    from compared
    group by authority_code, subject
),

-- open at the end of a month = open at the end of the month before + started - ceased
looked_after as (
    select
        authority_code,
        period_start_date,
        (amounts ->> 'LAC01.n')::numeric as open_children,
        (amounts ->> 'LAC02.n')::numeric as started,
        (amounts ->> 'LAC03.n')::numeric as ceased,
        lag((amounts ->> 'LAC01.n')::numeric) over months as open_before,
        lag(period_end_date) over months as month_before_end_date
    from terms
    where period_type = 'month' and amounts ?& array['LAC01.n', 'LAC02.n', 'LAC03.n']
    window months as (partition by authority_code order by period_start_date)
),

balances as (
    select
        authority_code,
        count(*) as checked,
        count(*) filter (where open_children <> open_before + started - ceased) as failed
    from looked_after
    where month_before_end_date = period_start_date - 1
    group by authority_code
)

select
    authority_code,
    check_code,
    subject,
    failed::double precision as value,
    checked,
    failed
from pairs
union all
select
    authority_code,
    'IDN02',
    'LAC01, LAC02 and LAC03',
    failed::double precision,
    checked,
    failed
from balances
union all
-- what the build's own tests found: they hold the authorities that they name
select
    tests.authority_code,
    'IDN03',
    replace(tests.test_name, '_', ' '),
    tests.failed_rows::double precision,
    1,
    tests.failed_rows
from staging.authority_tests as tests
inner join staging.run_context using (authority_code, run_id)
where tests.layer <> 'reporting'
