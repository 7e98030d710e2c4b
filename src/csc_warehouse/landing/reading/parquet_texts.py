"""Which columns of texts of a Parquet file are read as dictionaries, and which as they stand.

As a dictionary a long text that many rows share is held once, whatever the file unpacks to. A column whose texts are
nearly all different would then be held whole, a row group at a time; where no text that rows can share is long, it is
read as it stands, a batch at a time. Texts that are written as deltas (as version 2 of the format does) the library
reads as they stand alone; where rows may share a long one, so few rows are read at a time that their texts are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from csc_warehouse.errors import shown
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.parquet_pages import Chunk, Footer, Page, footer_of, pages_of
from csc_warehouse.landing.verifying.parquet_safety import open_parquet

BATCH_ROWS = 50_000
"""Rows that are held at a time."""
BATCH_TEXT_BYTES = 64 * 1024**2
"""Bytes of one column's texts that are held at a time, where a file may hold far more than it is long."""

MOST_LIST_BYTES = 512 * 1024**2
"""Bytes that the members of lists may take at most, where only a bound is known: a row may have any number of them."""
LARGE_CHUNK_BYTES = 4 * 1024**2
"""Bytes of one column of one row group, unpacked, from which on it is not held whole if it need not be."""
LONGEST_SHARED = 1024
"""Bytes of a text that every row of a batch may share, at most, without a dictionary."""
_PLAIN, _DICTIONARY = frozenset({0}), frozenset({2, 8})
"""Encodings of a page of data: each text in full, or by its place in the dictionary."""
_LENGTHS_APART = 6
"""Encoding whose texts stand in full, after the lengths of all."""
_FRONTED = 7
"""Encoding in which a text shares its beginning with the one before."""


@dataclass(frozen=True)
class GroupReading:
    """How the texts of one row group are read."""

    dictionaries: tuple[str, ...]
    """Paths of the leaves that are read as dictionaries; the others as they stand."""
    rows_at_once: int


def readings_of(stream: BinaryIO, opened: Any, leaves: Mapping[int, str], file_name: str) -> list[GroupReading]:
    """Return how each row group is read, in the file's order.

    leaves: the path of each leaf that holds texts, by its place in the file; in a list its path is longer than a name.
    Raises what the library does, UnreadablePageError, and Refusal where memory could not be bounded.
    """
    footer = _footer(stream)
    size = stream.seek(0, 2)
    names = frozenset(opened.schema_arrow.names)
    plain = plain_leaves(stream, opened, {place: path for place, path in leaves.items() if path in names})
    readings = []
    for group, (_, chunks) in enumerate(footer.groups):
        dictionaries, rows = [], BATCH_ROWS
        for place, path in leaves.items():
            pages = list(pages_of(stream, chunks[place], size))
            if {page.encoding for page in pages} & {_LENGTHS_APART, _FRONTED}:
                rows = min(rows, _rows_at_once(stream, group, path, pages, file_name, is_list=path not in names))
            elif path not in plain:
                dictionaries.append(path)
        readings.append(GroupReading(tuple(dictionaries), rows))
    return readings


def _rows_at_once(
    stream: BinaryIO, group: int, path: str, pages: Sequence[Page], file_name: str, *, is_list: bool
) -> int:
    """Return how many rows of a column may be read at a time as it stands, so that their texts are bounded.

    It is found by reading so few rows at a time that even texts as long as a page could be held.
    """
    if all(page.encoding == _LENGTHS_APART for page in pages if not page.is_dictionary):
        # each text takes its own bytes, as many as its page states
        return BATCH_ROWS
    # a text may go on from the page before
    longest = sum(sorted(page.unpacked for page in pages)[-2:])
    if sum(page.values for page in pages) * longest <= (MOST_LIST_BYTES if is_list else BATCH_TEXT_BYTES):
        return BATCH_ROWS
    if is_list:
        name = path.partition(".")[0]
        raise Refusal(
            f"holds the lists of {shown(name)} in a form (DELTA_BYTE_ARRAY) whose size cannot be told before it is"
            " unpacked: have the column written with a dictionary",
            file_name=file_name,
            code="too_large",
        )
    rows = _power_of_two(BATCH_TEXT_BYTES // max(longest, 1))
    sizes = [
        _bytes_of(batch.column(0))
        for batch in open_parquet(stream).iter_batches(rows, row_groups=[group], columns=[path], use_threads=False)
    ]
    if sum(sizes) <= BATCH_TEXT_BYTES:
        return BATCH_ROWS
    while rows * 2 <= BATCH_ROWS:
        sizes = [sum(sizes[first : first + 2]) for first in range(0, len(sizes), 2)]
        if max(sizes) > BATCH_TEXT_BYTES:
            break
        rows *= 2
    return rows


def _power_of_two(most: int) -> int:
    """Return the largest power of two that is no more, from 1 to what a batch has."""
    return 1 << (max(1, min(most, BATCH_ROWS)).bit_length() - 1)


def _bytes_of(texts: Any) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.binary_length(texts)).as_py() or 0)


def _footer(stream: BinaryIO) -> Footer:
    size = stream.seek(0, 2)
    stream.seek(size - 8)
    length = int.from_bytes(stream.read(4), "little")
    stream.seek(size - 8 - length)
    return footer_of(stream.read(length))


def plain_leaves(stream: BinaryIO, opened: Any, leaves: Mapping[int, str]) -> set[str]:
    """Return the paths of those leaves that are read as they stand.

    leaves: the path of each leaf that holds texts, by its place in the file. Raises what the library does, and
    UnreadablePageError.
    """
    groups = range(opened.metadata.num_row_groups)
    large = {
        place: path
        for place, path in leaves.items()
        if any(
            opened.metadata.row_group(group).column(place).total_uncompressed_size >= LARGE_CHUNK_BYTES
            for group in groups
        )
    }
    if not large:
        return set()
    size = stream.seek(0, 2)
    stated = _footer(stream).groups
    shared = {place: [_shared_texts(stream, chunks[place], size) for _, chunks in stated] for place in large}
    found = {place: path for place, path in large.items() if None not in shared[place]}
    file = open_parquet(stream, dictionaries=sorted(found.values()))
    for group in groups:
        asked = {place: path for place, path in found.items() if shared[place][group]}
        for place, dictionary in _dictionaries(file, group, asked):
            if len(dictionary) != shared[place][group] or _longest(dictionary) > LONGEST_SHARED:
                del found[place]
    return set(found.values())


def _shared_texts(stream: BinaryIO, chunk: Chunk, size: int) -> int | None:
    """Return how many texts a chunk's dictionary has, 0 without one; None where it is not known what rows share."""
    pages: list[Page] = list(pages_of(stream, chunk, size))
    texts = sum(page.dictionary_values for page in pages)
    encodings = [page.encoding for page in pages if not page.is_dictionary]
    if not set(encodings) <= _PLAIN | _DICTIONARY:
        return None
    if set(encodings) <= _PLAIN:
        return 0
    # the dictionary is told by the first rows, so that these must be in it
    return texts if encodings[0] in _DICTIONARY and texts else None


def _dictionaries(file: Any, group: int, leaves: Mapping[int, str]) -> Iterator[tuple[int, Any]]:
    """Yield the dictionaries of columns in a row group, which its first row brings whole."""
    if not leaves:
        return
    batch = next(file.iter_batches(batch_size=1, row_groups=[group], columns=list(leaves.values())), None)
    for place, path in leaves.items():
        yield place, () if batch is None else batch.column(batch.schema.names.index(path)).dictionary


def _longest(dictionary: Any) -> int:
    import pyarrow.compute as pc

    return pc.max(pc.binary_length(dictionary)).as_py() or 0
