"""Which columns of texts of a Parquet file are read as dictionaries, and which as they stand.

As a dictionary a long text that many rows share is held once, whatever the file unpacks to. A column whose texts are
nearly all different would then be held whole, a row group at a time; where no text that rows can share is long, it is
read as it stands, a batch at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from csc_warehouse.landing.verifying.parquet_pages import Chunk, Page, footer_of, pages_of
from csc_warehouse.landing.verifying.parquet_safety import open_parquet

LARGE_CHUNK_BYTES = 4 * 1024**2
"""Bytes of one column of one row group, unpacked, from which on it is not held whole if it need not be."""
LONGEST_SHARED = 1024
"""Bytes of a text that every row of a batch may share, at most, without a dictionary."""
_PLAIN, _DICTIONARY = frozenset({0}), frozenset({2, 8})
"""Encodings of a page of data: each text in full, or by its place in the dictionary."""


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
    stream.seek(size - 8)
    length = int.from_bytes(stream.read(4), "little")
    stream.seek(size - 8 - length)
    stated = footer_of(stream.read(length)).groups
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
