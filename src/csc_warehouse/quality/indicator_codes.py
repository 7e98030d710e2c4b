"""The codes of the register, for naming the figures that a fault can distort."""

from __future__ import annotations

import csv
import functools

from csc_warehouse.settings import shipped

REGISTER = shipped("dbt_project") / "seeds" / "indicators.csv"


@functools.cache
def codes() -> tuple[str, ...]:
    """Return every indicator code of the register's seed, sorted: known before the first build has loaded it."""
    with REGISTER.open(encoding="utf-8", newline="") as file:
        return tuple(sorted(row["code"] for row in csv.DictReader(file)))
