"""The table of faults is whole, and what must be refused is; all of it: python -m tests.faults.fault_table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from csc_warehouse import nightly
from csc_warehouse.sample.faults import apply_faults, known_faults
from csc_warehouse.settings import Settings
from expectations.catalogue import load_catalogue
from tests.conftest import Night
from tests.faults.fault_table import COMBINED, EXPECTED, TABLE
from tests.support.faulty import HOME, copied, split

PART = (
    "control_row_count",
    "truncated_file",
    "sha256_mismatch",
    "another_authority",
    "column_missing",
    "rows_unreadable",
    "table_emptied",
    "third_of_children_missing",
    "corporate_columns_renamed",
    "return_never_calculated",
    "return_goes_on_below",
    "return_of_a_coming_century",
    "contacts_duplicated+third_of_contacts_missing",
    "binary_file+manifest_row_count",
)
"""One of each kind that is refused at the door: these need no build."""


@pytest.fixture(scope="module")
def night_copy(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with copied(sample_night.settings, tmp_path_factory.mktemp("copy"), "faults") as settings:
        yield settings


@pytest.fixture(scope="module")
def last_deliveries(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deliveries")
    split(sample_night.settings.exports, folder / "sound", folder / "rest")
    shutil.rmtree(folder / "sound")
    return folder / "rest"


def test_table_when_compared_with_the_faults_then_none_is_missing_on_either_side() -> None:
    assert set(EXPECTED) == set(known_faults())
    assert len(EXPECTED) >= 30
    codes = {check.code for check in load_catalogue()}
    named = {code for expected in TABLE.values() if expected.outcome != "refused" for code in expected.told}
    assert named <= codes
    assert len(COMBINED) >= 8
    assert {name for names in COMBINED for name in names.split("+")} <= set(known_faults())


@pytest.mark.parametrize("name", PART)
def test_delivery_when_damaged_then_refused_as_the_table_says(
    night_copy: Settings, last_deliveries: Path, tmp_path: Path, name: str
) -> None:
    shutil.copytree(last_deliveries, tmp_path / "exports")
    apply_faults(tmp_path / "exports", HOME, name.split("+"), seed=1)
    landed = nightly.land(settings=night_copy.model_copy(update={"exports": tmp_path / "exports"}))
    expected = TABLE[name]
    assert expected.outcome == "refused"
    said = " ".join(landed["refused"])
    assert said
    assert [words for words in expected.told if words not in said] == []


@pytest.mark.parametrize("name", ["columns_reordered", "column_added"])
def test_delivery_when_only_its_form_differs_then_let_in(
    night_copy: Settings, last_deliveries: Path, tmp_path: Path, name: str
) -> None:
    shutil.copytree(last_deliveries, tmp_path / "exports")
    apply_faults(tmp_path / "exports", HOME, [name], seed=1)
    landed = nightly.land(settings=night_copy.model_copy(update={"exports": tmp_path / "exports"}))
    assert landed["refused"] == []
    assert landed["landed"] >= 1
    assert EXPECTED[name].outcome == "published"
