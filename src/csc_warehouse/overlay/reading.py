"""An overlay file read and checked cell by cell: its rows, or one sentence for each fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from csc_warehouse.errors import listed, nearest, offer, shown
from csc_warehouse.overlay import cells
from csc_warehouse.overlay.kinds import REMOVES, Kind

MOST_BYTES = 16 * 1024**2
"""A file that is larger is none that a person keeps."""


@dataclass(frozen=True)
class Row:
    """One row of an overlay file: the line it begins on, its values, and whether it takes the shipped one away."""

    line: int
    values: dict[str, str]
    is_removed: bool


def key_of(values: Mapping[str, str], kind: Kind) -> tuple[str, ...]:
    """Return what a row is known by."""
    return tuple(values[name] for name in kind.key)


def read_file(path: Path, kind: Kind, known: cells.Known) -> tuple[list[Row], list[str], bytes]:
    """Return a file's rows, a sentence for each of its faults, and its content.

    A sentence names file, line and column, and says what to do.
    """
    content, fault = _bytes(path)
    if fault is not None:
        return [], [fault], content
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [f"{path.name}: it is not in UTF-8; save it as CSV UTF-8 (comma delimited)."], content
    faults: list[str] = []
    rows: list[Row] = []
    lines = _lines(text)
    try:
        header = [name.strip() for name in next(lines, (1, []))[1]]
        faults += _header_faults(path.name, header, kind)
        if faults:
            return [], faults, content
        first: dict[tuple[str, ...], int] = {}
        for line, found in lines:
            if not any(cell.strip() for cell in found):
                continue
            if len(found) != len(header):
                faults.append(
                    f"{path.name}, line {line}: it has {len(found)} values and the header {len(header)}; put a text"
                    " that holds a comma into double quotes."
                )
                continue
            row, wrong = _row(path.name, line, dict(zip(header, found, strict=True)), kind, known)
            faults += wrong
            if row is None:
                continue
            key = key_of(row.values, kind)
            if key in first:
                faults.append(
                    f"{path.name}, line {line}: {shown(' '.join(key))} stands on line {first[key]} already; keep one of"
                    " them."
                )
                continue
            first[key] = line
            rows.append(row)
    except csv.Error as error:
        faults.append(f"{path.name}: it cannot be read as CSV ({error}); save it anew as CSV with commas.")
    return rows, faults, content


def _bytes(path: Path) -> tuple[bytes, str | None]:
    try:
        if not path.is_file():
            return b"", f"{path.name}: it is no file; put a CSV file of that name in its place."
        if path.stat().st_size > MOST_BYTES:
            return b"", f"{path.name}: it is larger than {MOST_BYTES // 1024**2} MB; keep only the rows that differ."
        return path.read_bytes(), None
    except OSError as error:
        return b"", f"{path.name}: it cannot be read ({error.strerror}); correct its owner or mode."


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line that it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    for record in reader:
        yield begins, record
        begins = reader.line_num + 1


def _header_faults(name: str, header: list[str], kind: Kind) -> list[str]:
    if not any(header):
        return [f"{name}, line 1: the header is missing; begin with {','.join(kind.header)}."]
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        return [f"{name}, line 1: its values are not separated by commas; save it as CSV (comma delimited)."]
    faults = []
    lacking = [column for column in kind.header if column not in header]
    for column in dict.fromkeys(header):
        if column in kind.allowed:
            continue
        beside = nearest(column, lacking) or nearest(column, [c for c in kind.allowed if c not in header])
        meant = f"did you mean {beside}?" if beside else offer(column, kind.allowed)
        faults.append(f"{name}, line 1, column {shown(column) or '(empty)'}: there is no such column; {meant}")
        if beside in lacking:
            lacking.remove(str(beside))
    faults += [f"{name}, line 1, column {c}: it stands twice; keep one." for c in kind.allowed if header.count(c) > 1]
    if lacking:
        faults.append(f"{name}, line 1: the header lacks {listed(lacking)}; it must hold {','.join(kind.header)}.")
    return faults


def _row(name: str, line: int, found: dict[str, str], kind: Kind, known: cells.Known) -> tuple[Row | None, list[str]]:
    """Return a row and the sentences of its faults; None where it has any."""
    faults: list[str] = []
    removes = found.pop(REMOVES, "").strip().casefold()
    if removes not in ("", "true", "false"):
        faults.append(f"{name}, line {line}, column {REMOVES}: {shown(removes)} is neither true nor false; write one.")
    is_removed = removes == "true"
    values: dict[str, str] = {}
    for column, declared in kind.columns.items():
        is_key = column in kind.key
        # of a row that is taken away, and of values laid over, only the key is needed
        needs_no_value = not is_key and (is_removed or kind.lays == "values")
        try:
            read = declared.model_copy(update={"may_be_empty": True}) if needs_no_value else declared
            values[column] = "" if is_removed and not is_key else cells.read(found[column], read, found, known)
        except cells.CellError as fault:
            faults.append(f"{name}, line {line}, column {column}: {str(fault).rstrip('.')}.".replace("?.", "?"))
    return (None, faults) if faults else (Row(line, values, is_removed), [])
