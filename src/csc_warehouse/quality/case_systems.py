"""What the checks' SQL is told of the case systems, from their contracts."""

from __future__ import annotations

from typing import Any, Literal

from csc_warehouse.contracts import SourceContract, load_contracts
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.contracts.systems import case_systems
from csc_warehouse.settings import SOURCES


def described() -> list[dict[str, Any]]:
    """Return the case systems in the order in which they can follow one another, each as the templates take it.

    Of each its source; what its entities hold (`held`, and as `timed` those with a beginning or end to look at), with
    the columns that say so; and the column and value by which a row was taken back. Of all that have a contract: the
    tables of one that is not in use are empty.
    """
    contracts = load_contracts(SOURCES)
    return [_described(contracts[source]) for source in case_systems(contracts.values())]


def worker_columns() -> list[tuple[str, str, str]]:
    """Return where the systems say who is responsible: source, entity and column."""
    return [
        (contract.source, held.entity, held.worker)
        for contract in load_contracts(SOURCES).values()
        for held in contract.holds.values()
        if held.worker is not None
    ]


def people_columns(source: str) -> frozenset[tuple[str, str]]:
    """Return the entities and columns of a source that refer to a person; none where it has no contract."""
    if source not in SOURCES:
        return frozenset()
    contract = load_contracts((source,))[source]
    return frozenset(
        (entity.name, column.name)
        for entity in contract.entities.values()
        for column in contract.person_columns(entity)
        if column.references is not None
    )


def place_of(source: str) -> Literal["first", "later"] | None:
    """Return whether a case system is the first of any chain or follows another; None for what is no case system."""
    contract = load_contracts((source,))[source] if source in SOURCES else None
    if contract is None or not contract.holds:
        return None
    return "first" if contract.former is None else "later"


def _described(contract: SourceContract) -> dict[str, Any]:
    held = [
        {
            "plural": plural,
            "entity": entity.entity,
            "begins": entity.begins,
            "ends": entity.ends,
            "withdrawn_column": entity.withdrawn[0] if entity.withdrawn else None,
            "withdrawn_value": canonical_name(entity.withdrawn[1]) if entity.withdrawn else None,
        }
        for plural, entity in contract.holds.items()
    ]
    return {
        "source": contract.source,
        "held": held,
        "timed": [entity for entity in held if entity["begins"] or entity["ends"]],
        "gone_column": contract.changes.column if contract.changes else None,
        "gone_value": canonical_name(contract.changes.delete) if contract.changes else None,
    }
