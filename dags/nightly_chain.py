"""What the nightly DAGs share: when, how often tried again, and the shape of an ingest. No DAG of its own."""

from __future__ import annotations

import datetime
import logging
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import (
    DAG,
    Asset,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    TriggerRule,
    dag,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowFailException

from csc_warehouse.contracts.nights import nights
from task_log import tell_expected_errors_in_a_sentence

NIGHTLY = "30 2 * * *"
"""Local time: deliveries normally appear in the small hours, and figures are looked at from seven."""
SFTP_CONNECTION = "csc_warehouse_sftp"
"""Airflow's connection of this name, where there is one, says where deliveries are fetched from."""
FIRST_DAY = datetime.datetime(2016, 4, 1, tzinfo=ZoneInfo("Europe/London"))
OWNER = "children-services-data"
TOLD = nights()
"""What is said of each source that has a contract."""
SOURCES = tuple(TOLD)
TAGS = frozenset({"ingest", "build", "nightly", "watch", "weekly", "sign-off", "upkeep", *SOURCES})
"""The closed set of tags; a test holds every DAG to it."""
LANDING_POOL = "csc_warehouse_landing"
"""Airflow's pool for landing, over all sources: plugins/warehouse_pool.py makes it, in the size that is configured."""

LANDED = {source: Asset(name=f"landed_{source}", uri=f"csc-warehouse://landing/{source}") for source in SOURCES}
"""One asset per source: emitted every night, with the newest business date held from that source."""

RETRY_FAULTS_ONLY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception="csc_warehouse.errors.WarehouseUnavailableError",
            action=RetryAction.RETRY,
            reason="the database could not be reached, or another run holds it; that may be over in a moment",
        ),
        RetryRule(
            exception="csc_warehouse.errors.CscWarehouseError",
            action=RetryAction.FAIL,
            reason="trying again would end the same way; the error says what to do",
        ),
        RetryRule(
            exception=["builtins.ImportError", "builtins.AttributeError", "builtins.LookupError", "builtins.TypeError"],
            action=RetryAction.FAIL,
            reason="a defect in the code or its installation: trying again would end the same way",
        ),
    ],
)
"""A lost database, a deadlock or a full disk may pass; a wrong configuration or a defect will not."""

DEFAULTS: dict[str, Any] = {
    "owner": OWNER,
    "retries": 3,
    "retry_delay": datetime.timedelta(minutes=2),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": datetime.timedelta(minutes=15),
    "retry_policy": RETRY_FAULTS_ONLY,
    "execution_timeout": datetime.timedelta(hours=2),
    "pre_execute": tell_expected_errors_in_a_sentence,
}


def log_progress(what: str, done: int, of: int) -> None:
    """Say in the task's log how far it is."""
    logging.getLogger("csc_warehouse.progress").info("%s (%s of %s)", what, done, of)


def sftp_connection() -> dict[str, Any] | None:
    """Return the SFTP server of Airflow's connection, as the configuration would name it; None where there is none.

    Of the connection: host, port, login, password; in its extra: folder, key_file, known_hosts or host_key, sources.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(SFTP_CONNECTION)
    except AirflowNotFoundException:
        return None
    values = {"host": found.host, "port": found.port, "user": found.login, "password": found.password or None}
    return {name: value for name, value in {**found.extra_dejson, **values}.items() if value is not None}


def by_authority(tickets: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Divide waiting deliveries over tasks, one for each authority, whose own stay one after the other, in order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for ticket in tickets:
        found.setdefault(ticket["authority_code"], []).append(ticket)
    return [found[authority] for authority in sorted(found)]


def ingest(source: str, doc_md: str | None) -> DAG:
    """Make the nightly DAG that lands one source and says so with its asset, whether or not anything came."""
    asset = LANDED[source]

    @task
    def find_waiting() -> list[list[dict[str, Any]]]:
        from csc_warehouse import nightly

        # a person who triggers the DAG has seen that the files are complete; the timetable has not
        is_scheduled = get_current_context()["dag_run"].run_type != "manual"
        return by_authority(nightly.find_waiting_tickets(source, is_scheduled=is_scheduled, sftp=sftp_connection()))

    @task(pool=LANDING_POOL, map_index_template="{{ deliveries }}")
    def land(tickets: list[dict[str, Any]]) -> dict[str, Any]:
        from csc_warehouse import nightly

        dates = [str(ticket["business_date"]) for ticket in tickets]
        names: Any = get_current_context()
        days = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
        names["deliveries"] = f"{tickets[0]['authority_code']} {days}"
        return nightly.land_tickets(tickets, progress=log_progress, sftp=sftp_connection())

    @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[asset])
    def emit_asset(landed: Any, *, outlet_events: Any = None) -> None:
        from csc_warehouse import nightly

        outlet_events[asset].extra = {
            "business_date": nightly.latest_business_date(source),
            "landed": sum(result["landed"] for result in landed or ()),
            "refused": sum(len(result["refused"]) for result in landed or ()),
        }

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def report_verdict(waiting: Any, landed: Any) -> str:
        results = list(landed or ())
        refused = [sentence for result in results for sentence in result["refused"]]
        if refused:
            raise AirflowFailException(f"{len(refused)} refused, the rest landed. " + " ".join(refused))
        if waiting is None or len(results) < len(waiting):
            raise AirflowFailException(f"{source}: landing was broken off; clear the red task, and this one follows.")
        return f"{source}: {sum(result['landed'] for result in results)} deliveries landed, none refused."

    @dag(
        dag_id=f"ingest_{source}",
        schedule=NIGHTLY,
        start_date=FIRST_DAY,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["nightly", "ingest", source],
        doc_md=doc_md,
    )
    def timetable() -> None:
        waiting = find_waiting()
        landed = land.expand(tickets=waiting)
        verdict = report_verdict(waiting, landed)
        emit_asset(landed) >> verdict

    return timetable()
