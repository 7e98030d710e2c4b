"""Keep the warehouse small and safe: journal decisions, let old releases expire, check the archive, back up, restore.

**Reads** and **writes** release, the archive and its journal; writes a backup where `maintenance.backup_folder` names a
folder. Runs in the evening, away from the night and from working hours. Signed releases, the one that readers see and
the one that they could go back to never expire; tables that a long query reads are left for the next evening.

**When it fails**

- `maintain` is red: a step failed, which the last line of its log names with the reason; the others were done, and
  `csc-warehouse status` tells what became of each. Remove the cause and **clear** it, or leave it to the next evening:
  nothing is half done. **Trigger** it at any time. docs/runbooks/upkeep.md says what each step needs.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, get_current_context, task

from nightly_chain import DEFAULTS, FIRST_DAY


@dag(
    dag_id="maintain_warehouse",
    schedule="0 20 * * *",
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["upkeep"],
    doc_md=__doc__,
)
def maintain_warehouse() -> None:
    """One task: each of its steps is tried, and finds what the last evening left."""

    @task
    def maintain() -> list[dict[str, Any]]:
        from csc_warehouse import upkeep

        return upkeep.maintain(f"{get_current_context()['dag_run'].run_after:%Y-%m-%d}")

    maintain()


maintain_warehouse()
