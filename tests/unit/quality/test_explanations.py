"""The code of a check as a person types it; what the database makes of an explanation is tested with one."""

from __future__ import annotations

import datetime
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.quality import explanations


def _explain(given: str, *, made: list[str]) -> list[dict[str, Any]]:
    """Explain a check of a warehouse in which these were made; return what the database was asked to record."""
    asked: list[dict[str, Any]] = []

    def execute(_: Any, parameters: dict[str, Any] | None = None) -> Any:
        if parameters is not None:
            asked.append(parameters)
        return SimpleNamespace(scalars=lambda: iter(made), scalar_one=lambda: 1)

    warehouse: Any = SimpleNamespace(transaction=lambda: nullcontext(SimpleNamespace(execute=execute)))
    explanations.explain(
        warehouse,
        authority_code="W06000006",
        check_code=given,
        by="Jo Bell",
        reason="Offices were closed",
        until=datetime.date(2019, 1, 31),
    )
    return asked


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("CTC11", r"CTC11 is no check that was made: did you mean CTC01\? csc-warehouse quality failures lists"),
        ("rcon1", r"RCON1 is no check that was made: did you mean RCON11\?"),
        ("nonsense", r"NONSENSE is no check that was made: there is CTC01 and RCON11\."),
    ],
)
def test_check_when_none_has_its_code_then_says_which_was_meant(given: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        _explain(given, made=["CTC01", "RCON11"])


@pytest.mark.parametrize("given", ["CTC01", " ctc01 "])
def test_check_when_it_was_made_then_taken_however_it_is_typed(given: str) -> None:
    assert [asked["check"] for asked in _explain(given, made=["CTC01", "RCON11"])] == ["CTC01"]
