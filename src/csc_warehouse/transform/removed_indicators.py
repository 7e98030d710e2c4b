"""What a build must take away, as it replaces only what it makes: records of indicators that are no more."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from csc_warehouse.transform import runner
from csc_warehouse.warehouse import Warehouse


def forget_removed_indicators(warehouse: Warehouse, project: Path | None = None) -> list[str]:
    """Drop the candidate's records of indicators that the project no longer has, and return the models' names.

    A build replaces what it makes and leaves the rest: such a table would keep children's records for ever.
    """
    kept = runner.indicator_models(project)
    with warehouse.transaction() as connection:
        removed: list[str] = list(
            connection.execute(
                text(
                    "select relname from pg_class where relnamespace = 'marts_candidate'::regnamespace"
                    " and relkind = 'r' and relname like 'ind\\_%' and relname <> all(:kept) order by relname"
                ),
                {"kept": kept},
            ).scalars()
        )
        for name in removed:
            connection.execute(text(f'drop table marts_candidate."{name}"'))
    return removed
