"""Hold every figure against a second working-out that shares neither code nor reading with the warehouse."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from csc_warehouse.sample import LAST_DAY
from csc_warehouse.warehouse import Warehouse
from tests.conftest import Night
from tests.golden.compare_expected import Key, Measures, compare, read_found
from tests.golden.second_opinion import calculate
from tests.golden.second_opinion.tally import Value


def _by_key(values: Iterable[Value]) -> dict[Key, Measures]:
    found: dict[Key, Measures] = {}
    for value in values:
        numbers = (None if number is None else Decimal(str(number)) for number in value[6:9])
        found[tuple(value[:6])] = (*numbers, value.status)
    return found


def _expect_agreement(warehouse: Warehouse, values: Iterable[Value], of_what: str) -> None:
    # What was worked out last, whether or not the checks let it be published: such edges are not plausible.
    expected = _by_key(values)
    differences = compare(expected, read_found(warehouse.engine, "marts_candidate.indicator_values"))
    listed = "\n".join(difference.sentence() for difference in differences[:20])
    assert expected, f"{of_what}: the second opinion found nothing to say"
    assert not differences, f"{of_what}: {len(differences)} of {len(expected)} figures differ\n{listed}"


def test_every_figure_of_the_sample_is_confirmed(sample_night: Night) -> None:
    values = calculate(Path(sample_night.settings.exports), LAST_DAY)

    _expect_agreement(sample_night.warehouse, values, "the default sample")
