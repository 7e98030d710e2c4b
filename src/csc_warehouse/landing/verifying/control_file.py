"""The lines of a control file: each has a file's name and its number of rows (deliveries.md sections 2, 6 and 9)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from csc_warehouse.contracts.protocols import ControlFileProtocol, Encoding
from csc_warehouse.errors import printable, shown
from csc_warehouse.landing.delivered_text import lift_field_limit, normal_name
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.settings import LandingConfig

COUNT = re.compile(r"[0-9]{1,15}", re.ASCII)
"""The digits of a plausible number of rows."""
LONGEST_COUNT_SHOWN = 30


def read_control(
    content: bytes, protocol: ControlFileProtocol, delimiter: str, file_name: str, limits: LandingConfig
) -> tuple[dict[str, int], dict[str, Encoding]]:
    """Return the number of rows of each listed file, and the encoding of those for which another one is stated.

    Raises Refusal naming the line that cannot be used, or the limit that is passed.
    """
    text = content.decode("cp1252", errors="replace")
    lines = _lines(text, delimiter, file_name, limits)
    _, first = next(lines, (0, []))
    header = [normal_name(field) for field in first]
    try:
        name_at = header.index(protocol.name_column.lower())
        count_at = header.index(protocol.count_column.lower())
    except ValueError as error:
        wanted = f"{protocol.name_column} and {protocol.count_column}"
        raise _bad(f"lacks the columns {wanted}", file_name) from error
    encoding_column = (protocol.encoding_column or "").lower()
    encoding_at = header.index(encoding_column) if encoding_column in header else len(header)
    counts: dict[str, int] = {}
    encodings: dict[str, Encoding] = {}
    listed: set[str] = set()
    for number, row in lines:
        if len(row) <= max(name_at, count_at):
            raise _bad(f"has a line without a file name and a row count (line {number})", file_name)
        name, count = row[name_at].strip(), row[count_at].strip()
        require_plain_name(name, file_name)
        if not COUNT.fullmatch(count):
            raise _bad(not_a_count(name, count), file_name)
        if name.lower() in listed:
            raise _bad(f"lists {shown(name)} twice", file_name)
        listed.add(name.lower())
        counts[name] = int(count)
        if encoding_at < len(row) and row[encoding_at].strip().lower() == "utf-8":
            encodings[name] = "utf-8-with-mark"
    return counts, encodings


def _lines(text: str, delimiter: str, file_name: str, limits: LandingConfig) -> Iterator[tuple[int, list[str]]]:
    # the size of the whole file was checked before
    lift_field_limit()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if reader.line_num > limits.maximum_control_lines:
                raise _bad(
                    f"has more than {limits.maximum_control_lines:,} lines, as no control file has"
                    " (`landing.maximum_control_lines`)",
                    file_name,
                )
            if any(field.strip() for field in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise _bad("cannot be read as CSV", file_name) from error


def not_a_count(name: str, sent: str, kind: str = "") -> str:
    """Return the clause about a row count in another form than was agreed; kind: what it is, as `, a text`."""
    cut = f"{sent[:LONGEST_COUNT_SHOWN]}..." if len(sent) > LONGEST_COUNT_SHOWN else sent
    what = f"{printable(cut) or 'nothing'}{kind}"
    return f"states the rows of {shown(name)} as {what}, where a whole number in digits, such as 3, was agreed"


def _bad(reason: str, file_name: str) -> Refusal:
    return Refusal(reason, file_name=file_name, code="bad_control_file")


def require_plain_name(name: str, file_name: str) -> None:
    """Check that a listed name stays in its folder. Raises Refusal, whether the file is there or not."""
    if leaves_folder(name):
        raise Refusal("names a file whose path leaves the folder", file_name=file_name, code="unsafe_path")


def leaves_folder(name: str) -> bool:
    """Tell whether a member path is absolute, names a drive, or climbs out of its folder."""
    unified = name.replace("\\", "/")
    return unified.startswith("/") or ":" in unified or "\0" in unified or ".." in unified.split("/") or not name
