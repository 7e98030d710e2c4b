"""Tags of personal data: every column of a source that looks personal has one, and all of it has terms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from csc_warehouse.contracts import contract_digest, load_contract, load_contracts
from csc_warehouse.contracts.loader import DIRECTORY
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.personal import LOOKS_PERSONAL, categories, read_tags
from csc_warehouse.errors import UsageError

SOURCES = sorted(path.parent.name for path in DIRECTORY.glob("*/source.yml"))
TERMS = dict.fromkeys(("lawful_basis", "purpose", "recipients", "retention", "source"), "as agreed")


def untagged(contract: SourceContract) -> list[str]:
    """Return the columns that look personal, by name, type or what they refer to, and have no tag of their own."""
    return contract.personal_data.untagged(
        {
            entity.name: {
                column.name: column.type in ("key", "guid", "text") or column.references is not None or column.is_person
                for column in entity.columns
            }
            for entity in contract.entities.values()
        }
    )


@pytest.mark.parametrize("source", SOURCES)
def test_a_column_that_looks_personal_carries_a_tag_of_its_own(source: str) -> None:
    assert untagged(load_contracts((source,))[source]) == []


@pytest.mark.parametrize("source", SOURCES)
def test_every_entity_is_spoken_of_and_what_tells_of_a_child_is_personal(source: str) -> None:
    contract = load_contracts((source,))[source]
    assert set(contract.personal_data.relations) == set(contract.entities)
    for entity in contract.entities.values():
        if contract.person_columns(entity):
            assert contract.personal_data.tag(entity.name, "") is not None, entity.name
            for column in contract.person_columns(entity):
                tag = contract.personal_data.tag(entity.name, column.name)
                assert tag is not None
                assert tag.category == "identifier"


@pytest.mark.parametrize(
    "column",
    [
        "mother_name: {type: text, max_length: 255}",
        "postcode: text",
        "dob: date",
        "nhs_no: code",
        "other_child: {type: guid, references: person}",
        "remarks: text",
    ],
)
def test_a_new_column_of_a_source_that_looks_personal_is_found(column: str, tmp_path: Path) -> None:
    folder = tmp_path / "wccis"
    folder.mkdir()
    for path in (DIRECTORY / "wccis").glob("*.yml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    entities = yaml.safe_load((folder / "entities.yml").read_text())
    entities["entities"]["homelessspell"]["columns"] |= yaml.safe_load(column)
    (folder / "entities.yml").write_text(yaml.safe_dump(entities, sort_keys=False))
    name = next(iter(yaml.safe_load(column)))
    assert untagged(load_contract("wccis", tmp_path)) == [f"homelessspell.{name}"]


@pytest.mark.parametrize(
    "name",
    ["lastname", "surname", "date_of_birth", "postcode", "home_address", "upn", "delay_reason", "personid", "child_id",
     "record_key", "responsibleuserid", "signed_by", "evidence", "raw_record", "email"],
)  # fmt: skip
def test_a_name_that_looks_personal_is_known(name: str) -> None:
    assert LOOKS_PERSONAL.search(name)


@pytest.mark.parametrize("name", ["start_date", "working_days", "is_placed", "status_code", "period_label", "amount"])
def test_a_name_that_does_not_look_personal_is_left_alone(name: str) -> None:
    assert not LOOKS_PERSONAL.search(name)


def test_a_tag_is_laid_over_that_of_its_relation_and_that_over_the_defaults() -> None:
    tags = read_tags(
        {
            "defaults": TERMS,
            "columns": {"worker": "staff"},
            "relations": {
                "contact": {
                    "category": "care",
                    "retention": "six years",
                    "columns": {
                        "reason": {"category": "free_text", "recipients": "nobody"},
                        "team": {"none": "a team"},
                    },
                }
            },
        },
        "a test",
    )
    reason = tags.tag("contact", "reason")
    assert reason is not None
    assert (reason.category, reason.recipients, reason.retention, reason.purpose) == (
        "free_text",
        "nobody",
        "six years",
        "as agreed",
    )
    received, worker = tags.tag("contact", "received"), tags.tag("contact", "worker")
    assert received is not None
    assert worker is not None
    assert (received.category, worker.category) == ("care", "staff")
    assert tags.tag("contact", "team") is None
    assert tags.tag("unheard_of", "worker") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"relations": {"r": {"category": "nmae"}}}, "there is no category nmae"),
        ({"relations": {"r": {}}}, "neither a category nor a reason"),
        ({"defaults": TERMS, "relations": {"r": {"category": "name", "columns": {"c": {}}}}}, "column c has neither"),
        ({"defaults": TERMS, "relations": {"r": {"category": "name", "none": "why"}}}, "give one of them"),
        ({"defaults": {**TERMS, "purpose": None}, "relations": {"r": "name"}}, "has no purpose"),
        ({"defaults": {"basis": "x"}}, "defaults.basis"),
    ],
)
def test_tags_that_break_a_rule_are_refused_with_their_place(content: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match="The personal data of a test are wrong at") as raised:
        read_tags(content, "a test")
    assert said in str(raised.value)


@pytest.mark.parametrize(("entity", "column"), [("clients", "surname"), ("client", "sirname")])
def test_tags_of_what_is_not_there_are_refused(entity: str, column: str, tmp_path: Path) -> None:
    folder = tmp_path / "raise"
    folder.mkdir()
    for path in (DIRECTORY / "raise").glob("*.yml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    tags = {
        "personal_data": {"defaults": TERMS, "relations": {entity: {"category": "care", "columns": {column: "name"}}}}
    }
    (folder / "personal.yml").write_text(yaml.safe_dump(tags))
    with pytest.raises(UsageError, match="the personal data speak of"):
        load_contract("raise", tmp_path)


def test_tags_change_nothing_about_how_a_delivery_is_read() -> None:
    contract = load_contracts(("raise",))["raise"]
    assert contract_digest(contract) == contract_digest(
        contract.model_copy(update={"personal_data": read_tags({}, "a test")})
    )


def test_every_category_is_used_or_is_of_the_warehouse_itself() -> None:
    used = {
        tag.category
        for contract in load_contracts(tuple(SOURCES)).values()
        for entity in contract.entities.values()
        for column in entity.columns
        if (tag := contract.personal_data.tag(entity.name, column.name)) is not None
    }
    assert set(categories()) - used == {"pseudonym", "decision"}
