"""Parquet files that lie: what is told of them before anything is unpacked."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying import parquet_safety
from csc_warehouse.landing.verifying.parquet_pages import footer_of, pages_of
from csc_warehouse.landing.verifying.parquet_safety import require_safe_parquet
from csc_warehouse.settings import LandingConfig

LIMITS = LandingConfig()


def packed(table: pa.Table, **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, **options)
    return stream.getvalue()


def refused(content: bytes, limits: LandingConfig = LIMITS) -> tuple[str, str]:
    with pytest.raises(Refusal) as found:
        require_safe_parquet(io.BytesIO(content), "people.parquet", limits)
    return found.value.code, found.value.reason


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip"])
def test_pages_say_what_they_hold(version: str, compression: str) -> None:
    rows = 50_000
    table = pa.table(
        {"n": pa.array(range(rows)), "t": [f"text {n % 7}" for n in range(rows)], "l": [["a", "b"]] * rows}
    )
    content = packed(table, data_page_version=version, compression=compression, data_page_size=20_000)
    facts = require_safe_parquet(io.BytesIO(content), "people.parquet", LIMITS)
    assert facts.rows == rows
    metadata = pq.ParquetFile(io.BytesIO(content)).metadata
    footer = int.from_bytes(content[-8:-4], "little")
    stated = footer_of(content[-8 - footer : -8])
    assert (stated.rows, [group for group, _ in stated.groups]) == (rows, [rows])
    for place in range(metadata.num_columns):
        chunk = metadata.row_group(0).column(place)
        found = stated.groups[0][1][place]
        assert (found.values, found.packed) == (chunk.num_values, chunk.total_compressed_size)
        pages = list(pages_of(io.BytesIO(content), found, len(content)))
        assert sum(page.values for page in pages) == chunk.num_values
        headers = chunk.total_compressed_size - sum(page.packed for page in pages)
        assert 0 < headers < chunk.total_compressed_size
        # the library counts the headers of pages as unpacked too
        assert sum(page.unpacked for page in pages) + headers == chunk.total_uncompressed_size


@pytest.mark.parametrize("rows", [0, 1])
def test_a_file_with_no_rows_or_one_can_be_read(rows: int) -> None:
    table = pa.table({"a": pa.array(["x"] * rows, pa.string()), "l": pa.array([[]] * rows, pa.list_(pa.string()))})
    assert require_safe_parquet(io.BytesIO(packed(table)), "people.parquet", LIMITS).rows == rows


def test_what_is_no_whole_parquet_file_is_refused_in_one_sentence() -> None:
    content = packed(pa.table({"a": [f"value {n}" for n in range(100)]}))
    for damaged in (b"", b"PAR1", b"PAR1" * 3, content[:-1], content[1:], content[:50], content[:4] + content[-8:]):
        code, reason = refused(damaged)
        assert code == "unreadable_file"
        assert "cut off or damaged" in reason
    assert refused(b"PARE" + content[4:-4] + b"PARE")[1] == "is an encrypted Parquet file"


def test_every_single_damaged_byte_is_refused_or_harmless() -> None:
    content = packed(pa.table({"a": [f"value {n}" for n in range(20)], "b": [["x"]] * 20}), compression="zstd")
    for place in range(0, len(content), 3):
        damaged = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
        with contextlib.suppress(Refusal):
            # nothing but a refusal leaves it
            require_safe_parquet(io.BytesIO(damaged), "people.parquet", LIMITS)


def test_a_column_of_noughts_that_fills_the_memory_is_refused() -> None:
    nothing = pa.table({"a": pa.nulls(3_000_000, pa.string()), "b": pa.nulls(3_000_000, pa.date32())})
    code, reason = refused(packed(nothing, compression="zstd"))
    assert code == "too_large"
    assert "fewer than a byte a row" in reason


def test_a_list_with_more_members_than_can_be_true_is_refused() -> None:
    members = 1_500_000
    lists = pa.ListArray.from_arrays(pa.array([0, members], pa.int32()), pa.nulls(members, pa.string()))
    code, reason = refused(packed(pa.table({"l": lists}), compression="zstd"))
    assert code == "too_large"
    assert "1,500,000 values in a column of 1 rows" in reason


def test_text_that_packs_too_well_is_refused_and_a_large_page_too(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"a": [f"{n:05d}" + "x" * 5000 for n in range(2000)]})
    content = packed(table, compression="zstd", use_dictionary=False)
    assert "times its size" in refused(content)[1]
    lenient = LIMITS.model_copy(update={"maximum_compression_ratio": 1e9})
    assert require_safe_parquet(io.BytesIO(content), "people.parquet", lenient).unpacked_bytes > 10_000_000
    small = lenient.model_copy(update={"maximum_member_bytes": 1_000_000})
    assert "landing.maximum_member_bytes" in refused(content, small)[1]
    monkeypatch.setattr(parquet_safety, "MOST_PAGE_BYTES", 100_000)
    assert "has a page that unpacks to" in refused(content, lenient)[1]


def test_an_error_of_the_disk_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), parquet_safety.damaged("people.parquet"):
        (tmp_path / "nothing").open("rb")
