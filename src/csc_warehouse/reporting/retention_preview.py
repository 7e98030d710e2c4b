"""Whose records would be due to go by the child's age: a preview; nothing is removed."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import text

from csc_warehouse.errors import UsageError
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

STATES = ("kept", "due", "due, and something is open", "no date of birth")
"""What may become of a child; of the last two a person decides."""

_CHILDREN = text(statement(__name__, "children"))
_BUILT = text(
    "select to_regclass('intermediate.int_child_attributes') is not null"
    " and to_regclass('marts_candidate.fct_care_periods') is not null"
    " and to_regclass('marts_candidate.fct_plans') is not null"
)


@dataclass(frozen=True)
class Preview:
    """Children by authority, by whether they were ever looked after and by state; and the pseudonyms of those due."""

    counts: dict[tuple[str, bool, str], int]
    due: tuple[tuple[str, str], ...]
    """Authority and child_key of those in the state due, in order."""


def preview(warehouse: Warehouse, *, as_at: datetime.date, age: int, looked_after_age: int) -> Preview:
    """Tell whose records are due when children reach an age: one for those ever looked after, one for all others.

    Ages are whole years from the birth; the day itself is due. Somebody with an open care period or plan is told apart,
    and so is who has no date of birth. As of the latest build. Raises UsageError for an age below 18, and before the
    first build.
    """
    if min(age, looked_after_age) < 18:
        raise UsageError("An age of retention is 18 or more: before it nobody's record is due to go.")
    with warehouse.transaction() as connection:
        if not connection.execute(_BUILT).scalar():
            raise UsageError("Nothing has been built yet whose children could be looked at: csc-warehouse run first.")
        asked = {"as_at": as_at, "age": age, "looked_after_age": looked_after_age}
        rows = connection.execute(_CHILDREN, asked).all()
    counts = Counter((row.authority_code, bool(row.was_looked_after), str(row.state)) for row in rows)
    due = tuple((row.authority_code, row.child_key) for row in rows if row.state == "due")
    return Preview(dict(sorted(counts.items())), due)
