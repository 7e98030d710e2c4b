"""Great Expectations' pages of deliveries, made once a night from stored results: a landing pays nothing for them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from csc_warehouse.quality import data_docs
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import load_catalogue
from expectations.suites import stored_result

if TYPE_CHECKING:
    from expectations.catalogue import Check

_JUDGED = text(statement(__name__, "judged"))
_RESULTS = text(
    """
    select delivery_id, check_code, sentence, severity, status, checked, failed, measure
    from quality.check_results
    where gate = 'door' and delivery_id = any(:deliveries)
    order by delivery_id, check_result_id
    """
)


def write(warehouse: Warehouse) -> list[Path]:
    """Write the pages of deliveries that have none yet and return them.

    Those of the newest `data_docs.deliveries` (configuration) have a page, and as many of the newest that failed a
    check, no older than data_docs.KEPT_DAYS: a first night of years of deliveries writes no hundreds.
    """
    most = warehouse.settings.config.data_docs.deliveries
    root = warehouse.settings.reports / data_docs.FOLDER
    checks: dict[str, Check] = {check.code: check for check in load_catalogue().door}
    with warehouse.transaction() as connection:
        judged = connection.execute(_JUDGED, {"kept_days": data_docs.KEPT_DAYS}).all()
        wanted = {
            row.delivery_id: row
            for row in judged
            if (row.age <= most or (row.is_failing and row.age_of_kind <= most))
            and not (root / _page_of(row, None).path).exists()
        }
        if not wanted:
            return []
        results = connection.execute(_RESULTS, {"deliveries": list(wanted)}).mappings().all()
    return data_docs.write(
        warehouse.settings,
        [
            _page_of(wanted[delivery_id], stored_result("door", _with_limits(checks, rows)))
            for delivery_id, rows in groupby(results, key=lambda row: row["delivery_id"])
        ],
    )


def _with_limits(checks: Mapping[str, Check], rows: Any) -> list[dict[str, Any]]:
    """Return stored results with the limits of their checks; those of a check that is gone are not known."""
    return [{**row, "check": checks.get(row["check_code"])} for row in rows]


def _page_of(row: Any, result: Any) -> data_docs.Validation:
    day: datetime.date = row.as_at_date
    return data_docs.Validation(
        gate="door",
        authority_code=row.authority_code,
        as_at_date=day,
        of=f"delivery {row.delivery_id} ({row.scope} of {day})",
        result=result,
        suffix=f"-{row.scope.replace('/', '_')}-{row.delivery_id}",
    )
