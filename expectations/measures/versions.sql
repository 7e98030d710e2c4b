-- What the last month's deliveries changed in records that stood before: were withdrawn ones brought back, did the days
-- on which things began move, have ends and decisions gone? Single ones are mended by right; an extract that says so of
-- many has lost a column or its clock, which no look at the newest contents alone can tell.
-- Of the system in use: each record as it first stood within the month against how it stands tonight, so that what a
-- later delivery mends is mended here too.
{% set sources = {
    'wccis': [
        ('contacts', 'contact', 'contactreceiveddatetime', 'decisiondatetime'),
        ('assessments', 'caseform', 'referraldate', 'signedoffdate'),
        ('plans', 'careplan', 'startdate', 'enddate'),
        ('reviews', 'review', none, 'helddate'),
        ('section_47s', 'section47', 'strategydate', 'enquiryenddate'),
        ('registrations', 'childprotection', 'startdate', 'enddate'),
        ('care_episodes', 'lacepisode', 'startdate', 'enddate'),
        ('health_events', 'lachealth', 'eventdate', none),
        ('school_moves', 'schoolmove', 'movedate', none),
        ('missing_episodes', 'missingepisode', 'missingfrom', 'returned'),
        ('care_leaver_checks', 'careleavercheck', 'leftcaredate', 'checkdate'),
        ('homeless_spells', 'homelessspell', 'startdate', 'enddate'),
        ('prevention_services', 'prevention', 'startdate', 'enddate'),
    ],
    'raise': [
        ('contacts', 'contact', 'received', 'decided'),
        ('assessments', 'assessment', 'referral_date', 'authorised_date'),
        ('plans', 'plan', 'start_date', 'end_date'),
        ('reviews', 'review', none, 'held_date'),
        ('section_47s', 's47', 'strategy_date', 'enquiry_end_date'),
        ('registrations', 'cp_registration', 'registered_date', 'deregistered_date'),
        ('care_episodes', 'lac_episode', 'start_date', 'end_date'),
        ('health_events', 'lac_health', 'event_date', none),
        ('school_moves', 'school_move', 'move_date', none),
        ('missing_episodes', 'missing', 'missing_from', 'returned'),
        ('care_leaver_checks', 'care_leaver_check', 'left_care_date', 'check_date'),
        ('homeless_spells', 'homeless_spell', 'start_date', 'end_date'),
        ('prevention_services', 'prevention', 'start_date', 'end_date'),
    ],
} %}
{# a file that lost its leading zeros (1/4/2018, 9:05) says the same as before #}
{% macro said(row, column) %}
    {% if column %}
nullif(
    nullif(ltrim(replace(replace(btrim({{ row }}.{{ column }}), '/0', '/'), ' 0', ' '), '0'), ''), '1/1/1900'
)
{%- else %}
null::text
    {%- endif %}
{% endmacro %}
{% macro withdrawn(row, source, subject) %}
    {% if source == 'wccis' %}
coalesce(landing.trimmed({{ row }}.inactive) = '1', false)
{%- elif subject == 'contacts' %}
coalesce(landing.canonical_name({{ row }}.status) = 'VOID', false)
{%- else %}
false
    {%- endif %}
{% endmacro %}
with context as (
    select
        authority_code,
        live_source,
        case live_source when 'raise' then raise_as_at_date else wccis_as_at_date end as newest_date
    from staging.run_context
),

counted as (
    {% for source, entities in sources.items() %}
        {% set is_last_source = loop.last %}
        {% for subject, table, begins, ends in entities[:entities_at_most] %}
            select
                records.authority_code,
                '{{ subject }}' as subject,
                count(*) filter (where begin_now is not null) as begun,
                count(*) filter (where begin_before <> begin_now) as moved,
                count(*) filter (where end_now is not null or end_before is not null) as ended,
                count(*) filter (where end_before is not null and end_now is null) as reopened,
                count(*) filter (where is_withdrawn_now or was_withdrawn) as withdrawn,
                count(*) filter (where was_withdrawn and not is_withdrawn_now) as returned
            from (
                select
                    tonight.authority_code,
                    {{ said('tonight', begins) }} as begin_now,
                    {{ said('tonight', ends) }} as end_now,
                    {{ withdrawn('tonight', source, subject) }} as is_withdrawn_now,
                    earlier.begin_before,
                    earlier.end_before,
                    coalesce(earlier.was_withdrawn, false) as was_withdrawn
                from landing.{{ source }}_{{ table }} as tonight
                inner join context
                    on
                        tonight.authority_code = context.authority_code
                        and context.live_source = '{{ source }}'
                        and tonight.valid_from_date <= context.newest_date
                        and (tonight.valid_to_date is null or tonight.valid_to_date > context.newest_date)
                left join (
                    select distinct on (landed.authority_code, landed.row_key)
                        landed.authority_code,
                        landed.row_key,
                        {{ said('landed', begins) }} as begin_before,
                        {{ said('landed', ends) }} as end_before,
                        {{ withdrawn('landed', source, subject) }} as was_withdrawn
                    from landing.{{ source }}_{{ table }} as landed
                    inner join context
                        on
                            landed.authority_code = context.authority_code
                            and landed.valid_to_date > context.newest_date - 31
                            and landed.valid_to_date <= context.newest_date
                    order by landed.authority_code, landed.row_key, landed.valid_from_date
                ) as earlier
                    on tonight.authority_code = earlier.authority_code and tonight.row_key = earlier.row_key
            ) as records
            group by records.authority_code
            {{ 'union all' if not (loop.last and is_last_source) }}
        {% endfor %}
    {% endfor %}
)

select
    authority_code,
    'VER01' as check_code,
    subject,
    case when returned >= 5 then returned::double precision / withdrawn else 0 end as value,
    withdrawn as checked,
    returned as failed
from counted
union all
select
    authority_code,
    'VER02',
    subject,
    case when moved >= 10 then moved::double precision / begun else 0 end,
    begun,
    moved
from counted
union all
select
    authority_code,
    'VER03',
    subject,
    case when reopened >= 5 then reopened::double precision / ended else 0 end,
    ended,
    reopened
from counted
