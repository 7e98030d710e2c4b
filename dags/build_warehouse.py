"""Build the figures from what has landed, check them, and publish what passed.

**Reads** landing. **Writes** the candidate, quality and release schemas; moves the pointer of each authority that
passed. Starts when every ingest has emitted its asset. Nothing that readers see changes before `publish`, and then all
of it in one transaction. Trigger it with `as_at` to store an earlier day's figures as a release that is not published.
Where nothing is new since the release that readers see, one sentence says so; trigger it with `whole` for all of it.

**When it fails**

- `report_verdict` alone is red: the exit held an authority, whose last release stays. The one sentence stands in its
  log. Have the cause put right at its source and wait for the night, or **trigger** this DAG anew. Nothing to clear.
- `write_pages` is red: the figures are out, the night's quality report and worklists are not. Remove the cause (a full
  disk), then **clear** it; what follows it waits for nothing else.
- `notify` is red: the database is gone. **Clear** it once it is back. A mail server that does not answer leaves it
  green, with an error in its log and in `quality.notifications`.
- `build`, `check` or `publish` is red: a fault that its tries did not cure (database, disk), or a defect in a model,
  named in the log. Remove the cause, then **clear** `build` with what follows it: the run starts over.
- `wait_for_landings` is skipped: an ingest was still running after ninety minutes, and the figures were built without
  it. Nothing to do here: see that ingest.

Whatever is red, readers keep the last published release.
"""

from __future__ import annotations

import datetime
from typing import Any

from airflow.sdk import Param, PokeReturnValue, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from nightly_chain import DEFAULTS, FIRST_DAY, LANDED, log_progress


@dag(
    dag_id="build_warehouse",
    schedule=list(LANDED.values()),
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["nightly", "build"],
    doc_md=__doc__,
    params={
        "as_at": Param(None, type=["null", "string"], format="date", description="Business date; empty: the latest"),
        "whole": Param(False, type="boolean", description="Build also where nothing is new since the last release"),
    },
)
def build_warehouse() -> None:
    """Build, check, publish and say what became of it."""

    # an ingest that somebody triggered by day leaves its asset for the night, which then would not wait for that ingest
    @task.sensor(poke_interval=5, timeout=90 * 60, mode="poke", soft_fail=True)
    def wait_for_landings() -> PokeReturnValue:
        instance = get_current_context()["ti"]
        under_way = [s for s in LANDED if instance.get_dr_count(dag_id=f"ingest_{s}", states=["queued", "running"])]
        return PokeReturnValue(is_done=not under_way)

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def build() -> dict[str, Any]:
        from csc_warehouse import nightly

        asked = get_current_context()["params"]
        as_at = datetime.date.fromisoformat(asked["as_at"]) if asked["as_at"] else None
        return nightly.build(as_at=as_at, is_whole=asked["whole"], progress=log_progress)

    @task
    def check(built: Any) -> dict[str, Any]:
        from csc_warehouse import nightly

        return nightly.check(built["release_id"], is_standing="nothing_new" in built, progress=log_progress)

    @task
    def publish(checked: Any) -> dict[str, Any]:
        from csc_warehouse import nightly

        return nightly.publish(checked["release_id"])

    @task
    def write_pages(published: Any) -> dict[str, Any]:
        from csc_warehouse import nightly

        return nightly.write_pages(published["release_id"])

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def notify(built: Any, published: Any) -> list[str]:
        from csc_warehouse import nightly

        is_out = built is not None and published is not None
        return nightly.notify(built["release_id"] if is_out else None, get_current_context()["run_id"])

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def report_verdict(built: Any, published: Any) -> list[str]:
        from csc_warehouse import nightly

        if built is None or published is None:
            raise AirflowFailException(nightly.BROKEN_OFF)
        verdict = nightly.report_verdict(built["release_id"])
        if verdict["held"]:
            raise AirflowFailException(" ".join(verdict["sentences"]))
        return [*([built["nothing_new"]] if "nothing_new" in built else []), *verdict["sentences"]]

    waited = wait_for_landings()
    built = build()
    waited >> built
    published = publish(check(built))
    [write_pages(published), notify(built, published)] >> report_verdict(built, published)


build_warehouse()
