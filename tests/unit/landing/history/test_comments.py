"""What landing's columns hold is said in the database, in the words of their contract."""

from __future__ import annotations

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.landing.history.tables import META_COLUMNS, comments

CONTRACTS = load_contracts(("raise", "wccis", "corporate"))


@pytest.mark.parametrize("source", sorted(CONTRACTS))
def test_every_table_and_column_of_a_source_is_described(source: str) -> None:
    said = comments(CONTRACTS[source])
    columns = {
        (f"{source}_{entity.name}", name)
        for entity in CONTRACTS[source].entities.values()
        for name in ("", *entity.column_names, *(name for name, _ in META_COLUMNS))
    }
    assert set(said) == columns
    assert [text for text in said.values() if not text.endswith(".")] == []


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("contactid", "An identifier that the source gave, part of the key; as sent, blank where nothing was."),
        ("personid", "An identifier that the source gave, of a row of person; as sent, blank where nothing was."),
        ("contactsourceid", "A code of the list contact_source; as sent, blank where nothing was."),
        ("decisiondatetime", "A date and time; as sent, blank where nothing was."),
        ("inactive", "Yes or no of the list yes_no; as sent, blank where nothing was."),
    ],
)
def test_words_are_those_of_the_contract(column: str, text: str) -> None:
    assert comments(CONTRACTS["wccis"])["wccis_contact", column] == text
