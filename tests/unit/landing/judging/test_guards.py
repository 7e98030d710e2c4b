"""A delivery with too many unreadable rows is refused, by share and by number."""

from __future__ import annotations

import datetime
import io

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.landing.judging.guards import require_readable
from csc_warehouse.landing.reading.entity_rows import EntityRows
from csc_warehouse.landing.reading.rows import Problem, QuarantinedRow, RowRules, rows_schema
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.verified import EntityFile
from csc_warehouse.settings import LandingConfig

D = datetime.date(2018, 6, 2)


def rules(entity: str) -> RowRules:
    contract = load_contracts(("corporate",))["corporate"]
    return RowRules.of(contract, contract.entities[entity], "W06000006", D)


def entity_with(readable: int, **quarantined_rows: int) -> EntityRows:
    row_rules = rules("nwas_adopters")
    file = EntityFile(row_rules.entity, "nwas_adopters.csv", "", 0, io.BytesIO)
    quarantined = [
        QuarantinedRow(number, Problem(code, "why"), "raw")
        for number, code in enumerate(code for code, count in quarantined_rows.items() for _ in range(count))
    ]
    return EntityRows(file, row_rules, rows_schema(row_rules.entity).empty_table(), quarantined, unread_rows=readable)


@pytest.mark.parametrize(
    ("readable", "quarantined", "is_return", "code"),
    [
        # a case system: more than 5% and more than ten
        (0, {"field_count": 10}, False, None),
        (5, {"field_count": 11}, False, "quarantined_share"),
        (220, {"field_count": 11}, False, None),
        (208, {"field_count": 11}, False, "quarantined_share"),
        # a return: more than 5% and more than two of its rows, totals not counted
        (1, {"missing_value": 2}, True, None),
        (1, {"missing_value": 3}, True, "quarantined_share"),
        (57, {"missing_value": 3}, True, None),
        (56, {"missing_value": 3}, True, "quarantined_share"),
        (56, {"missing_value": 2, "total_row": 40}, True, None),
        (0, {"missing_value": 1}, True, "quarantined_share"),
        (0, {"missing_value": 1, "future_date": 1}, True, "quarantined_share"),
        (0, {"future_date": 1}, True, "future_date"),
        (0, {"future_date": 19, "total_row": 1}, True, "future_date"),
        # nothing but a total: nothing that could not be read
        (0, {"total_row": 1}, True, None),
        (0, {}, True, None),
    ],
)
def test_a_delivery_is_refused_for_its_unreadable_rows_by_share_and_number(
    readable: int, quarantined: dict[str, int], is_return: bool, code: str | None
) -> None:
    entity = entity_with(readable, **quarantined)
    if code is None:
        require_readable([entity], LandingConfig(), is_return=is_return)
        return
    with pytest.raises(Refusal) as found:
        require_readable([entity], LandingConfig(), is_return=is_return)
    assert found.value.code == code


def test_the_sentence_of_a_refusal_counts_totals_beside_what_could_not_be_read() -> None:
    with pytest.raises(Refusal) as found:
        require_readable([entity_with(9, missing_value=3, total_row=2)], LandingConfig(), is_return=True)
    assert found.value.reason == (
        "has 3 unreadable rows of 12, more than 5% and more than 2 (most in nwas_adopters.csv: 3 of missing_value;"
        " beside them 2 of totals)"
    )


def test_the_numbers_that_refuse_are_the_configurations() -> None:
    entity = entity_with(9, missing_value=3)
    require_readable([entity], LandingConfig(max_quarantined_rows_of_return=3), is_return=True)
    with pytest.raises(Refusal):
        require_readable([entity], LandingConfig(max_quarantined_rows=2), is_return=False)
