"""The register's rows as this room needs them."""

from __future__ import annotations

from collections import defaultdict

from csc_warehouse.disclosure.relations import Member, Relation, Rule
from csc_warehouse.register import Register


def rules_of(register: Register) -> dict[str, Rule]:
    """Return what the register says of every indicator about children, by code; the others are never hidden."""
    return {
        code: Rule(
            code=code,
            value_type=row.value_type,
            is_stock=row.flow_or_stock == "stock",
            additive_breakdowns=row.additive_breakdowns,
            is_denominator_of_whole=row.breakdown_denominator == "whole",
            is_additive_over_periods=row.is_additive_over_periods,
            is_distinct=row.counting_unit == "distinct",
            unit_breakdowns=dict(row.unit_breakdowns),
            is_numerator_before_period=row.numerator_rule == "date_before_period",
        )
        for code, row in register.indicators.items()
        if row.is_about_children
    }


def declared_relations(register: Register) -> list[Relation]:
    """Return the declared relations, each with its members, in the order of their file."""
    members: dict[str, list[Member]] = defaultdict(list)
    comparisons = {row.relation: row.comparison for row in register.figure_relations}
    for row in register.figure_relations:
        members[row.relation].append(
            Member(row.coefficient, row.indicator_code, row.term, row.breakdown, row.breakdown_value, row.moment)
        )
    return [Relation(name, comparisons[name], tuple(own)) for name, own in members.items()]


def printed(register: Register) -> dict[str, tuple[str, ...]]:
    """Return the breakdowns of which the council prints the figures (indicators.md section 5), by indicator."""
    return {code: row.printed_breakdowns for code, row in register.indicators.items() if row.is_printed}
