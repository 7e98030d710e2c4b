"""How long a zip's list of members is, before anything reads that list into memory."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

_END, _END_SIZE = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_END_64, _END_64_SIZE = b"PK\x06\x06", 56
_LONGEST_COMMENT = 65_535
_LONGEST_ENTRY = 4096
"""Bytes that one member may take in the list on average; a usual one takes less than a hundred."""


def states_more(stream: BinaryIO, most_members: int) -> bool:
    """Tell whether a zip states more members than these, or a list that is too long to be of so few.

    A file that is no zip states none; what its list really holds is known only once it was opened.
    """
    count, size = _stated(stream)
    return count > most_members or size > most_members * _LONGEST_ENTRY


def _stated(stream: BinaryIO) -> tuple[int, int]:
    """Return the number of members and the bytes of their list as the zip's end states them."""
    length = stream.seek(0, os.SEEK_END)
    start = max(0, length - _END_SIZE - _LONGEST_COMMENT)
    stream.seek(start)
    tail = stream.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_SIZE:
        return 0, 0
    count, size = struct.unpack_from("<HL", tail, place + 10)
    locator = place - _LOCATOR_SIZE
    if locator >= 0 and tail.startswith(_LOCATOR, locator):
        (offset,) = struct.unpack_from("<Q", tail, locator + 8)
        # the record stands just before its locator too, wherever the zip itself begins
        for where in (offset, start + locator - _END_64_SIZE):
            if 0 <= where <= length - _END_64_SIZE:
                stream.seek(where)
                record = stream.read(_END_64_SIZE)
                if record.startswith(_END_64):
                    count_64, size_64 = struct.unpack_from("<QQ", record, 32)
                    count, size = max(count, count_64), max(size, size_64)
    return count, size
