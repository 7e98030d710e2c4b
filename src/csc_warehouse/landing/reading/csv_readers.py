"""What both readers of CSV files owe, and the two of them; those of Parquet owe the same, as far as it applies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from csc_warehouse.landing.reading.row_by_row_csv import read_row_by_row
from csc_warehouse.landing.reading.row_by_row_parquet import read_parquet_row_by_row
from csc_warehouse.landing.reading.rows import Block, RowRules
from csc_warehouse.landing.reading.vectorised_csv import read_vectorised
from csc_warehouse.landing.reading.vectorised_parquet import read_parquet


class CsvReader(Protocol):
    """Reads one delivered CSV file of one entity, with the same outcome whichever reader it is.

    - each record but the header and blank lines is either a row of a block or a quarantined row of one, never both;
    - a readable row has the contract's columns as sent, its record number as a spreadsheet counts it, its key and hash;
      a quarantined one its record number, the first reason that applies (in the order of REASON_CODES), its text as
      sent, its key and the persons that it names as far as those can be read;
    - a row that had to be judged on its own may come in a block after its neighbours': whoever needs the file's order
      sorts by record number;
    - one notice is added where the file has columns that the contract does not know;
    - Refusal is raised, while blocks are taken, where the file is empty, lacks a required column or has one twice, or
      ends inside a quoted field. Its code, file and reason are the same;
    - memory is bounded, whatever the size of the file and the length of its records.

    Which rows share a block is each reader's own affair.
    """

    def __call__(self, stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str]) -> Iterator[Block]:
        """Yield the rows of a file that was verified; bytes that its encoding does not define make quarantined rows."""


PARQUET_READERS: dict[str, CsvReader] = {"vectorised": read_parquet, "row by row": read_parquet_row_by_row}
"""The same two for files of native types: a record's number is its place in the file, the first is 1."""
READERS: dict[str, CsvReader] = {"vectorised": read_vectorised, "row by row": read_row_by_row}
"""The reader that landing uses, and the one that it must agree with."""
