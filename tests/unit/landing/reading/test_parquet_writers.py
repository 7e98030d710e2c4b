"""Files as other writers make them: whatever encodings and row groups they choose, what was sent is what is read."""

from __future__ import annotations

import datetime
import io
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from csc_warehouse.landing.reading import parquet_file, parquet_texts
from csc_warehouse.landing.reading.rows import Block
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.parquet_safety import damaged, require_safe_parquet
from csc_warehouse.settings import LandingConfig
from tests.support.parquet_deliveries import guid, schema, table
from tests.unit.landing.reading.test_parquet_readers import READERS, Reader, outcome, packed, retyped, rules

CATEGORIES = [["neglect"], ["physical", "neglect"], None, [], ["emotional", "financial", "sexual"]]
LEAF_OF_LIST = "categories.list.element"


def registrations(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": guid(n),
            "person_id": guid(n % 7) if n % 3 else None,
            "migrated_from": f"wccis:{guid(n)}" if n % 2 else None,
            "registered_on": datetime.date(2020, 1, 1) + datetime.timedelta(days=n % 90),
            "categories": CATEGORIES[n * n % len(CATEGORIES)],
            "is_temporary": [True, False, None][n % 3],
        }
        for n in range(count)
    ]


def expected(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    truth = {True: "true", False: "false", None: ""}
    return [
        (
            number,
            row["id"],
            row["person_id"] or "",
            row["migrated_from"] or "",
            row["registered_on"].isoformat(),
            "+".join(row["categories"] or []),
            truth[row["is_temporary"]],
        )
        for number, row in enumerate(rows, start=1)
    ]


def read(reader: Reader, content: bytes) -> list[tuple[Any, ...]]:
    require_safe_parquet(io.BytesIO(content), "registrations.parquet", LandingConfig())
    said = outcome(reader, content, rules("registrations"))
    assert said.get("refused") is None
    assert said["apart"] == []
    names = ("record_number", "id", "person_id", "migrated_from", "registered_on", "categories", "is_temporary")
    return [tuple(row[name] for name in names) for row in said["rows"]]


def by_duckdb(found: pa.Table, folder: Path, options: str) -> bytes:
    path = folder / "written.parquet"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("found", found)
        connection.execute(f"copy found to '{path}' (format parquet, {options})")
    return path.read_bytes()


@READERS
def test_lists_are_read_where_row_groups_have_dictionaries_of_their_own(reader: Reader) -> None:
    rows = registrations(10)
    assert read(reader, packed(table("registrations", rows), row_group_size=5)) == expected(rows)


@READERS
@pytest.mark.parametrize(
    "options", ["row_group_size 2048", "parquet_version v2", "parquet_version v2, row_group_size 2048"]
)
def test_what_duckdb_writes_is_read(reader: Reader, tmp_path: Path, options: str) -> None:
    rows = registrations(3_000)
    assert read(reader, by_duckdb(table("registrations", rows), tmp_path, options)) == expected(rows)


@READERS
@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_texts_that_are_written_as_deltas_are_read(reader: Reader, encoding: str, version: str) -> None:
    rows = registrations(300)
    columns = {"id": encoding, "person_id": encoding, "migrated_from": encoding, LEAF_OF_LIST: encoding}
    content = packed(
        table("registrations", rows),
        use_dictionary=False,
        column_encoding=columns,
        data_page_version=version,
        row_group_size=170,
    )
    assert read(reader, content) == expected(rows)


def _drawn_options(draw: random.Random) -> dict[str, Any]:
    texts = [name for name in schema("registrations").names if schema("registrations").field(name).type == pa.string()]
    is_compliant = draw.random() < 0.5
    leaves = [*texts, LEAF_OF_LIST if is_compliant else "categories.list.item"]
    with_dictionary = [leaf for leaf in leaves if draw.random() < 0.5]
    encodings = ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"]
    return {
        "version": draw.choice(["1.0", "2.4", "2.6"]),
        "data_page_version": draw.choice(["1.0", "2.0"]),
        "compression": draw.choice(["none", "snappy", "zstd", "gzip", "brotli", "lz4"]),
        "row_group_size": draw.choice([1, 7, 60, 1_000]),
        "data_page_size": draw.choice([64, 1_000, 1_000_000]),
        "write_batch_size": draw.choice([5, 1_000]),
        # so small a dictionary that the rest of its column is written in full
        "dictionary_pagesize_limit": draw.choice([40, 1_000_000]),
        "use_dictionary": with_dictionary,
        "column_encoding": {leaf: draw.choice(encodings) for leaf in leaves if leaf not in with_dictionary},
        "write_page_checksum": draw.random() < 0.5,
        "store_schema": draw.random() < 0.5,
        "use_compliant_nested_type": is_compliant,
    }


@READERS
@pytest.mark.parametrize("seed", range(12))
def test_any_choice_of_a_writer_gives_the_same_rows(reader: Reader, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  (which file to write is no secret)
    rows = registrations(200)
    found = retyped("registrations", rows, person_id=draw.choice([pa.string(), pa.large_string()]))
    options = _drawn_options(draw)
    assert read(reader, packed(found, **options)) == expected(rows), options


@READERS
def test_row_groups_in_different_encodings_are_one_file(reader: Reader) -> None:
    # a dictionary that grows too large is given up, in one row group and not in another
    rows = registrations(400)
    for row in rows[:200]:
        row["migrated_from"] = "wccis:1"
    options = {"dictionary_pagesize_limit": 500, "data_page_size": 500, "write_batch_size": 10, "row_group_size": 200}
    assert read(reader, packed(table("registrations", rows), **options)) == expected(rows)


def _held_at_once(blocks: Iterator[Block]) -> tuple[int, int]:
    before, most, rows = pa.total_allocated_bytes(), 0, 0
    for block in blocks:
        most = max(most, pa.total_allocated_bytes() - before)
        rows += len(block.rows) + len(block.quarantined)
    return rows, most


@READERS
def test_a_long_text_that_rows_share_as_deltas_is_not_held_for_all(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    # each text is the one before: written out, the column would take forty times what may be held
    count, long = 1_500, "x" * 50_000
    monkeypatch.setattr(parquet_texts, "BATCH_TEXT_BYTES", 2_000_000)
    monkeypatch.setattr(parquet_file, "BATCH_TEXT_BYTES", 2_000_000)
    found = table("services", [{"id": guid(n), "outcome": long} for n in range(count)])
    encodings = {"use_dictionary": False, "column_encoding": {"outcome": "DELTA_BYTE_ARRAY"}}
    content = packed(found, **encodings)
    del found
    assert len(content) < 2_000_000
    rows, most = _held_at_once(reader(io.BytesIO(content), rules("services"), "services.parquet", []))
    assert rows == count
    assert most < 20_000_000


@READERS
def test_lists_as_deltas_whose_size_cannot_be_bounded_are_refused_in_one_sentence(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"use_dictionary": False, "column_encoding": {LEAF_OF_LIST: "DELTA_BYTE_ARRAY"}}
    rows = registrations(2_000)
    content = packed(table("registrations", rows), **options)
    assert read(reader, content) == expected(rows)
    monkeypatch.setattr(parquet_texts, "MOST_LIST_BYTES", 1_000_000)
    code, reason = outcome(reader, content, rules("registrations"))["refused"]
    assert code == "too_large"
    assert reason.startswith("holds the lists of categories in a form (DELTA_BYTE_ARRAY) whose size cannot be told")


def test_short_texts_as_deltas_are_read_many_rows_at_a_time() -> None:
    found = pa.table({"id": [f"{n:036d}" for n in range(60_000)]})
    stream = io.BytesIO()
    pq.write_table(found, stream, use_dictionary=False, column_encoding={"id": "DELTA_BYTE_ARRAY"})
    (reading,) = parquet_texts.readings_of(stream, pq.ParquetFile(stream), {0: "id"}, "file.parquet")
    assert reading == parquet_texts.GroupReading((), parquet_texts.BATCH_ROWS)


@READERS
def test_what_the_library_has_not_implemented_is_no_damage(reader: Reader) -> None:
    # a column that its writer held as a dictionary and wrote as deltas
    found = retyped("registrations", registrations(30), change=pa.dictionary(pa.int32(), pa.string()))
    content = packed(found, use_dictionary=False, column_encoding={"change": "DELTA_LENGTH_BYTE_ARRAY"})
    code, reason = outcome(reader, content, rules("registrations"))["refused"]
    assert code == "unreadable_file"
    assert "damaged" not in reason
    assert reason.startswith("is written in a form of Parquet that cannot be read here (")


def test_an_error_that_says_not_implemented_is_told_from_damage() -> None:
    for error in (
        pa.ArrowNotImplementedError("Nested data conversions not implemented for chunked array outputs"),
        OSError("Not yet implemented: DecodeArrow of DictAccumulator for DeltaByteArrayDecoder."),
    ):
        with pytest.raises(Refusal, match="cannot be read here"), damaged("file.parquet"):
            raise error
    with pytest.raises(Refusal, match="cut off or damaged"), damaged("file.parquet"):
        raise OSError("Unexpected end of stream")
