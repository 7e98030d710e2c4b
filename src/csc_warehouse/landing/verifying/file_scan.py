"""One pass over a file's bytes, in bounded memory: its hash, and which encodings its text can have."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from typing import BinaryIO, Literal

from csc_warehouse.landing.refusal import Refusal

CHUNK = 4 * 1024**2
_MARKS: tuple[tuple[bytes, Literal["UTF-8", "UTF-16", "UTF-32"]], ...] = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@dataclass(frozen=True)
class FileScan:
    """What one pass over a file found."""

    sha256: str
    size: int
    mark: str | None
    """The encoding whose byte order mark the file starts with; None without a mark."""
    has_nul: bool
    is_ascii: bool
    is_utf8: bool


def scan(stream: BinaryIO) -> FileScan:
    """Read a stream to its end and return what was found."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    size = 0
    mark: str | None = None
    has_nul = False
    is_ascii = True
    is_utf8 = True
    while chunk := stream.read(CHUNK):
        if size == 0:
            mark = next((name for start, name in _MARKS if chunk.startswith(start)), None)
        size += len(chunk)
        digest.update(chunk)
        has_nul = has_nul or b"\0" in chunk
        if is_utf8 and not (is_ascii and chunk.isascii()):
            is_ascii = False
            is_utf8 = _continues(decoder, chunk)
    if is_utf8 and not is_ascii:
        is_utf8 = _continues(decoder, b"", is_final=True)
    return FileScan(digest.hexdigest(), size, mark, has_nul, is_ascii, is_utf8)


def _continues(decoder: codecs.IncrementalDecoder, chunk: bytes, *, is_final: bool = False) -> bool:
    try:
        decoder.decode(chunk, is_final)
    except UnicodeDecodeError:
        return False
    return True


def require_encoding(found: FileScan, encoding: str, file_name: str, notices: list[str]) -> None:
    """Check a text file's encoding: first its byte order mark, then NUL bytes (deliveries.md section 7).

    Raises Refusal where the file is in another encoding throughout, or is no text.
    """
    agreed = {"windows-1252": "Windows-1252", "utf-8-with-mark": "UTF-8"}[encoding]
    if found.mark is not None and (encoding == "windows-1252" or found.mark != "UTF-8"):
        raise Refusal(
            f"has the wrong encoding ({found.mark} where {agreed} was agreed)",
            file_name=file_name,
            code="wrong_encoding",
        )
    if found.has_nul:
        raise Refusal("is a binary file, not text", file_name=file_name, code="binary_file")
    if encoding == "windows-1252" and not found.is_ascii and found.is_utf8:
        raise Refusal(
            f"has the wrong encoding (UTF-8 where {agreed} was agreed)", file_name=file_name, code="wrong_encoding"
        )
    if encoding == "utf-8-with-mark" and found.mark is None and found.size:
        if not found.is_utf8:
            raise Refusal(f"has the wrong encoding (not {agreed})", file_name=file_name, code="wrong_encoding")
        notices.append(f"{file_name} lacks the byte order mark that was agreed; it was read as {agreed}.")
