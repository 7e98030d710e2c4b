"""Which reports there are: each a layout, the periods that it is about, and the names of its files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from csc_warehouse import layouts
from csc_warehouse.errors import CscWarehouseError

QUARTER = re.compile(r"\s*\S+\s+q[1-4]\s*", re.IGNORECASE)
"""The label of a quarter, and of no other period."""


@dataclass(frozen=True)
class Paper:
    """One kind of report."""

    name: str
    layout: str
    """The file of its layout in a council's overlay."""
    period_type: str
    """Of the period that it is about where none is named: the last one that had ended."""
    period_types: tuple[str, ...] = ()
    """The only periods that it can be about; empty: any."""
    prefix: str = ""
    """Of the names of its files."""
    has_series: bool = False
    """Whether its data are all figures of its tables and of their quarters, and the history of their revisions."""


COMMITTEE = Paper("report", layouts.REPORT, "half_year")
BOARD = Paper("board", layouts.BOARD, "quarter", ("quarter", "year"), "board-", has_series=True)


def each_of(period: str | None, write: Callable[[Paper], list[str]]) -> list[str]:
    """Write the papers for which a release was signed: the committee's, and of a quarter the board's too.

    Where one cannot be written whole the other is written all the same. Raises the first CscWarehouseError then.
    """
    is_quarter = period is not None and QUARTER.fullmatch(period) is not None
    written: list[str] = []
    failed: list[CscWarehouseError] = []
    for paper in (COMMITTEE, BOARD) if is_quarter else (COMMITTEE,):
        try:
            written += write(paper)
        except CscWarehouseError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return written
