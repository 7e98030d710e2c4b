"""Contracts as data: what the loader accepts, and how it says what is wrong."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from csc_warehouse.contracts import contract_digest, load_contract, load_contracts
from csc_warehouse.contracts.protocols import date_in_name
from csc_warehouse.errors import UsageError
from tests.support.deliveries import RAISE_COLUMNS, WCCIS_COLUMNS
from tests.support.parquet_deliveries import COFNOD_COLUMNS

MINIMAL = {
    "source": "ssda",
    "title": "SSDA903 style",
    "authority": "home",
    "protocol": {"kind": "loose_files"},
    "text": {"encoding": "utf-8-or-windows-1252", "dates": "iso"},
    "code_lists": {"sex": ["1", "2"]},
    "entities": {
        "header": {"file": "header_{yyyymmdd}.csv", "key": ["child"], "columns": {"child": "key", "dob": "date"}}
    },
}


def load(folder: Path, **changes: object) -> None:
    path = folder / "ssda"
    path.mkdir(exist_ok=True)
    (path / "source.yml").write_text(yaml.safe_dump(MINIMAL | changes))
    load_contract("ssda", folder)


def test_raise_contract_has_every_column_of_the_interface() -> None:
    contract = load_contracts(("raise",))["raise"]
    agreed = {name.lower(): set(columns.lower().split()) for name, columns in RAISE_COLUMNS.items()}
    assert {name: set(entity.column_names) for name, entity in contract.entities.items()} == agreed


def test_wccis_contract_has_every_column_of_the_interface() -> None:
    contract = load_contracts(("wccis",))["wccis"]
    agreed = {name: set(columns.split()) for name, columns in WCCIS_COLUMNS.items()}
    assert {name: set(entity.column_names) for name, entity in contract.entities.items()} == agreed


def test_assessments_of_both_systems_are_keyed_by_version() -> None:
    contracts = load_contracts(("raise", "wccis"))
    assert contracts["raise"].entities["assessment"].key == ("assessment_no", "version_no")
    assert contracts["wccis"].entities["caseform"].key == ("caseformid", "versionnumber")


def test_a_minimal_contract_loads(tmp_path: Path) -> None:
    load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": "blue"}, "colour"),
        ({"authority": "somewhere"}, "authority"),
        ({"text": {"encoding": "latin-9", "dates": "iso"}}, "encoding"),
        (
            {"entities": {"header": {"file": "h.csv", "key": ["nobody"], "columns": {"child": "key"}}}},
            "key column nobody",
        ),
        ({"entities": {"header": {"file": "h.csv", "columns": {"Child": "key"}}}}, "no plain lower-case name"),
        ({"entities": {"header": {"file": "h.csv", "columns": {"row_key": "key"}}}}, "landing itself adds"),
        (
            {"entities": {"header": {"file": "h.csv", "columns": {"a": {"type": "code", "list": "age"}}}}},
            "code list age",
        ),
        (
            {"entities": {"header": {"file": "h.csv", "columns": {"a": {"type": "text", "list": "sex"}}}}},
            "of type text",
        ),
        (
            {"entities": {"header": {"file": "h.csv", "columns": {"a": {"type": "key", "references": "x"}}}}},
            "refers to x",
        ),
        ({"entities": {"header": {"file": "h.csv", "columns": {"a": "integer"}}}}, "type"),
        ({"authority_column": "owner"}, "authority column owner"),
        ({"code_lists": {"sex": [{"sent": "1", "means": "M"}, {"sent": " 1", "means": "F"}]}}, "twice"),
        (
            {
                "code_lists": {
                    "sex": [{"sent": "1", "means": "M", "valid_from_date": "2018-01-01", "valid_to_date": "2017-01-01"}]
                }
            },
            "not after",
        ),
        ({"protocol": {"kind": "control_file", "control_file": "c.csv", "name_column": "n"}}, "count_column"),
    ],
)
def test_a_contract_that_breaks_a_rule_is_said_in_words(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as error:
        load(tmp_path, **changes)
    assert said in str(error.value)
    assert "ssda" in str(error.value)


def test_codes_may_change_their_meaning_from_a_day_on(tmp_path: Path) -> None:
    dated = [
        {"sent": "1", "means": "M", "valid_to_date": "2018-04-01"},
        {"sent": "1", "means": "U", "valid_from_date": "2018-04-01"},
    ]
    load(tmp_path, code_lists={"sex": dated})


def test_a_missing_contract_names_the_file_to_add(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ssda/source\.yml"):
        load_contract("ssda", tmp_path)


def test_the_digest_changes_with_the_meaning(tmp_path: Path) -> None:
    load(tmp_path)
    before = contract_digest(load_contract("ssda", tmp_path))
    load(tmp_path, code_lists={"sex": ["1", "2", "3"]})
    assert contract_digest(load_contract("ssda", tmp_path)) != before


def test_file_names_are_known_by_pattern_and_date_whatever_their_case() -> None:
    entity = load_contracts(("raise",))["raise"].entities["client"]
    assert entity.file_name(datetime.date(2017, 9, 30)) == "RAISE_CLIENT_20170930.csv"
    assert date_in_name(entity.file, "raise_client_20170930.CSV") == "20170930"
    assert date_in_name(entity.file, "RAISE_CLIENT_2017093.csv") is None
    assert not entity.is_file("RAISE_CLIENT_20170930.csv.part")


CORPORATE_COLUMNS = {
    "a child": {"nwas_children_waiting.child_ref"},
    "that child, and no other by itself": {
        "nwas_children_waiting.age_years",
        "nwas_children_waiting.waiting_since",
        "nwas_children_waiting.status",
    },
    "a family of adopters": {
        f"nwas_adopters.{name}" for name in ["family_no", "applicant_type", "second_time", "stage", "on_hold"]
    },
    "a post": {f"hr_establishment.{name}" for name in ["post_no", "team", "role", "fte", "status", "cover"]},
    "money": {f"finance_monitor.{name}" for name in ["heading", "budget_gbp", "projected_gbp", "planned_saving_gbp"]},
    "an organisation's service": {
        f"families_first.{name}"
        for name in ["area", "organisation", "service", "commissioned", "start_date", "end_date"]
    },
    "an authority": {"nwas_adopters.authority", "nwas_children_waiting.authority"},
    "the return itself": {
        f"{entity}.as_at"
        for entity in [
            "hr_establishment",
            "finance_monitor",
            "nwas_adopters",
            "nwas_children_waiting",
            "families_first",
        ]
    },
}
"""What each column of a corporate return tells something about."""


def test_every_corporate_column_is_known_for_what_it_says_of_whom() -> None:
    corporate = load_contracts(("corporate",))["corporate"]
    columns = {
        f"{entity.name}.{column.name}": column for entity in corporate.entities.values() for column in entity.columns
    }
    judged = [name for names in CORPORATE_COLUMNS.values() for name in names]
    assert sorted(judged) == sorted(columns), (
        "a new column is to be judged: whoever refers to a child can be erased by it"
    )
    assert {name for name, column in columns.items() if column.is_person} == CORPORATE_COLUMNS["a child"]


@pytest.mark.parametrize("source", ["raise", "wccis"])
def test_every_column_of_a_case_system_that_refers_to_a_person_is_one_to_erase_by(source: str) -> None:
    contract = load_contracts((source,))[source]
    names = {column.name for entity in contract.entities.values() for column in contract.person_columns(entity)}
    expected = {"raise": {"client_no"}, "wccis": {"personid", "masterid", "subordinateid"}}
    assert names == expected[source]
    without = [name for name, entity in contract.entities.items() if not contract.person_columns(entity)]
    assert without == [], "an entity that names nobody cannot lose a child's rows"


def test_cofnod_contract_has_every_column_of_the_interface() -> None:
    kinds = {"date": "date", "time": "time", "bool": "boolean", "list": "list_of_text", "": "text"}
    contract = load_contracts(("cofnod",))["cofnod"]
    agreed = {
        entity: {name: kinds[kind] for name, _, kind in (column.partition(":") for column in columns.split())}
        for entity, columns in COFNOD_COLUMNS.items()
    }
    found = {name: {c.name: c.native_type for c in entity.columns} for name, entity in contract.entities.items()}
    assert found == agreed


def test_codes_of_every_system_mean_what_the_first_one_calls_them() -> None:
    contracts = load_contracts(("raise", "wccis", "cofnod"))
    first = contracts["raise"].code_lists
    for later in (contracts["wccis"], contracts["cofnod"]):
        for name, entries in later.code_lists.items():
            assert {entry.means for entry in entries} == {entry.means for entry in first[name]}, (later.source, name)


@pytest.mark.parametrize(
    ("source", "sent", "named"),
    [
        ("wccis", "42", ("raise", "42")),
        ("cofnod", "wccis:6f1b", ("wccis", "6f1b")),
        ("cofnod", "cofnod:6f1b", ("cofnod", "6f1b")),
        ("cofnod", "42", None),
        ("cofnod", "mosaic:42", None),
        ("cofnod", "raise:", None),
    ],
)
def test_a_row_says_which_earlier_row_it_stands_for(source: str, sent: str, named: tuple[str, str] | None) -> None:
    former = load_contracts((source,))[source].former
    assert former is not None
    assert former.parts(sent) == named


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"former": {"column": "was", "form": "named", "sources": ["raise"]}}, "lacks the column was"),
        ({"former": {"column": "child", "form": "key", "sources": ["a", "b"]}}, "a key alone"),
        ({"changes": {"column": "child", "upsert": "u", "delete": "d"}}, "not of type code"),
        ({"changes": {"column": "child", "upsert": "Go", "delete": "go "}}, "one word for both"),
        (
            {"entities": {"header": {"file": "h.csv", "columns": {"a": {"type": "date", "also_sent_as": ["text"]}}}}},
            "text files have no types",
        ),
        (
            {"entities": {"header": {"file": "h.csv", "columns": {"a": {"type": "date", "matched": True}}}}},
            "must be a key or GUID",
        ),
        ({"protocol": {"kind": "manifest_folder", "manifest": "m.json"}}, "`text` says how text files are written"),
        (
            {"protocol": {"kind": "manifest_zip", "file": "x", "manifest": "m", "extract_types": {"d": "delta"}}},
            "no extract type is a full one",
        ),
    ],
)
def test_what_a_contract_says_of_a_chain_is_checked(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as error:
        load(tmp_path, **changes)
    assert said in str(error.value)
