"""contract check of Parquet files: types, codes and lengths, each with the line that would agree to them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from csc_warehouse.contracts.check import describe_differences
from csc_warehouse.contracts.tables import Table
from csc_warehouse.errors import UsageError
from tests.support.parquet_deliveries import guid, table, write_cofnod

SUNDAY = datetime.date(2020, 4, 5)


def test_a_delivery_as_agreed_has_no_difference(tmp_path: Path) -> None:
    rows = {"registrations": [{"id": guid(1), "categories": ["neglect", "emotional"], "is_temporary": True}]}
    assert describe_differences(write_cofnod(tmp_path, SUNDAY, rows)) == []


def test_what_differs_is_said_with_what_to_change(tmp_path: Path) -> None:
    moves = table("school_moves", [{"id": guid(1), "reason": "moon"}])
    moves = moves.set_column(7, "moved_on", pa.array(["2020-04-01"])).append_column("colour", pa.array(["blue"]))
    results = table("education_results", [{"id": guid(1)}])
    results = results.set_column(8, "key_stage", pa.array([4], pa.int16()))
    merges = table("person_merges", [{"id": guid(1)}])
    merges = merges.set_column(8, "merged_at", pa.array([0], pa.timestamp("us")))
    folder = write_cofnod(
        tmp_path, SUNDAY, tables={"school_moves": moves, "education_results": results, "person_merges": merges}
    )
    said = describe_differences(folder)
    assert said == [
        "education_results.parquet holds the column key_stage as int16, where text was agreed. To agree to it:"
        " key_stage: {type: code, also_sent_as: [whole_number]}",
        "person_merges.parquet holds the column merged_at as timestamp[us], where a timestamp in UTC was agreed: ask"
        " for it as agreed.",
        "school_moves.parquet holds the column moved_on as string, where a date was agreed. To agree to it: moved_on:"
        " {type: date, also_sent_as: [text]}",
        "school_moves.parquet has the extra column colour. To agree to it: colour: text",
        "school_moves.parquet: reason has codes that the list school_move_reason does not know: MOON (1 rows). To agree"
        " to them: say in code_lists.school_move_reason what each means.",
    ]


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    path.write_bytes(b"PAR1 is what it begins with PAR1")
    damaged = Table(path.name, lambda: path.open("rb"))
    with pytest.raises(UsageError, match=r"people\.parquet cannot be read as a Parquet file"):
        damaged.native_types()
    with pytest.raises(UsageError, match=r"people\.parquet cannot be read as a Parquet file"):
        list(damaged.records(","))
