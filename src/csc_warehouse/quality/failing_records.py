"""Which records break a rule tonight, since when, and who can mend them: written to `restricted` alone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.quality import case_systems
from csc_warehouse.quality.candidate_judgement import STATEMENT_FAULTS
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import RecordRule, load_catalogue
from expectations.statements import failing_statement

LOGGER = logging.getLogger(__name__)

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
_REFRESHED = statement(__name__, "refreshed")

_PLACED = statement(__name__, "placed")

# after the key of the pseudonyms was changed: the same row of the case system under another key is no new finding
_REKEY = statement(__name__, "rekey")

_KEEP = statement(__name__, "keep")

_MEND = statement(__name__, "mend")

_FORGET = """
delete from restricted.failing_records as known
using refreshed_now as refreshed
where
    refreshed.authority_code = known.authority_code
    and (known.mended_date < refreshed.as_at_date - :kept_days or known.check_code <> all(:all_codes))
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
    for table in ("failing_now", "refreshed_now", "placed_now"):
        connection.exec_driver_sql(f"drop table if exists pg_temp.{table}")
    connection.exec_driver_sql("drop view if exists pg_temp.workers_now")
    take_back(connection)
    connection.exec_driver_sql(_FOUND)
    connection.exec_driver_sql(_REFRESHED)
    applied = _find(connection, rules)
    connection.exec_driver_sql("analyze failing_now")
    connection.exec_driver_sql(f"create temporary view workers_now as {_workers(connection)}")
    connection.exec_driver_sql(_PLACED)
    connection.exec_driver_sql("drop view pg_temp.workers_now")
    connection.exec_driver_sql(_REKEY)
    connection.exec_driver_sql(_KEEP)
    mended = connection.execute(text(_MEND), {"applied_codes": applied}).rowcount
    connection.execute(text(_FORGET), {"kept_days": KEPT_DAYS, "all_codes": [rule.code for rule in rules]})
    open_count: int = connection.execute(
        text("select count(*) from restricted.failing_records where mended_date is null")
    ).scalar_one()
    return Refreshed(open_count=open_count, mended_count=mended)


def take_back(connection: Connection) -> None:
    """Forget what was found as at a day whose delivery was withdrawn (deliveries.md section 9, Dates)."""
    for forgetting in _TAKE_BACK:
        connection.exec_driver_sql(forgetting)


def _find(connection: Connection, rules: Sequence[RecordRule]) -> list[str]:
    """Collect the failing records of every relation and return the codes of the rules that could be applied."""
    applied: list[str] = []
    for relation, group in groupby(sorted(rules, key=lambda rule: rule.relation), key=lambda rule: rule.relation):
        of_relation = list(group)
        columns = "authority_code, check_code, record_key, child_key, team_name"
        finding = f"insert into failing_now ({columns}) {failing_statement(of_relation)}"
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(finding.replace("%", "%%"))
        except DBAPIError as error:
            # the server's message may quote a value, so only its class and state are logged
            state = getattr(error.orig, "sqlstate", None) or ""
            if not state.startswith(STATEMENT_FAULTS):
                raise
            LOGGER.error("The failing %s could not be listed: %s (%s).", relation, type(error.orig).__name__, state)
            continue
        applied += [rule.code for rule in of_relation]
    return applied


def _workers(connection: Connection) -> str:
    """Write the query of who is responsible for a source row; staging leaves names out, so landing is read."""
    parts = [
        f"select '{entity}' as source_entity, landed.delivery_id, landed.record_number,"
        f" nullif(btrim(coalesce(held.right_values ->> '{column}', landed.{column})), '') as worker_name"
        f" from landing.{source}_{entity} as landed left join staging.rectified_rows as held"
        f" on held.source_name = '{source}' and held.entity = '{entity}'"
        " and landed.delivery_id = held.delivery_id and landed.record_number = held.record_number"
        for source, entity, column in case_systems.worker_columns()
        if connection.execute(text("select to_regclass(:name)"), {"name": f"landing.{source}_{entity}"}).scalar()
    ]
    nothing = (
        "select null::text as source_entity, null::bigint as delivery_id, null::bigint as record_number,"
        " null::text as worker_name where false"
    )
    return "\nunion all\n".join(parts) or nothing
