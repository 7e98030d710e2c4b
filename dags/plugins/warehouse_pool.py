"""Make Airflow's pool for landing, in the size that is configured, whenever one of Airflow's own processes starts.

Without it no delivery would be landed: Airflow does not schedule a task whose pool is not there. So it needs no hand,
on a fresh home or after an upgrade; what somebody sets in Airflow's pages holds until the scheduler is started anew.
Every Airflow process reads this file, so what is heavy is imported when it is needed.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

POOL = "csc_warehouse_landing"
"""As dags/nightly_chain.py names it; a test holds the two together."""
DESCRIPTION = "Authorities that are landed at once: landing.side_by_side of the configuration."


def slots() -> int:
    """Return how many authorities may be landed at once; the default where the configuration cannot be read."""
    from csc_warehouse.errors import CscWarehouseError
    from csc_warehouse.settings import LandingConfig, load_settings

    try:
        return load_settings().config.landing.side_by_side
    except CscWarehouseError as error:
        # each task will say so too; a pool that is not there would let them wait in silence
        logging.getLogger(__name__).error("The pool %s has its default size: %s", POOL, error)
        return LandingConfig().side_by_side


class PoolForLanding:
    """What Airflow tells of its processes' beginning."""

    @hookimpl
    def on_starting(self, component: Any) -> None:
        """Make the pool, or bring it to its size, when the scheduler or another of Airflow's jobs starts."""
        from airflow.jobs.job import Job

        # a task tells of its start too, and has no database of Airflow's
        if not isinstance(component, Job):
            return
        from airflow.models.pool import Pool

        Pool.create_or_update_pool(name=POOL, slots=slots(), description=DESCRIPTION, include_deferred=False)


class WarehousePool(AirflowPlugin):
    """Tell Airflow of the pool's maker."""

    name = "warehouse_pool"
    listeners = [PoolForLanding()]  # noqa: RUF012
