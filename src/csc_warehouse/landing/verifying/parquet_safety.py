"""Whether a Parquet file can be opened and read within bounds, whatever it states (deliveries.md 6, 8 and 9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from csc_warehouse.errors import shown
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.parquet_pages import Footer, footer_of, pages_of
from csc_warehouse.settings import LandingConfig

READ_AT_ONCE = 1024**2
MOST_PAGE_BYTES = 256 * 1024**2
"""No writer makes larger pages; most make such of a megabyte."""
_LONGEST_TEXT_OF_FOOTER = 16 * 1024**2
_MOST_ENTRIES_OF_FOOTER = 1_000_000
_SMALL_FILE = 1024**2
"""Bytes below which a ratio says nothing."""
_MEMBERS_OF_A_ROW = 64
_MEMBERS_BESIDE = 1_000_000
_LONGEST_REASON = 200
_NOT_IMPLEMENTED = ("not yet implemented", "not implemented", "not yet supported")
_ENCRYPTED, _PLAIN = b"PARE", b"PAR1"
_BYTES_OF_A_VALUE = 16
"""What a value takes as text, about: a file may hold much more than its packed bytes tell."""


@dataclass(frozen=True)
class ParquetFacts:
    """What a file that can be read within bounds holds."""

    rows: int
    unpacked_bytes: int
    """Bytes that its rows take as text, roughly."""


@contextmanager
def damaged(file_name: str) -> Iterator[None]:
    """Turn what the library raises on a damaged file into a refusal; an error of the disk or share passes through."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        if _is_not_implemented(error):
            raise Refusal(
                "is written in a form of Parquet that cannot be read here"
                f" ({shown(str(error).splitlines()[0])[:_LONGEST_REASON]}): have it written with plain or dictionary"
                " encoding",
                file_name=file_name,
                code="unreadable_file",
            ) from error
        raise _damaged(file_name) from error


def _is_not_implemented(error: Exception) -> bool:
    """Tell whether the library says of a whole file that it cannot read it; it does so in two ways."""
    import pyarrow as pa

    said = str(error).lower()
    return isinstance(error, pa.ArrowNotImplementedError) or any(words in said for words in _NOT_IMPLEMENTED)


def _damaged(file_name: str, how: str = "") -> Refusal:
    reason = f"does not open as a Parquet file: it is cut off or damaged{how}"
    return Refusal(reason, file_name=file_name, code="unreadable_file")


def open_parquet(stream: BinaryIO, dictionaries: Sequence[str] = ()) -> Any:
    """Open a file so that a page of each column is held at a time. Raises what the library does, see `damaged`."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(
        stream,
        read_dictionary=list(dictionaries) or None,
        buffer_size=READ_AT_ONCE,
        pre_buffer=False,
        memory_map=False,
        page_checksum_verification=True,
        thrift_string_size_limit=_LONGEST_TEXT_OF_FOOTER,
        thrift_container_size_limit=_MOST_ENTRIES_OF_FOOTER,
    )


def require_safe_parquet(stream: BinaryIO, file_name: str, limits: LandingConfig) -> ParquetFacts:
    """Check what a file states of itself, its footer and each of its pages, before anything is unpacked.

    Raises Refusal where it does not open, is encrypted, or would unpack to more than the limits.
    """
    size = _size(stream)
    head, tail = _ends(stream, size)
    if _ENCRYPTED in (head, tail):
        raise Refusal("is an encrypted Parquet file", file_name=file_name, code="unreadable_file")
    if head != _PLAIN or tail != _PLAIN:
        raise _damaged(file_name)
    stream.seek(size - 8)
    footer = int.from_bytes(stream.read(4), "little")
    if footer > size - 12:
        raise _damaged(file_name)
    if footer > limits.maximum_control_bytes:
        raise Refusal(
            f"has a footer of {footer:,} bytes, more than {limits.maximum_control_bytes:,}"
            " (`landing.maximum_control_bytes`)",
            file_name=file_name,
            code="too_large",
        )
    stream.seek(size - 8 - footer)
    with damaged(file_name):
        stated = footer_of(stream.read(footer))
        open_parquet(stream)
    if sum(rows for rows, _ in stated.groups) != stated.rows:
        raise _damaged(file_name, ", as its parts do not add up")
    if stated.rows > size:
        # each row has an id of its own, and none fits into less than a byte
        raise Refusal(
            f"states {stated.rows:,} rows in {size:,} bytes, fewer than a byte a row",
            file_name=file_name,
            code="too_large",
        )
    unpacked = _unpacked_bytes(stream, stated, size, file_name)
    _require_bounds(unpacked, size, file_name, limits)
    columns = max((len(chunks) for _, chunks in stated.groups), default=0)
    return ParquetFacts(stated.rows, max(unpacked, stated.rows * columns * _BYTES_OF_A_VALUE))


def _unpacked_bytes(stream: BinaryIO, footer: Footer, size: int, file_name: str) -> int:
    """Return the bytes that all pages unpack to, as they state it, having checked what they state."""
    unpacked = 0
    for rows, chunks in footer.groups:
        for chunk in chunks:
            values = 0
            with damaged(file_name):
                for page in pages_of(stream, chunk, size):
                    unpacked += page.unpacked
                    values += page.values
                    _require_page(page.unpacked, file_name)
            if values > _MEMBERS_OF_A_ROW * rows + _MEMBERS_BESIDE:
                raise Refusal(
                    f"states {values:,} values in a column of {rows:,} rows", file_name=file_name, code="too_large"
                )
    return unpacked


def _require_page(unpacked: int, file_name: str) -> None:
    if unpacked > MOST_PAGE_BYTES:
        raise Refusal(
            f"has a page that unpacks to {unpacked:,} bytes, more than {MOST_PAGE_BYTES:,}",
            file_name=file_name,
            code="too_large",
        )


def _require_bounds(unpacked: int, size: int, file_name: str, limits: LandingConfig) -> None:
    if unpacked > limits.maximum_member_bytes:
        raise Refusal(
            f"unpacks to {unpacked:,} bytes, more than {limits.maximum_member_bytes:,}"
            " (`landing.maximum_member_bytes`)",
            file_name=file_name,
            code="too_large",
        )
    if unpacked > _SMALL_FILE and unpacked > limits.maximum_compression_ratio * size:
        raise Refusal(
            f"unpacks to more than {limits.maximum_compression_ratio:g} times its size"
            " (`landing.maximum_compression_ratio`)",
            file_name=file_name,
            code="too_large",
        )


def _size(stream: BinaryIO) -> int:
    stream.seek(0, 2)
    return stream.tell()


def _ends(stream: BinaryIO, size: int) -> tuple[bytes, bytes]:
    if size < 12:
        return b"", b""
    stream.seek(0)
    head = stream.read(4)
    stream.seek(size - 4)
    return head, stream.read(4)
