"""The vectorised reader of CSV: the boundaries of all records at once, then whole columns by Arrow.

What it is not sure of it leaves to the row-by-row reader: a row that looks wrong is judged there, and a file whose
quotes follow no simple rule is read there from that place on. Memory is bounded by the chunk, whatever the file's size.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from csc_warehouse.contracts import canonical
from csc_warehouse.contracts.model import TextFormat
from csc_warehouse.landing.delivered_text import lift_field_limit
from csc_warehouse.landing.reading.canonical_columns import ColumnReader
from csc_warehouse.landing.reading.header import Layout, extra_columns_notice, layout_of, no_header
from csc_warehouse.landing.reading.long_records import is_blank, text_records
from csc_warehouse.landing.reading.record_boundaries import (
    RecordBoundaries,
    find_record_boundaries,
    undecodable_records,
)
from csc_warehouse.landing.reading.row_by_row_csv import PYTHON_ENCODINGS, Joined, open_text
from csc_warehouse.landing.reading.row_judge import RowJudge, judge_records
from csc_warehouse.landing.reading.rows import (
    HASH_WIDTH,
    KEY_JOINER,
    TEXT_TYPES,
    VALUE_END,
    Block,
    RowRules,
    rows_schema,
)

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 16 * 1024**2
"""Bytes read at a time; what a chunk becomes takes about six times as much."""
LONGEST_SEARCH = 32 * 1024**2
"""Bytes in which the end of a record is looked for at once; one that lies further on is found row by row."""
_BYTE_MARK = b"\xef\xbb\xbf"
_SMALLEST_BLOCK = 1024**2
FEW_ROWS = 5000
"""Up to so many rows, hashing them one by one costs less than starting a query engine."""


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
                block, suspect = self._vectorised(table, number + places)
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

    def _vectorised(self, table: pa.Table, numbers: Any) -> tuple[Block, Any]:
        """Return the rows that can be read as a block, and which of the table's rows must be judged one by one."""
        import numpy as np
        import pyarrow as pa

        rules = self._rules
        readable = {}
        suspect = np.zeros(table.num_rows, dtype=bool)
        for column in rules.entity.columns:
            values = _flat(table.column(column.name))
            texts = self._columns.read(column, values)
            readable[column.name] = texts
            suspect |= _suspects(column.type, column.max_length, values, texts)
        self._suspect_keys(readable, suspect)
        self._suspect_values(table, readable, suspect)
        key = self._keys(readable, numbers)
        digests = row_hashes(list(readable.values()))
        arrays = [_flat(table.column(name)) for name in rules.entity.column_names]
        arrays += [pa.array(numbers, pa.int64()), key, digests]
        rows = pa.Table.from_arrays(arrays, schema=rows_schema(rules.entity))
        places = np.flatnonzero(suspect)
        if len(places):
            keep = pa.array(~suspect)
            rows = rows.filter(keep)
            readable = {name: texts.filter(keep) for name, texts in readable.items()}
        return Block(rows, readable), places

    def _suspect_keys(self, readable: dict[str, pa.Array], suspect: Any) -> None:
        import pyarrow.compute as pc

        rules = self._rules
        for part in rules.entity.key:
            _mark(suspect, pc.equal(readable[part], ""))
        if rules.contract.authority_column is not None:
            _mark(suspect, pc.not_equal(readable[rules.contract.authority_column], rules.authority_code))

    def _suspect_values(self, table: pa.Table, readable: dict[str, pa.Array], suspect: Any) -> None:
        """Mark rows that lack a needed value, are of a future day, state a total or hold a spreadsheet's error."""
        import pyarrow.compute as pc

        rules = self._rules
        for column in rules.entity.columns:
            if column.is_needed:
                _mark(suspect, pc.equal(readable[column.name], ""))
            if rules.sheet_words is not None and column.type in TEXT_TYPES:
                is_odd = rules.sheet_words.is_no_value
                suspect |= _found(_flat(table.column(column.name)), is_odd)
                if column.is_name:
                    suspect |= _found(_flat(table.column(column.name)), rules.sheet_words.is_total)
        if rules.entity.day is not None:
            _mark(suspect, pc.greater(readable[rules.entity.day], rules.business_date.isoformat()))

    def _keys(self, readable: dict[str, pa.Array], numbers: Any) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        parts = [readable[part] for part in self._rules.entity.key]
        if not parts:
            return pa.array(numbers, pa.int64()).cast(pa.string())
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, KEY_JOINER)


def _flat(column: Any) -> pa.Array:
    import pyarrow as pa

    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _suspects(kind: str, max_length: int, values: pa.Array, texts: pa.Array) -> Any:
    """Return which rows cannot be read because of the values of one column."""
    import numpy as np
    import pyarrow.compute as pc

    suspect = np.zeros(len(values), dtype=bool)
    if kind in ("date", "time", "number"):
        _mark(suspect, pc.equal(texts, canonical.UNREADABLE))
    # a text has at least as many bytes as characters, and counting bytes is cheap
    if (pc.max(pc.binary_length(values)).as_py() or 0) > max_length:
        _mark(suspect, pc.greater(pc.utf8_length(values), max_length))
    return suspect


def _found(values: pa.Array, is_odd: Callable[[str], bool]) -> Any:
    """Return for which values a question has the answer yes; each distinct text is asked about once."""
    import numpy as np

    encoded = values.dictionary_encode()
    answers = np.array([is_odd(text) for text in encoded.dictionary.to_pylist()], dtype=bool)
    return (
        answers[encoded.indices.to_numpy(zero_copy_only=False)] if len(answers) else np.zeros(len(values), dtype=bool)
    )


def _mark(suspect: Any, found: pa.Array) -> None:
    suspect |= found.to_numpy(zero_copy_only=False)


def row_hashes(columns: Sequence[pa.Array]) -> pa.Array:
    """Return the digest of each row's canonical texts, as RowRules.row_hash gives it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    joined = pc.utf8_rtrim(pc.binary_join_element_wise(*columns, VALUE_END), VALUE_END)
    if len(joined) > FEW_ROWS:
        return _md5_by_engine(joined)
    md5 = partial(hashlib.md5, usedforsecurity=False)
    digests = b"".join([md5(row).digest()[: HASH_WIDTH // 2] for row in joined.cast(pa.binary()).to_pylist()]).hex()
    return _fixed_width(digests, len(joined), HASH_WIDTH)


def _md5_by_engine(texts: pa.Array) -> pa.Array:
    import pyarrow as pa

    # a cursor of its own: several files are read at the same time
    connection = _engine().cursor()
    connection.register("hashed_rows", pa.table({"text": texts}))
    try:
        return _flat(
            connection.sql(f"select left(md5(text), {HASH_WIDTH}) as digest from hashed_rows")
            .to_arrow_table()
            .column("digest")
        )
    finally:
        connection.unregister("hashed_rows")


@cache
def _engine() -> Any:
    import duckdb

    return duckdb.connect(":memory:", config={"preserve_insertion_order": True, "autoinstall_known_extensions": False})


def _fixed_width(text: str, count: int, width: int) -> pa.Array:
    """Return a text cut into pieces of one width, as an array."""
    import numpy as np
    import pyarrow as pa

    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(text.encode())]
    return pa.Array.from_buffers(pa.string(), count, buffers)


def _joined(data: bytes, boundaries: RecordBoundaries, is_plain: Any) -> bytes:
    """Return the plain records' bytes alone, in runs."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_plain.astype(np.int8), [0]))))
    runs = []
    for begin, end in zip(edges[0::2], edges[1::2], strict=True):
        runs.append(data[boundaries.starts[begin] : boundaries.nexts[end - 1]])
    return b"".join(runs)
