"""The files of an empty overlay and a page that explains them, written for whoever begins one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from csc_warehouse import layouts, texts
from csc_warehouse.overlay.kinds import REMOVES, Column, Kind, load_kinds

GUIDE = "README.md"
_INTRODUCTION = """\
# What this council lays over the shipped defaults

Each CSV file here holds only what differs; an upgrade never touches this folder. A file with nothing but its header
changes nothing. Save files as UTF-8 with commas. Then: csc-warehouse overlay check

"""
_ROWS = f"""\
A row whose key is shipped replaces that row; any other is added. A column `{REMOVES}` may be put at the end: `true`
takes the shipped row of that key away, and only the key need then be filled in.
"""
_VALUES = """\
A row names a shipped one by its key; what is filled in replaces that value, and what is empty stays as shipped.
"""
_LAYOUT = f"""\
## {layouts.FILE}

Which sections, tables and figures the half-yearly report holds, their numbers, order, titles and texts in both
languages. It is laid over the shipped layout, entry by entry; the file itself shows how.

## {layouts.BOARD}

The same of the safeguarding board's quarterly.
"""
_TEXTS = f"""\
## {texts.FILE}

The council's own wording of sentences and labels of the pages, in one language or both, and who checked the Welsh. It
is laid over the shipped texts, text by text; the file itself shows how, and csc-warehouse translations lists the texts.
"""
_HOLDS = {
    "text": "text",
    "name": "a name; capital letters and blanks do not matter",
    "date": "a date, as 2018-04-01",
    "number": "a number, as 60 or 60.5",
    "whole_number": "a whole number above nought, as 31234",
    "indicator": "code of an indicator",
    "authority": "ONS code of an authority",
    "authority_or_all": "ONS code of an authority, or all",
    "place": "ONS code of an authority, of Wales (W92000004) or another nation",
}


def write_example(folder: Path, kinds: Mapping[str, Kind] | None = None) -> list[Path]:
    """Write a file with its header for each kind, and the page that explains them; return those that were written.

    What is there already is left as it is.
    """
    kinds = load_kinds() if kinds is None else kinds
    folder.mkdir(parents=True, exist_ok=True)
    contents = {GUIDE: guide(kinds)} | {name: ",".join(kind.header) + "\n" for name, kind in kinds.items()}
    contents |= {name: path.read_text(encoding="utf-8") for name, path in layouts.EXAMPLES.items()}
    contents[texts.FILE] = texts.EXAMPLE.read_text(encoding="utf-8")
    written = []
    for name, text in contents.items():
        path = folder / name
        if not path.exists():
            path.write_text(text, encoding="utf-8", newline="")
            written.append(path)
    return written


def guide(kinds: Mapping[str, Kind]) -> str:
    """Return the page that explains every kind of file, with an example row of each."""
    return _INTRODUCTION + "\n".join([*(described(name, kind) for name, kind in kinds.items()), _LAYOUT, _TEXTS])


def described(name: str, kind: Kind) -> str:
    """Return the chapter of one kind of file."""
    example = io.StringIO()
    writer = csv.writer(example, lineterminator="\n")
    writer.writerows([kind.header, [column.example for column in kind.columns.values()]])
    rows = "".join(
        f"| `{column}` | {_said(declared)} | {_needed(column, declared, kind)} |\n"
        for column, declared in kind.columns.items()
    )
    return (
        f"## {name}\n\n{kind.meaning} It is laid over the seed `{kind.seed}`.\n\n"
        f"{_ROWS if kind.lays == 'rows' else _VALUES}\n| column | holds | |\n|---|---|---|\n{rows}\n"
        f"```\n{example.getvalue()}```\n"
    )


def _said(column: Column) -> str:
    if column.holds == "choice":
        return "one of " + ", ".join(f"`{choice}`" for choice in column.of)
    if column.holds == "period":
        return f"label of a period of the kind in `{column.kind}`"
    return _HOLDS[column.holds]


def _needed(name: str, column: Column, kind: Kind) -> str:
    if name in kind.key:
        return "key"
    return "may be empty" if column.may_be_empty or kind.lays == "values" else "needed"
