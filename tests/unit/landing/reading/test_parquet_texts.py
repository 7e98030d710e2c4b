"""A large column of different texts is read as it stands; where rows may share a long one it stays a dictionary."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from csc_warehouse.landing.reading import parquet_texts
from csc_warehouse.landing.verifying.parquet_safety import open_parquet
from tests.support.parquet_deliveries import guid, table
from tests.unit.landing.reading.test_parquet_readers import READERS, Reader, outcome, packed, rules

ROWS = 4_000
SMALL_DICTIONARY = {"dictionary_pagesize_limit": 4096, "data_page_size": 16_384, "write_batch_size": 256}


@pytest.fixture(autouse=True)
def _small_columns_count_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_texts, "LARGE_CHUNK_BYTES", 20_000)


def plain(found: pa.Table, **options: Any) -> set[str]:
    stream = io.BytesIO()
    pq.write_table(found, stream, **{**SMALL_DICTIONARY, **options})
    opened = open_parquet(stream)
    return parquet_texts.plain_leaves(stream, opened, dict(enumerate(found.column_names)))


def test_ids_are_read_as_they_stand_and_codes_as_a_dictionary() -> None:
    found = pa.table(
        {
            "id": [guid(n) for n in range(ROWS)],
            "code": ["police", "health"] * (ROWS // 2),
            # the first row, which tells what the dictionary holds, has none
            "former": [None, *(guid(n) for n in range(1, ROWS))],
        }
    )
    assert plain(found) == {"id", "former"}
    assert plain(found, use_dictionary=False) == {"id", "former", "code"}
    assert plain(found, row_group_size=1_000) == {"id", "former"}


def test_a_long_text_that_rows_may_share_keeps_its_column_a_dictionary() -> None:
    long = "x" * 2_000
    ids = [guid(n) for n in range(ROWS)]
    assert plain(pa.table({"id": [long, *ids[1:]]})) == set()
    # in the dictionary of a later row group alone
    assert plain(pa.table({"id": [*ids[:2_000], long, *ids[2_001:]]}), row_group_size=2_000) == set()
    # each text has the one before as its beginning, so that a long one is cheap to repeat
    fronted = {"use_dictionary": False, "column_encoding": {"id": "DELTA_BYTE_ARRAY"}}
    assert plain(pa.table({"id": ids}), **fronted) == set()
    # a long text that stands in full each time takes its own bytes
    assert plain(pa.table({"id": [long] * 50}), use_dictionary=False) == {"id"}


@READERS
def test_the_outcome_is_the_same_however_texts_are_read(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, Any]] = [
        {"id": guid(n), "person_id": guid(n % 7), "outcome": f"said {n}"} for n in range(1_500)
    ]
    rows[3]["id"], rows[700]["id"], rows[800]["outcome"] = "none", None, "y" * 3_000
    content = packed(table("services", rows), **SMALL_DICTIONARY)
    said = outcome(reader, content, rules("services"))
    assert len(said["apart"]) == 3
    monkeypatch.setattr(parquet_texts, "LARGE_CHUNK_BYTES", 2**40)
    assert outcome(reader, content, rules("services")) == said
