"""What the pages of a Parquet file state of themselves, read without unpacking any (deliveries.md sections 6, 8 and 9).

The footer of a file says how large each column is; a page says it too, and is what a reader makes room for. Here the
headers of pages are read alone: they are small records in Thrift's compact form.
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


@dataclass(frozen=True)
class Page:
    """One page as its header states it: bytes packed and unpacked, and how many values it holds."""

    packed: int
    unpacked: int
    values: int
    is_dictionary: bool


class UnreadablePageError(ValueError):
    """Raised where a page's header is none, or leads out of the file."""


def pages_of(stream: BinaryIO, chunk: Any, file_size: int) -> Iterator[Page]:
    """Yield the pages of one column of one row group, given by its metadata. Raises UnreadablePageError."""
    start = chunk.data_page_offset
    dictionary = chunk.dictionary_page_offset
    if dictionary is not None and 0 < dictionary < start:
        start = dictionary
    place, end = start, start + chunk.total_compressed_size
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
        return Page(packed, unpacked, values, _DICTIONARY_PAGE in fields), reader.place


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
        if kind == _BYTE:
            self._skip(1)
        elif kind == _DOUBLE:
            self._skip(8)
        elif kind == _BINARY:
            self._skip(self._varint())
        elif kind in (_LIST, _SET):
            head = self._byte()
            self._members(head >> 4 if head >> 4 != 15 else self._varint(), [head & 0x0F], depth)
        elif kind == _MAP:
            count = self._varint()
            kinds = self._byte() if count else 0
            self._members(count, [kinds >> 4, kinds & 0x0F], depth)
        elif kind not in (_TRUE, _FALSE):
            raise UnreadablePageError("a page's header is of no known form")
        return None

    def _members(self, count: int, kinds: list[int], depth: int) -> None:
        for _ in range(count):
            for kind in kinds:
                # in a list a truth value is a byte of its own
                self._value(_BYTE if kind in (_TRUE, _FALSE) else kind, depth + 1)

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
