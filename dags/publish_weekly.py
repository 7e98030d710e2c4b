"""Write the weekly pack on Monday mornings, and send those who manage the work a link to it.

**Reads** the release that readers see, of every authority that is published. **Writes** counts for each level of
management and the lists of each team's records into the restricted area of the home, in place of the lists of the
week before, and `quality.notifications`. Nothing that readers see changes.

**Trigger** it by hand to have the pack anew in the middle of a week.

It runs at half past seven, after the deadline of the night was looked at: a night that was held leaves the figures of
the day before, and the pack says as at which day it holds.

**When it fails**

- `write` is red: the sentence stands in its log. The database cannot be read, or a folder cannot be written. Mend the
  cause and **clear** it; what is written twice is the same.
- `tell` is red: the configuration cannot be read. A mail that a relay refuses fails nothing: `csc-warehouse status`
  names it, and it is tried again. Nobody gets the same link twice.
- `account` is red: the pack of an authority could not be written, and its sentence stands in the log: the figures that
  readers see were made before there were packs, or have no open work. The packs of all others are written and told of.
  Once a night of that authority is published, **clear** the run; nobody gets the same link twice.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task

from nightly_chain import DEFAULTS, FIRST_DAY


@dag(
    dag_id="publish_weekly",
    schedule="30 7 * * 1",
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["weekly"],
    doc_md=__doc__,
)
def publish_weekly() -> None:
    """Write the packs, tell of them, then fail for those that could not be written."""

    @task
    def write() -> list[dict[str, Any]]:
        from csc_warehouse import weekly

        return weekly.write_all()

    @task
    def tell(written: Any) -> list[str]:
        from csc_warehouse import weekly

        return weekly.tell(written)

    @task
    def account(written: Any) -> None:
        from csc_warehouse import weekly

        weekly.require_all(written)

    written = write()
    tell(written) >> account(written)


publish_weekly()
