"""A figure in one line of plain text: its value, and what it is made of."""

from __future__ import annotations

from typing import Any

from csc_warehouse.rounding import half_up


def in_terms(value: Any, numerator: Any, denominator: Any) -> str:
    """Return a stored figure as 81.3 (13/16), or what it counts where it is no share; its value half up."""
    if value is None and numerator is None:
        return "not given"
    if denominator is None:
        return f"{numerator if value is None else value:,.10g}"
    terms = f"{numerator:,.0f}/{denominator:,.0f}"
    return terms if value is None else f"{half_up(value, 1):,} ({terms})"
