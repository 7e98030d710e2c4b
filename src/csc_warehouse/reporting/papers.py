"""Which reports there are: each a layout, the periods that it is about, and the names of its files."""

from __future__ import annotations

from dataclasses import dataclass

from csc_warehouse import layouts


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
