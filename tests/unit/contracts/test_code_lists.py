"""Which codes were agreed: lists, forms where there are too many to list, and booleans."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from csc_warehouse.contracts import load_contract
from csc_warehouse.contracts.agreed_codes import agreed_codes
from csc_warehouse.contracts.canonical import canonical_function
from csc_warehouse.contracts.check import all_contracts, describe_differences
from csc_warehouse.contracts.model import Column, SourceContract
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.golden.second_opinion.formats import AUTHORITY
from tests.support.deliveries import write_raise
from tests.unit.contracts.test_check import DAY
from tests.unit.contracts.test_contracts import MINIMAL

TYPING = PROJECT_DIRECTORY / "dbt_project" / "macros" / "typing.sql"
CONTRACTS = all_contracts()
AUTHORITIES = [
    (contract, f"{entity.name}.{column.name}", column)
    for contract in CONTRACTS.values()
    for entity in contract.entities.values()
    for column in entity.columns
    if re.search(r"authority$|_la$", column.name) and column.name != contract.authority_column
]


def test_authorities_of_every_source_when_looked_for_then_those_of_the_interface() -> None:
    assert {f"{contract.source}.{where}" for contract, where, _ in AUTHORITIES} == {
        "raise.client.resp_la",
        "raise.contact.placing_la",
        "raise.lac_episode.placement_la",
        "wccis.person.responsibleauthority",
        "wccis.contact.placingauthority",
        "wccis.lacepisode.placementauthority",
        "cofnod.people.responsible_authority",
        "cofnod.contacts.placing_authority",
        "cofnod.care_episodes.placement_authority",
        "corporate.nwas_adopters.authority",
        "corporate.nwas_children_waiting.authority",
    }


@pytest.mark.parametrize(
    ("contract", "where", "column"), AUTHORITIES, ids=lambda value: str(getattr(value, "source", ""))
)
def test_codes_of_authorities_when_they_arrive_then_only_those_of_wales_and_england_are_agreed(
    contract: SourceContract, where: str, column: Column
) -> None:
    agreed, read = agreed_codes(contract, column), canonical_function(column, contract.text)
    assert agreed is not None, where
    for sent in ("W06000001", " w06000024", "W06000006", "E06000050", "e08000012", "E09000001", "E10000014"):
        assert read(sent) in agreed, sent
    # the text of the interface lists neither Scotland nor the years before W06000001
    for sent in (
        "WREXHAM",
        "ZZZ",
        "W06000025",
        "W06000000",
        "S12000036",
        "E0600005",
        "E060000500",
        "006",
        "W06000006X",
    ):
        assert read(sent) not in agreed, sent


def test_form_of_authorities_when_compared_then_staging_and_every_contract_have_the_same() -> None:
    (of_staging,) = re.findall(r"~ '\^\((W06.*)\)\$'", TYPING.read_text(encoding="utf-8"))
    assert {contract.code_forms["ons_authority"] for contract in CONTRACTS.values()} == {of_staging}
    assert AUTHORITY.pattern.replace(r"\d", "[0-9]") == of_staging


def load(folder: Path, columns: dict[str, object], **changes: object) -> SourceContract:
    path = folder / "ssda"
    path.mkdir()
    entities = {"header": {"file": "h_{yyyymmdd}.csv", "key": ["child"], "columns": {"child": "key", **columns}}}
    (path / "source.yml").write_text(yaml.safe_dump(MINIMAL | {"entities": entities} | changes))
    return load_contract("ssda", folder)


@pytest.mark.parametrize(
    ("columns", "changes", "said"),
    [
        ({"la": {"type": "code", "form": "ons"}}, {}, "header.la names the form ons of codes, which is not there"),
        ({"la": {"type": "text", "form": "ons"}}, {"code_forms": {"ons": "E"}}, "must be a single code"),
        ({"la": {"type": "code", "form": "ons", "list": "sex"}}, {"code_forms": {"ons": "E"}}, "without a list"),
        ({}, {"code_forms": {"ons": "E("}}, "the form ons of codes is no pattern"),
        (
            {"held": {"type": "boolean", "list": "truth"}},
            {"code_lists": {"truth": {"true": "Y", "false": "N"}}},
            "the code list truth lacks 1, which the boolean header.held reads TRUE as",
        ),
    ],
)
def test_contract_when_its_codes_cannot_be_read_then_said_in_words(
    tmp_path: Path, columns: dict[str, object], changes: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError) as error:
        load(tmp_path, columns, **changes)
    assert said in str(error.value)


def test_open_codes_when_asked_then_none_are_agreed_and_none_is_wrong(tmp_path: Path) -> None:
    contract = load(tmp_path, {"stage": "code"})
    assert agreed_codes(contract, contract.entities["header"].by_name["stage"]) is None


def test_check_of_a_delivery_when_authorities_are_no_codes_then_they_are_told(tmp_path: Path) -> None:
    clients = [
        {"CLIENT_NO": str(n), "RESP_LA": sent} for n, sent in enumerate(["", "W06000006", "Wrexham", "WREXHAM "])
    ]
    assert describe_differences(write_raise(tmp_path, DAY, {"CLIENT": clients})) == [
        f"RAISE_CLIENT_{DAY:%Y%m%d}.csv: resp_la has codes that are not of the form ons_authority: WREXHAM (2 rows)."
        " To agree to them: change code_forms.ons_authority."
    ]
