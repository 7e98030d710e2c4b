"""The vectorised reader of CSV: the boundaries of all records at once, then whole columns by Arrow.

What it is not sure of it leaves to the row-by-row reader: a row that looks wrong is judged there, and a file whose
quotes follow no simple rule is read there from that place on. Memory is bounded by the chunk, whatever the file's size.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from csc_warehouse.contracts.model import TextFormat
from csc_warehouse.landing.delivered_text import lift_field_limit
from csc_warehouse.landing.reading.canonical_columns import ColumnReader
from csc_warehouse.landing.reading.header import Layout, extra_columns_notice, layout_of, no_header
from csc_warehouse.landing.reading.judged_columns import judged_block
from csc_warehouse.landing.reading.long_records import is_blank, text_records
from csc_warehouse.landing.reading.record_boundaries import (
    RecordBoundaries,
    find_record_boundaries,
    undecodable_records,
)
from csc_warehouse.landing.reading.row_by_row_csv import PYTHON_ENCODINGS, Joined, open_text
from csc_warehouse.landing.reading.row_judge import RowJudge, judge_records
from csc_warehouse.landing.reading.rows import (
    Block,
    RowRules,
)

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 16 * 1024**2
"""Bytes read at a time; what a chunk becomes takes about six times as much."""
LONGEST_SEARCH = 32 * 1024**2
"""Bytes in which the end of a record is looked for at once; one that lies further on is found row by row."""
_BYTE_MARK = b"\xef\xbb\xbf"
_SMALLEST_BLOCK = 1024**2


def read_vectorised(
    stream: BinaryIO, rules: RowRules, file_name: str, notices: list[str], *, chunk: int = CHUNK
) -> Iterator[Block]:
    """Yield the rows of a text file, as CsvReader asks; grain: a block or two per chunk of so many bytes."""
    return _VectorisedReader(stream, rules, file_name, notices, chunk).blocks()


@cache
def _column_reader(text: TextFormat) -> ColumnReader:
    return ColumnReader(text)


class _VectorisedReader:
    def __init__(
        self,
        stream: BinaryIO,
        rules: RowRules,
        file_name: str,
        notices: list[str],
        chunk: int,
    ) -> None:
        self._stream = stream
        self._rules = rules
        self._file_name = file_name
        self._notices = notices
        self._chunk = chunk
        text = rules.contract.text
        self._encoding = PYTHON_ENCODINGS[text.encoding]
        self._delimiter = text.delimiter
        self._columns = _column_reader(text)
        self._layout: Layout | None = None
        self._number = 1

    def blocks(self) -> Iterator[Block]:
        rest = self._stream.read(self._chunk)
        if self._encoding == "utf-8" and rest.startswith(_BYTE_MARK):
            rest = rest[len(_BYTE_MARK) :]
        is_last = False
        while not is_last:
            more = self._stream.read(self._chunk)
            is_last = not more
            if rest:
                boundaries = find_record_boundaries(rest, ord(self._delimiter), is_last=is_last)
                if boundaries is None or (boundaries.count == 0 and len(rest) > LONGEST_SEARCH):
                    yield from self._read_row_by_row(rest + more)
                    return
                if boundaries.count:
                    end = int(boundaries.nexts[-1])
                    yield from self._block(rest[:end], boundaries)
                    rest = rest[end:]
            rest += more
        if self._layout is None:
            raise no_header(self._file_name)

    def _read_row_by_row(self, rest: bytes) -> Iterator[Block]:
        stream = cast(BinaryIO, io.BufferedReader(Joined(rest, self._stream)))
        lines = open_text(stream, self._encoding)
        records = text_records(
            lines,
            self._delimiter,
            self._file_name,
            first_number=self._number,
            longest=self._rules.longest_field,
        )
        if self._layout is None:
            first = next(records, None)
            if first is None:
                raise no_header(self._file_name)
            self._take_header(first[1])
        yield from judge_records(records, self._rules, self._need_layout())

    def _need_layout(self) -> Layout:
        if self._layout is None:
            raise no_header(self._file_name)
        return self._layout

    def _take_header(self, header: list[str]) -> None:
        self._layout = layout_of(header, self._rules.entity, self._file_name)
        notice = extra_columns_notice(self._layout, self._file_name)
        if notice:
            self._notices.append(notice)

    def _block(self, data: bytes, boundaries: RecordBoundaries) -> Iterator[Block]:
        import numpy as np

        first = 0
        while self._layout is None and first < boundaries.count:
            _, fields = self._record(data, boundaries, first)
            first += 1
            if not is_blank(fields):
                self._take_header(fields)
        number, self._number = self._number, self._number + boundaries.count
        if self._layout is None or first == boundaries.count:
            return
        layout = self._layout
        is_plain = boundaries.field_counts == layout.width
        if layout.width == 1:
            # a blank line and a row of one blank field look alike: each is judged on its own
            is_plain[:] = False
        is_plain[:first] = False
        # a value too long for any column may stand in a column that is not read below
        is_plain[boundaries.nexts - boundaries.starts > self._rules.longest_field] = False
        is_plain[undecodable_records(data, boundaries, self._encoding)] = False
        judge = RowJudge(self._rules, layout)
        places = np.flatnonzero(is_plain)
        block = None
        if len(places):
            table = self._parse(data, boundaries, is_plain, layout)
            if table is None:
                is_plain[:] = False
            else:
                block, suspect = judged_block(self._rules, self._columns, table, number + places)
                is_plain[places[suspect]] = False
        for place in np.flatnonzero(~is_plain[first:]) + first:
            raw, fields = self._record(data, boundaries, int(place))
            if not is_blank(fields):
                judge.add(number + int(place), fields, raw)
        if block is not None:
            yield block
        if judge.count:
            yield judge.take()

    def _record(self, data: bytes, boundaries: RecordBoundaries, place: int) -> tuple[str, list[str]]:
        raw = data[boundaries.starts[place] : boundaries.ends[place]].decode(self._encoding, "surrogateescape")
        longest = self._rules.longest_field
        if len(raw) > longest:
            text = io.StringIO(raw, newline="")
            _, fields, shortened = next(
                text_records(text, self._delimiter, self._file_name, longest=longest), (0, list[str](), raw)
            )
            return shortened, fields
        lift_field_limit()
        return raw, next(csv.reader(io.StringIO(raw, newline=""), delimiter=self._delimiter), [])

    def _parse(self, data: bytes, boundaries: RecordBoundaries, is_plain: Any, layout: Layout) -> pa.Table | None:
        """Return the plain records' columns as sent, or None where Arrow sees another number of rows."""
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        body = data if bool(is_plain.all()) else _joined(data, boundaries, is_plain)
        if self._encoding != "utf-8" and not body.isascii():
            body = body.decode(self._encoding).encode()
        if body.startswith(_BYTE_MARK):
            # in the middle of a file a byte order mark is a letter like any other; Arrow would drop it
            return None
        names = [f"field_{place}" for place in range(layout.width)]
        used = [names[place] for place in layout.positions if place is not None]
        longest = int((boundaries.nexts - boundaries.starts).max())
        try:
            table = arrow_csv.read_csv(
                pa.py_buffer(body),
                read_options=arrow_csv.ReadOptions(
                    column_names=names,
                    block_size=max(_SMALLEST_BLOCK, 3 * longest),
                    use_threads=len(body) > _SMALLEST_BLOCK,
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self._delimiter, newlines_in_values=boundaries.has_break_in_field
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(used, pa.string()),
                    include_columns=used,
                    strings_can_be_null=False,
                    null_values=[],
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != int(is_plain.sum()):
            return None
        blank = pa.repeat(pa.scalar("", pa.string()), table.num_rows)
        arrays = [blank if place is None else table.column(names[place]).combine_chunks() for place in layout.positions]
        return pa.Table.from_arrays(arrays, names=list(self._rules.entity.column_names))


def _joined(data: bytes, boundaries: RecordBoundaries, is_plain: Any) -> bytes:
    """Return the plain records' bytes alone, in runs."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_plain.astype(np.int8), [0]))))
    runs = []
    for begin, end in zip(edges[0::2], edges[1::2], strict=True):
        runs.append(data[boundaries.starts[begin] : boundaries.nexts[end - 1]])
    return b"".join(runs)
