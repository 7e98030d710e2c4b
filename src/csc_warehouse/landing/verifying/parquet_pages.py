"""What a Parquet file's footer and pages state of themselves, read without unpacking any (deliveries.md 6, 8 and 9).

The footer of a file says how large each column is; a page says it too, and is what a reader makes room for. Here both
are read alone, as records in Thrift's compact form: the library that reads the rows ends the whole process where some
of what a footer states of a column contradicts itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

MOST_HEADER_BYTES = 1024**2
_FIRST_LOOK = 4096
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
_WHOLE_NUMBERS = frozenset({4, 5, 6})
_DEEPEST = 16
_UNPACKED, _PACKED, _DATA_PAGE, _DICTIONARY_PAGE, _DATA_PAGE_V2 = 2, 3, 5, 7, 8
"""Fields of a page's header."""
_ENCODINGS = {_DATA_PAGE: 2, _DATA_PAGE_V2: 4}
"""In which field of each kind of data page its encoding stands."""
_ROWS, _ROW_GROUPS, _COLUMNS, _FILE_PATH, _COLUMN_METADATA = 3, 4, 1, 1, 3
_VALUES, _PACKED_SIZE, _FIRST_DATA, _FIRST_DICTIONARY = 5, 7, 9, 11
"""Fields of a footer, of a row group (whose rows have the number that they have in the footer) and of a column."""


@dataclass(frozen=True)
class Chunk:
    """One column of one row group as the footer states it."""

    values: int
    packed: int
    """Bytes of all its pages with their headers."""
    data_page: int
    """Where its first page of data begins; 0 where it says none."""
    dictionary_page: int


@dataclass(frozen=True)
class Footer:
    """How many rows a file has, in all and in each row group, and the columns of each."""

    rows: int
    groups: tuple[tuple[int, tuple[Chunk, ...]], ...]


@dataclass(frozen=True)
class Page:
    """One page as its header states it: bytes packed and unpacked, and how many values it holds."""

    packed: int
    unpacked: int
    values: int
    is_dictionary: bool
    encoding: int = -1
    """The number of a data page's encoding; -1 where it is none or says none."""
    dictionary_values: int = 0
    """How many values a dictionary holds."""


class UnreadablePageError(ValueError):
    """Raised where a page's header is none, or leads out of the file."""


def footer_of(content: bytes) -> Footer:
    """Return what a footer states. Raises UnreadablePageError, or IndexError where it ends too early."""
    reader = _Compact(content)
    fields: dict[int, Any] = reader.struct(0)
    groups = fields.get(_ROW_GROUPS) or []
    return Footer(
        _whole(fields.get(_ROWS)),
        tuple((_whole(group.get(_ROWS)), tuple(map(_chunk, group.get(_COLUMNS) or []))) for group in groups),
    )


def _chunk(column: dict[int, Any]) -> Chunk:
    stated = column.get(_COLUMN_METADATA)
    if not isinstance(stated, dict) or column.get(_FILE_PATH):
        raise UnreadablePageError("a column lies in another file, or says nothing of itself")
    return Chunk(*(_whole(stated.get(number, 0)) for number in (_VALUES, _PACKED_SIZE, _FIRST_DATA, _FIRST_DICTIONARY)))


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UnreadablePageError("a footer states no number where one belongs")
    return value


def pages_of(stream: BinaryIO, chunk: Chunk, file_size: int) -> Iterator[Page]:
    """Yield the pages of one column of one row group. Raises UnreadablePageError."""
    # a column without a value may have no data page, and says so by nought
    starts = [offset for offset in (chunk.dictionary_page, chunk.data_page) if offset]
    if not starts:
        if chunk.values:
            raise UnreadablePageError("a column has values and no page")
        return
    start = min(starts)
    place, end = start, start + chunk.packed
    if not 0 <= start <= end <= file_size:
        raise UnreadablePageError("a column leads out of the file")
    while place < end:
        page, length = _page_at(stream, place)
        place += length + page.packed
        if place > end:
            raise UnreadablePageError("a page leads out of its column")
        yield page


def _page_at(stream: BinaryIO, place: int) -> tuple[Page, int]:
    size = _FIRST_LOOK
    while True:
        stream.seek(place)
        content = stream.read(size)
        reader = _Compact(content)
        try:
            fields = reader.struct(0)
        except IndexError as error:
            if size >= MOST_HEADER_BYTES or len(content) < size:
                raise UnreadablePageError("a page has no readable header") from error
            size *= 16
            continue
        packed, unpacked = fields.get(_PACKED, -1), fields.get(_UNPACKED, -1)
        if not isinstance(packed, int) or not isinstance(unpacked, int) or packed < 0 or unpacked < 0:
            raise UnreadablePageError("a page has no size")
        kinds = [fields[kind] for kind in (_DATA_PAGE, _DATA_PAGE_V2) if isinstance(fields.get(kind), dict)]
        values = max((kind.get(1, 0) for kind in kinds), default=0)
        encoding = next((_encoding(fields, kind) for kind in _ENCODINGS if isinstance(fields.get(kind), dict)), -1)
        dictionary = fields.get(_DICTIONARY_PAGE)
        held = dictionary.get(1, 0) if isinstance(dictionary, dict) else 0
        return Page(packed, unpacked, values, _DICTIONARY_PAGE in fields, encoding, held), reader.place


def _encoding(fields: dict[int, Any], kind: int) -> int:
    stated = fields[kind].get(_ENCODINGS[kind])
    return stated if isinstance(stated, int) else -1


class _Compact:
    """Reads one record of Thrift's compact form: numbers and nested records; all else is passed over."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.place = 0

    def struct(self, depth: int) -> dict[int, Any]:
        """Return the fields of a record by number. Raises IndexError where the content ends before it."""
        if depth > _DEEPEST:
            raise UnreadablePageError("a page's header is nested too deep")
        fields: dict[int, Any] = {}
        number = 0
        while True:
            head = self._byte()
            kind = head & 0x0F
            if kind == _STOP:
                return fields
            number = number + (head >> 4) if head >> 4 else self._whole()
            fields[number] = self._value(kind, depth)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _WHOLE_NUMBERS:
            return self._whole()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind == _BINARY:
            length = self._varint()
            self._skip(length)
            return length or None
        if kind == _BYTE:
            self._skip(1)
        elif kind == _DOUBLE:
            self._skip(8)
        elif kind in (_LIST, _SET):
            head = self._byte()
            return self._members(head >> 4 if head >> 4 != 15 else self._varint(), [head & 0x0F], depth)
        elif kind == _MAP:
            count = self._varint()
            kinds = self._byte() if count else 0
            self._members(count, [kinds >> 4, kinds & 0x0F], depth)
        elif kind not in (_TRUE, _FALSE):
            raise UnreadablePageError("a page's header is of no known form")
        return None

    def _members(self, count: int, kinds: list[int], depth: int) -> list[dict[int, Any]] | None:
        """Return the records of a list; members of other kinds are passed over."""
        if kinds == [_STRUCT]:
            return [self.struct(depth + 1) for _ in range(count)]
        for _ in range(count):
            for kind in kinds:
                # in a list a truth value is a byte of its own
                self._value(_BYTE if kind in (_TRUE, _FALSE) else kind, depth + 1)
        return None

    def _skip(self, count: int) -> None:
        self.place += count
        if self.place > len(self._content):
            raise IndexError

    def _byte(self) -> int:
        byte = self._content[self.place]
        self.place += 1
        return byte

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value
            if shift > 63:
                raise UnreadablePageError("a page's header holds a number of no plausible length")

    def _whole(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)
