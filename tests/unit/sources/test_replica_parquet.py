"""A replica's rows as Parquet: native types again, null for blank, and read back as they were."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.landing.verifying.delivery import Verifier
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import Delivery, Untrusted
from csc_warehouse.sources.replica_files import DeliveryWriter

DAY = datetime.date(2020, 4, 5)


def test_rows_of_a_database_become_a_delivery_that_can_be_trusted(tmp_path: Path) -> None:
    contract = load_contracts(("cofnod",))["cofnod"]
    writer = DeliveryWriter(tmp_path, contract, "W06000006", DAY)
    for entity in contract.entities.values():
        names = list(entity.column_names)
        row = ["" for _ in names]
        row[0] = "8b1f0a4e-0000-4000-8000-000000000001"
        if entity.name == "registrations":
            row[names.index("categories")] = "neglect+physical"
            row[names.index("is_temporary")] = "0"
            row[names.index("registered_on")] = "2020-04-01"
            row[names.index("created_at")] = "2020-04-01T09:00:00Z"
        writer.write(entity, [name.upper() for name in names], [row])
    files = writer.finish()
    delivery = Delivery("cofnod", "W06000006", "all", DAY, str(tmp_path), files)
    verified = Verifier(delivery, contract, LandingConfig()).verify()
    assert verified.kind == "full"
    assert {file.declared_rows for file in verified.entity_files} == {1}
    (row,) = pq.read_table(tmp_path / "registrations.parquet").to_pylist()
    assert row["CATEGORIES"] == ["neglect", "physical"]
    assert row["IS_TEMPORARY"] is False
    assert row["IS_TRANSFER_IN"] is None
    assert row["REGISTERED_ON"] == datetime.date(2020, 4, 1)
    assert json.loads((tmp_path / "manifest.json").read_text())["extract_type"] == "full"


def test_a_value_of_another_type_is_said_by_column_and_never_shown(tmp_path: Path) -> None:
    contract = load_contracts(("cofnod",))["cofnod"]
    writer = DeliveryWriter(tmp_path, contract, "W06000006", DAY)
    entity = contract.entities["school_moves"]
    with pytest.raises(Untrusted, match=r"school_moves\.moved_on a value that is no date") as found:
        writer.write(entity, ["id", "moved_on"], [["x", "secret"]])
    assert "secret" not in found.value.reason
