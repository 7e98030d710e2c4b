"""Which codes a column may hold: those of a list, each with what it means, or all of one form."""

from __future__ import annotations

import datetime
import re
from collections.abc import Container, Iterable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.contracts.protocols import ContractModel

TRUTH = {"TRUE": "1", "FALSE": "0"}
"""The words that databases use for truth, and the codes that a boolean column reads them as."""


class CodeEntry(ContractModel):
    """One code as a source sends it, what it means, and the business dates from and to which it does (half-open)."""

    sent: str
    means: str
    valid_from_date: datetime.date | None = None
    valid_to_date: datetime.date | None = None

    @model_validator(mode="after")
    def _check_range(self) -> CodeEntry:
        start, end = self.valid_from_date, self.valid_to_date
        if start is not None and end is not None and start >= end:
            raise ValueError(f"the code {self.sent} ends on {end}, not after it starts on {start}")
        return self


def _code_entries(value: Any) -> Any:
    """Accept the two short forms: a list of codes that mean themselves, and a mapping from sent to meant."""
    if isinstance(value, dict):
        return [{"sent": str(sent), "means": str(means)} for sent, means in value.items()]
    if isinstance(value, list):
        return [
            item if isinstance(item, dict | CodeEntry) else {"sent": str(item), "means": str(item)} for item in value
        ]
    return value


CodeList = Annotated[tuple[CodeEntry, ...], BeforeValidator(_code_entries)]


class CodesOfForm(Container[str]):
    """All codes of one form: those of authorities, of which there are too many to list."""

    def __init__(self, pattern: str) -> None:
        """Take the pattern that the whole of a canonical code matches."""
        self._pattern = re.compile(pattern)

    def __contains__(self, code: object) -> bool:
        """Tell whether a canonical code has the form."""
        return isinstance(code, str) and self._pattern.fullmatch(code) is not None


def check_codes(
    lists: Mapping[str, tuple[CodeEntry, ...]], forms: Mapping[str, str], booleans: Iterable[tuple[str, str]]
) -> None:
    """Raise ValueError where a list says a code twice, a form is no pattern, or a boolean lacks what it is read as.

    booleans: columns of booleans, each with the name of its list.
    """
    for name, entries in lists.items():
        _check_code_list(name, entries)
    for name, pattern in forms.items():
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"the form {name} of codes is no pattern: {error}") from error
    for where, name in booleans:
        _check_truth(where, name, lists[name])


def _check_truth(where: str, name: str, entries: Iterable[CodeEntry]) -> None:
    sent = {canonical_name(entry.sent) for entry in entries}
    for word, code in TRUTH.items():
        if word in sent and code not in sent:
            raise ValueError(f"the code list {name} lacks {code}, which the boolean {where} reads {word} as")


def _check_code_list(name: str, entries: tuple[CodeEntry, ...]) -> None:
    seen: dict[str, list[CodeEntry]] = {}
    for entry in entries:
        sent = canonical_name(entry.sent)
        for other in seen.setdefault(sent, []):
            if _overlap(entry, other):
                raise ValueError(f"the code list {name} has {entry.sent} twice for the same days")
        seen[sent].append(entry)


def _overlap(one: CodeEntry, other: CodeEntry) -> bool:
    earliest, latest = datetime.date.min, datetime.date.max
    start = max(one.valid_from_date or earliest, other.valid_from_date or earliest)
    end = min(one.valid_to_date or latest, other.valid_to_date or latest)
    return start < end
