"""What `explain` lists of a figure is what the figure counts: for every indicator, and for its groups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.reporting.explain import _records, find_indicator, records_of
from tests.conftest import Night


def _counted(register: Any, value: Any, rows: list[Any]) -> tuple[Decimal, Decimal | None]:
    """Return numerator and denominator, counted from what is listed."""
    denominator = [row for row in rows if row.is_in_denominator]
    if register.value_type in ("mean", "money"):
        total = sum((row.amount for row in denominator), Decimal(0))
        return total, Decimal(len(denominator)) if register.value_type == "mean" else None
    numerator = {row.count_key for row in rows if row.is_in_numerator}
    if register.value_type == "count":
        return Decimal(len(numerator)), None
    return Decimal(len(numerator)), Decimal(len({row.count_key for row in denominator}))


def test_records_that_are_listed_are_those_that_the_figure_counts(sample_night: Night) -> None:
    with sample_night.warehouse.transaction() as connection:
        registered = {row.code: row for row in connection.execute(text("select * from marts.indicators"))}
        values = connection.execute(
            text(
                "select * from marts.indicator_values where (period_type in ('year', 'year_to_date')"
                " or period_end_date >= as_at_date) and breakdown = 'all'"
                " union all select * from marts.indicator_values v where v.period_end_date >= v.as_at_date"
                " and v.period_type = 'month' and v.breakdown <> 'all'"
            )
        ).all()
        wrong, seen = [], set()
        for value in values:
            register = registered[value.indicator_code]
            if value.breakdown in register.unit_breakdowns or (
                value.breakdown != "all" and register.breakdown_denominator == "whole"
            ):
                continue  # a group that counts another unit than the record, or stands against the whole
            rows = list(records_of(connection, register, value))
            seen |= {value.indicator_code} if rows else set()
            if _counted(register, value, rows) != (value.numerator, value.denominator):
                wrong.append((value.indicator_code, value.period_label, value.breakdown, value.breakdown_value))
    assert wrong == []
    assert len(seen) > 50


def test_release_from_before_the_buckets_then_the_figure_is_told_without_its_records(candidate: Connection) -> None:
    candidate.execute(text("alter view marts.indicator_buckets rename to not_yet_there"))
    value = candidate.execute(text("select * from marts.indicator_values where breakdown = 'all' limit 1")).one()
    lines = list(_records(candidate, find_indicator(candidate, value.indicator_code), value, 1))
    assert len(lines) == 1
    assert "once the next night is published" in lines[0]
