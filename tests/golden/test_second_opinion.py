"""Hold every figure against a second working-out that shares neither code nor reading with the warehouse."""

from __future__ import annotations

import random
import secrets
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from csc_warehouse import landing
from csc_warehouse.register import load_register
from csc_warehouse.sample import LAST_DAY
from csc_warehouse.warehouse import Warehouse
from tests.conftest import Night
from tests.golden.compare_expected import Key, Measures, compare, read_found
from tests.golden.second_opinion import calculate
from tests.golden.second_opinion.made_up import last_night, looks
from tests.golden.second_opinion.made_up_files import write_exports
from tests.golden.second_opinion.tally import Value
from tests.support import compiled


def _by_key(values: Iterable[Value]) -> dict[Key, Measures]:
    found: dict[Key, Measures] = {}
    for value in values:
        numbers = (None if number is None else Decimal(str(number)) for number in value[6:9])
        found[tuple(value[:6])] = (*numbers, value.status)
    return found


def expect_agreement(warehouse: Warehouse, values: Iterable[Value], of_what: str) -> None:
    """Hold what a warehouse worked out last against a second opinion's values."""
    # What was worked out last, whether or not the checks let it be published: such edges are not plausible.
    expected = _by_key(values)
    found = read_found(warehouse.engine, "marts_candidate.indicator_values")
    differences = compare(expected, found)
    listed = "\n".join(difference.sentence() for difference in differences[:20])
    assert expected, f"{of_what}: the second opinion found nothing to say"
    unknown = {(key[1], key[4]) for key in found} ^ {(key[1], key[4]) for key in expected}
    assert unknown == set(), f"{of_what}: indicators or breakdowns without a second opinion"
    assert not differences, f"{of_what}: {len(differences)} of {len(expected)} figures differ\n{listed}"


def test_every_figure_of_the_sample_is_confirmed(sample_night: Night) -> None:
    values = calculate(Path(sample_night.settings.exports), LAST_DAY)

    expect_agreement(sample_night.warehouse, values, "the default sample")


def test_every_figure_of_made_up_edges_is_confirmed(
    sample_night: Night, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One council that stops soon after cut-over and one that goes on into the years of the CH metrics."""
    first = 3 * secrets.randbelow(300_000)
    for seed in (first, first + 1):
        day = random.Random(seed).choice(looks(seed))  # noqa: S311
        what = f"made-up exports of seed {seed} as at {day}"
        with capsys.disabled():
            sys.stdout.write(f"{what}\n")
        with compiled.warehouse_beside(sample_night.warehouse, tmp_path / str(seed)) as warehouse:
            settings = warehouse.settings
            exports = write_exports(settings.exports, seed)
            waiting = [
                delivery
                for source in ("raise", "wccis")
                for delivery in landing.find_waiting(
                    settings, source=source, as_at=None, stable_seconds=0, warehouse=warehouse
                )
            ]
            landing.land(warehouse, sorted(waiting, key=lambda delivery: delivery.business_date))
            compiled.build(sample_night.warehouse, warehouse, day)

            expect_agreement(warehouse, calculate(exports, day), what)


def test_second_opinion_knows_every_indicator_about_children(tmp_path: Path) -> None:
    """A council of the later years has a figure of each; corporate returns are confirmed on the sample."""
    seed = next(number for number in range(3) if last_night(number).year > 2020)
    exports = write_exports(tmp_path, seed, children=5)
    known = {value.indicator_code for value in calculate(exports, last_night(seed))}
    assert known == {code for code, row in load_register().indicators.items() if not row.is_corporate}
