"""The row-by-row reader of Parquet: slow, and easy to check. What it says of a file is what is right.

The vectorised reader must give the same outcome for every file, and hands over to the functions here whatever it is not
sure of.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from csc_warehouse.contracts.model import NativeType
from csc_warehouse.contracts.native_types import text_of
from csc_warehouse.landing.reading.header import Layout
from csc_warehouse.landing.reading.parquet_file import batches, open_columns
from csc_warehouse.landing.reading.row_judge import BLOCK_ROWS, RowJudge
from csc_warehouse.landing.reading.rows import Block, RowRules
from csc_warehouse.landing.verifying.parquet_safety import damaged


def read_parquet_row_by_row(stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str]) -> Iterator[Block]:
    """Yield the rows of a Parquet file, as CsvReader asks; grain: one block per 20,000 rows."""
    file, columns = open_columns(stream, rules, file_name, notices)
    judge = native_judge(rules)
    for first, arrays in batches(file, columns, file_name):
        for place in range(max((len(array) for array in arrays if array is not None), default=0)):
            with damaged(file_name):
                judge_native_row(judge, rules, columns.kinds, arrays, place, first + place)
            if judge.count >= BLOCK_ROWS:
                yield judge.take()
    if judge.count:
        yield judge.take()


def native_judge(rules: RowRules) -> RowJudge:
    """Return the judge of rows whose values stand in the contract's order."""
    names = rules.entity.column_names
    return RowJudge(rules, Layout(len(names), tuple(range(len(names))), (), names))


def judge_native_row(  # noqa: PLR0917  (one row, and all that says what it holds)
    judge: RowJudge,
    rules: RowRules,
    kinds: Sequence[NativeType | None],
    arrays: Sequence[Any],
    place: int,
    number: int,
) -> None:
    """Judge the row at a place of the contract's columns; number: its position in the file, the first is 1."""
    values = [
        "" if kind is None or array is None else text_of(kind, array, place, column.max_length)
        for column, kind, array in zip(rules.entity.columns, kinds, arrays, strict=True)
    ]
    raw = io.StringIO()
    csv.writer(raw, lineterminator="").writerow(values)
    judge.add(number, values, raw.getvalue())
