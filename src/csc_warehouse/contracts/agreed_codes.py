"""Which codes were agreed for a column: what landing counts as unlisted, and what a person may put right."""

from __future__ import annotations

from collections.abc import Container

from csc_warehouse.contracts.code_lists import CodesOfForm
from csc_warehouse.contracts.model import Column, SourceContract
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.errors import listed


def agreed_codes(contract: SourceContract, column: Column) -> Container[str] | None:
    """Return the canonical codes that were agreed for a column; None: it is no column of codes, or of an open list.

    A code that is not among them is `unknown` behind staging, and is reported by code (deliveries.md section 2).
    """
    if column.form is not None:
        return CodesOfForm(contract.code_forms[column.form])
    if column.list_name is not None:
        return frozenset(canonical_name(entry.sent) for entry in contract.code_lists[column.list_name])
    return None


def codes_in_words(contract: SourceContract, column: Column) -> str:
    """Return what a column takes, for a sentence: one of its codes, or a code of its form."""
    if column.form is not None:
        return f"a code of the form {column.form} ({contract.code_forms[column.form]})"
    return f"one of {listed(sorted({canonical_name(e.sent) for e in contract.code_lists[column.list_name or '']}))}"
