"""The bounds of a number are the contract's, and hold at the door (deliveries.md section 9, Values)."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.canonical import UNREADABLE, canonical_function
from csc_warehouse.contracts.model import Entity

CONTRACTS = load_contracts(("raise", "wccis", "corporate"))


def read(source: str, entity: str, column: str, sent: str) -> str:
    contract = CONTRACTS[source]
    return canonical_function(contract.entities[entity].by_name[column], contract.text)(sent)


@pytest.mark.parametrize(
    ("source", "entity", "column"),
    [("raise", "assessment", "version_no"), ("wccis", "caseform", "versionnumber")],
)
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("0", "0"),
        ("2147483647", "2147483647"),
        (" 03.0", "3"),
        ("2147483648", UNREADABLE),
        ("99999999999999999999", UNREADABLE),
        ("1.5", UNREADABLE),
        ("-1", UNREADABLE),
        ("", ""),
    ],
)
def test_a_version_is_a_whole_number_that_an_integer_holds(
    source: str, entity: str, column: str, sent: str, expected: str
) -> None:
    assert read(source, entity, column, sent) == expected


@pytest.mark.parametrize(
    ("sent", "expected"), [("0", "0"), ("6.5", "6.5"), ("130", "130"), ("130.1", UNREADABLE), ("-0.5", UNREADABLE)]
)
def test_an_age_lies_between_0_and_130(sent: str, expected: str) -> None:
    assert read("corporate", "nwas_children_waiting", "age_years", sent) == expected


@pytest.mark.parametrize("column", ["budget_gbp", "projected_gbp", "planned_saving_gbp"])
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("1000000000000", "1000000000000"),
        ("-1000000000000.00", "-1000000000000"),
        ("1000000000000.01", UNREADABLE),
        ("-1000000000001", UNREADABLE),
        ("9" * 40, UNREADABLE),
    ],
)
def test_any_other_number_lies_within_a_million_million(column: str, sent: str, expected: str) -> None:
    assert read("corporate", "finance_monitor", column, sent) == expected


def test_every_number_of_every_contract_has_bounds() -> None:
    loose = [
        f"{contract.source}.{entity.name}.{column.name}"
        for contract in CONTRACTS.values()
        for entity in contract.entities.values()
        for column in entity.columns
        if column.type == "number" and (column.minimum is None or column.maximum is None)
    ]
    assert loose == []


def test_a_new_number_has_the_usual_bounds_and_says_its_own() -> None:
    columns = {"hours": "number", "beds": {"type": "number", "whole": True, "minimum": 1, "maximum": 40}}
    entity = Entity.model_validate({"name": "homes", "file": "homes.csv", "columns": columns})
    assert entity.by_name["hours"].agreed_number == "a number from -1,000,000,000,000 to 1,000,000,000,000"
    assert entity.by_name["beds"].agreed_number == "a whole number from 1 to 40"


@pytest.mark.parametrize(
    "given",
    [
        {"type": "number", "minimum": 5, "maximum": 4},
        {"type": "text", "minimum": 0},
        {"type": "code", "whole": True},
    ],
)
def test_bounds_that_make_no_sense_are_a_mistake_in_the_contract(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Entity.model_validate({"name": "homes", "file": "homes.csv", "columns": {"beds": given}})
