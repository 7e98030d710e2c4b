"""How a figure is rounded where it is printed: half up, as people do and as Python's own formats do not."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def half_up(value: Decimal | float, decimals: int) -> Decimal:
    """Return a number with so many decimals, a half away from nought (indicators.md, rule 10)."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def decimals_of(value_type: str) -> int:
    """Return with how many decimals a figure of a kind is printed: one for percentages and means, none for the rest."""
    return 1 if value_type in ("percent", "mean") else 0
