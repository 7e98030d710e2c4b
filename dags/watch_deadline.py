"""Warn at seven in the morning, London time, when the night's figures are not out.

**Reads** `quality.publications`. **Writes** nothing but `quality.notifications`, when it tells people by mail and
webhook. It runs whether or not the night's DAGs ever started: a night that never began is the latest of all. Airflow's
own deadlines belong to a run, and a night without a run has none (see docs/adr/0063-a-dag-watches-the-deadline.md).

**When it fails**

- `report_verdict` alone is red: somebody's figures are late. The sentence stands in its log; see `build_warehouse` for
  the cause. Nothing to clear here. After the repair **trigger** `build_warehouse`.
- `check_deadline` is red: the database cannot be reached, which mostly is why the night is late. People were told that
  nobody can say. Remove the cause and **clear** it: it judges the same deadline again.
- `tell_blind` is red as well: the configuration cannot be read. Mend it, then **clear** both.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from nightly_chain import DEFAULTS, FIRST_DAY


@dag(
    dag_id="watch_deadline",
    schedule="0 7 * * *",
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["nightly", "watch"],
    doc_md=__doc__,
)
def watch_deadline() -> None:
    """Look whether the night was in time, and say who was not."""

    @task
    def check_deadline() -> dict[str, Any]:
        from csc_warehouse import stewardship

        # the instant that the run was due, not now: a run that starts late judges the same deadline
        return stewardship.check_deadline(get_current_context()["dag_run"].run_after)

    @task
    def report_verdict(found: Any) -> str:
        if found["late"]:
            raise AirflowFailException(" ".join(found["late"]))
        return f"Everybody was published by the deadline of {found['day']}."

    # on the night on which the database is lost nothing else would say so
    @task(trigger_rule=TriggerRule.ALL_FAILED)
    def tell_blind() -> list[str]:
        from csc_warehouse import stewardship

        return stewardship.tell_blind(get_current_context()["dag_run"].run_after)

    found = check_deadline()
    found >> tell_blind()
    report_verdict(found)


watch_deadline()
