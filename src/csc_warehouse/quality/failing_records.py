"""Which records break a rule tonight, since when, and who can mend them: written to `restricted` alone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.quality.candidate_judgement import STATEMENT_FAULTS
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import RecordRule, load_catalogue
from expectations.statements import failing_statement

LOGGER = logging.getLogger(__name__)

WORKER_COLUMNS = (
    ("raise", "contact", "worker"),
    ("raise", "assessment", "worker"),
    ("raise", "plan", "worker"),
    ("wccis", "contact", "responsibleuserid"),
    ("wccis", "caseform", "responsibleuserid"),
    ("wccis", "careplan", "responsibleuserid"),
)
"""Where the sources say who is responsible; staging leaves people's names out, so worklists read landing."""

KEPT_DAYS = 400
"""How long a mended record is remembered: long enough to tell a year's mending, and no longer."""

_FOUND = """
create temporary table failing_now (
    authority_code text, check_code text, record_key text, child_key text, team_name text
) on commit drop
"""

# what was found as at a day whose delivery was withdrawn since was never found, and mended nothing
_TAKE_BACK = (
    """
delete from restricted.failing_records as known using landing.days_taken_back as taken
where known.authority_code = taken.authority_code and known.first_seen_date = taken.business_date
""",
    """
update restricted.failing_records as known set mended_date = null from landing.days_taken_back as taken
where known.authority_code = taken.authority_code and known.mended_date = taken.business_date
""",
    """
update restricted.failing_records as known set last_seen_date = known.first_seen_date
from landing.days_taken_back as taken
where known.authority_code = taken.authority_code and known.last_seen_date = taken.business_date
""",
)

# an earlier day that is built again neither ages nor mends what a later one found
_TOLD = """
create temporary table told_now on commit drop as
select context.authority_code, context.as_at_date, context.live_source
from staging.run_context as context
where context.as_at_date >= coalesce((
    select max(greatest(known.last_seen_date, known.mended_date)) from restricted.failing_records as known
    where known.authority_code = context.authority_code
), '-infinity')
"""

_PLACED = """
create temporary table placed_now on commit drop as
with leading_plan as (
    select distinct on (plans.authority_code, plans.child_key)
        plans.authority_code, plans.child_key, plans.record_key, plans.team_code as team_name
    from marts_candidate.fct_plans as plans
    where plans.exclusion_reason is null
    order by plans.authority_code, plans.child_key, (plans.end_date is null) desc, plans.start_date desc nulls last,
        plans.record_key
),

latest_contact as (
    select distinct on (contacts.authority_code, contacts.child_key)
        contacts.authority_code, contacts.child_key, contacts.team_name
    from marts_candidate.fct_contacts as contacts
    where contacts.exclusion_reason is null and contacts.team_name is not null
    order by contacts.authority_code, contacts.child_key, contacts.received_date desc, contacts.record_key
),

-- the record's own row, else the newest of the rows that it is made of
rows_behind as (
    select distinct on (found.authority_code, found.record_key)
        found.authority_code, found.record_key, sources.source_name, sources.source_entity, sources.record_id,
        sources.delivery_id, sources.record_number
    from (select distinct authority_code, record_key from failing_now) as found
    left join restricted_candidate.record_parts as parts
        on parts.authority_code = found.authority_code and parts.record_key = found.record_key
    inner join restricted_candidate.record_sources as sources
        on
            sources.authority_code = found.authority_code
            and sources.record_key = coalesce(parts.part_record_key, found.record_key)
    order by found.authority_code, found.record_key, sources.delivery_id desc, sources.record_number desc
),

numbers as (
    select distinct on (children.authority_code, children.child_key)
        children.authority_code, children.child_key, children.source_name, children.child_id
    from restricted_candidate.children as children
    inner join told_now as told on told.authority_code = children.authority_code
    order by children.authority_code, children.child_key, (children.source_name = told.live_source) desc,
        (children.child_id = children.canonical_child_id) desc, children.child_id
),

workers as (
{workers}
)

select
    found.authority_code,
    found.check_code,
    found.record_key,
    found.child_key,
    coalesce(behind.source_name, numbers.source_name) as source_name,
    coalesce(behind.source_entity, case numbers.source_name when 'raise' then 'client' when 'wccis' then 'person' end)
        as source_entity,
    coalesce(behind.record_id, numbers.child_id) as source_record_id,
    numbers.child_id as source_child_id,
    coalesce(found.team_name, leading_plan.team_name, latest_contact.team_name) as team_name,
    coalesce(own.worker_name, planned.worker_name) as worker_name,
    told.as_at_date
from failing_now as found
inner join told_now as told on told.authority_code = found.authority_code
left join rows_behind as behind
    on behind.authority_code = found.authority_code and behind.record_key = found.record_key
left join numbers on numbers.authority_code = found.authority_code and numbers.child_key = found.child_key
left join leading_plan
    on leading_plan.authority_code = found.authority_code and leading_plan.child_key = found.child_key
left join latest_contact
    on latest_contact.authority_code = found.authority_code and latest_contact.child_key = found.child_key
left join restricted_candidate.record_sources as plan_row
    on plan_row.authority_code = leading_plan.authority_code and plan_row.record_key = leading_plan.record_key
left join workers as own
    on
        own.source_entity = behind.source_entity and own.delivery_id = behind.delivery_id
        and own.record_number = behind.record_number
left join workers as planned
    on
        planned.source_entity = plan_row.source_entity and planned.delivery_id = plan_row.delivery_id
        and planned.record_number = plan_row.record_number
"""

# after the key of the pseudonyms was changed: the same row of the case system under another key is no new finding
_REKEY = """
update restricted.failing_records as known
set record_key = renamed.new_key, child_key = renamed.child_key
from (
    select distinct on (before.authority_code, before.check_code, placed.record_key)
        before.authority_code, before.check_code, before.record_key as old_key, placed.record_key as new_key,
        placed.child_key
    from placed_now as placed
    inner join restricted.failing_records as before
        on
            before.authority_code = placed.authority_code and before.check_code = placed.check_code
            and before.source_name = placed.source_name and before.source_entity = placed.source_entity
            and before.source_record_id = placed.source_record_id
    where
        before.mended_date is null
        and not exists (
            select from placed_now as same
            where
                same.authority_code = before.authority_code and same.check_code = before.check_code
                and same.record_key = before.record_key
        )
        and not exists (
            select from restricted.failing_records as taken
            where
                taken.authority_code = placed.authority_code and taken.check_code = placed.check_code
                and taken.record_key = placed.record_key
        )
    order by before.authority_code, before.check_code, placed.record_key, before.first_seen_date, before.record_key
) as renamed
where
    known.authority_code = renamed.authority_code and known.check_code = renamed.check_code
    and known.record_key = renamed.old_key
"""

_KEEP = """
insert into restricted.failing_records as known (
    authority_code, check_code, record_key, child_key, source_name, source_entity, source_record_id, source_child_id,
    team_name, worker_name, first_seen_date, last_seen_date
)
select distinct on (placed.authority_code, placed.check_code, placed.record_key)
    placed.authority_code, placed.check_code, placed.record_key, placed.child_key, placed.source_name,
    placed.source_entity, placed.source_record_id, placed.source_child_id, placed.team_name, placed.worker_name,
    placed.as_at_date, placed.as_at_date
from placed_now as placed
where placed.record_key is not null
order by placed.authority_code, placed.check_code, placed.record_key
on conflict (authority_code, check_code, record_key) do update set
    child_key = excluded.child_key,
    source_name = excluded.source_name,
    source_entity = excluded.source_entity,
    source_record_id = excluded.source_record_id,
    source_child_id = excluded.source_child_id,
    team_name = excluded.team_name,
    worker_name = excluded.worker_name,
    first_seen_date = case when known.mended_date is null then known.first_seen_date else excluded.first_seen_date end,
    last_seen_date = excluded.last_seen_date,
    mended_date = null
"""

_MEND = """
update restricted.failing_records as known set mended_date = told.as_at_date
from told_now as told
where
    told.authority_code = known.authority_code
    and known.mended_date is null
    and known.check_code = any(:told_codes)
    and not exists (
        select from failing_now as found
        where
            found.authority_code = known.authority_code
            and found.check_code = known.check_code
            and found.record_key = known.record_key
    )
"""

_FORGET = """
delete from restricted.failing_records as known
using told_now as told
where
    told.authority_code = known.authority_code
    and (known.mended_date < told.as_at_date - :kept_days or known.check_code <> all(:all_codes))
"""


@dataclass(frozen=True)
class Refreshed:
    """What a night changed in the worklists."""

    open_count: int
    mended_count: int


def refresh(warehouse: Warehouse) -> Refreshed:
    """Bring the failing records up to the candidate, whose restricted layer is built; safe to call again.

    What fails is kept with the day on which it was first seen; what no longer fails is marked as mended. Rules whose
    statement could not be run keep their records as they were: nothing is mended because a check broke.
    """
    with warehouse.transaction() as connection:
        return refresh_in(connection)


def refresh_in(connection: Connection) -> Refreshed:
    """Do it in a transaction that is open already."""
    rules = [rule for rule in load_catalogue().rules if rule.is_on_worklists]
    for table in ("failing_now", "told_now", "placed_now"):
        connection.exec_driver_sql(f"drop table if exists pg_temp.{table}")
    take_back(connection)
    connection.exec_driver_sql(_FOUND)
    connection.exec_driver_sql(_TOLD)
    told = _find(connection, rules)
    connection.exec_driver_sql("analyze failing_now")
    connection.exec_driver_sql(_PLACED.format(workers=_workers(connection)))
    connection.exec_driver_sql(_REKEY)
    connection.exec_driver_sql(_KEEP)
    mended = connection.execute(text(_MEND), {"told_codes": told}).rowcount
    connection.execute(text(_FORGET), {"kept_days": KEPT_DAYS, "all_codes": [rule.code for rule in rules]})
    open_count: int = connection.execute(
        text("select count(*) from restricted.failing_records where mended_date is null")
    ).scalar_one()
    return Refreshed(open_count=open_count, mended_count=mended)


def take_back(connection: Connection) -> None:
    """Forget what was found as at a day whose delivery was withdrawn (deliveries.md section 9, Dates)."""
    for statement in _TAKE_BACK:
        connection.exec_driver_sql(statement)


def _find(connection: Connection, rules: Sequence[RecordRule]) -> list[str]:
    """Collect the failing records of every relation and return the codes of the rules that could be applied."""
    told: list[str] = []
    for relation, group in groupby(sorted(rules, key=lambda rule: rule.relation), key=lambda rule: rule.relation):
        of_relation = list(group)
        columns = "authority_code, check_code, record_key, child_key, team_name"
        statement = f"insert into failing_now ({columns}) {failing_statement(of_relation)}"
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(statement.replace("%", "%%"))
        except DBAPIError as error:
            # the server's message may quote a value, so only its class and state are told
            state = getattr(error.orig, "sqlstate", None) or ""
            if not state.startswith(STATEMENT_FAULTS):
                raise
            LOGGER.error("The failing %s could not be listed: %s (%s).", relation, type(error.orig).__name__, state)
            continue
        told += [rule.code for rule in of_relation]
    return told


def _workers(connection: Connection) -> str:
    """Write the query of who is responsible for a source row, over the sources that are in use."""
    parts = [
        f"select '{entity}' as source_entity, delivery_id, record_number, nullif(btrim({column}), '') as worker_name"
        f" from landing.{source}_{entity}"
        for source, entity, column in WORKER_COLUMNS
        if connection.execute(text("select to_regclass(:name)"), {"name": f"landing.{source}_{entity}"}).scalar()
    ]
    nothing = (
        "select null::text as source_entity, null::bigint as delivery_id, null::bigint as record_number,"
        " null::text as worker_name where false"
    )
    return "\nunion all\n".join(parts) or nothing
