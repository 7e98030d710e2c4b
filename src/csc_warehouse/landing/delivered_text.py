"""What everybody shares who reads a delivered text file: names of columns, and fields of any length."""

from __future__ import annotations

import csv

from csc_warehouse.contracts.names import WHITESPACE

_NO_LIMIT = 2**31 - 1


def normal_name(text: str) -> str:
    """Return a column's name in a header as contracts write it: trimmed, in small letters."""
    return text.strip(WHITESPACE).lower()


def lift_field_limit() -> None:
    """Let the CSV module take fields of any length; whoever calls it holds them to a length of their own.

    The limit is the whole process's: every reader sets the same one.
    """
    csv.field_size_limit(_NO_LIMIT)
