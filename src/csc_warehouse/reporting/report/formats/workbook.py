"""Tables as a workbook by the rules of the Government Analysis Function: one on each sheet, nothing merged or blank.

The figures are numbers that are shown as they are printed; what is hidden or missing is shorthand in brackets, which a
sheet of its own explains. Nothing that somebody wrote is ever calculated, or becomes a link.
"""

from __future__ import annotations

import datetime
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from csc_warehouse.reporting.report.formats import packing
from csc_warehouse.reporting.spreadsheets import FORMULA_SIGNS, visible
from csc_warehouse.texts import Texts

FIRST_WIDTH, NUMBER_WIDTH, WORDS_WIDTH = 42.0, 16.0, 34.0
COVER_WIDTH = 100.0
HEADING_ROW = 2
"""Where the library puts the headings of a table: below its title and what is said of the sheet."""
LINE_HEIGHT, LETTER_WIDTH = 16.0, 1.1
A4 = 9
LONGEST_NAME = 31
NOTHING = "\N{EN DASH}"
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
_NAME = re.compile(r"\W+")


@dataclass(frozen=True)
class Number:
    """A figure that a reader may calculate with: its value as printed, and how it is printed."""

    value: Decimal
    display: str

    @property
    def shown_as(self) -> str:
        """Return the format in which a spreadsheet shows the value as it is printed, words and marks included."""
        before, digits, after = _parts(self.display)
        places = len(digits.partition(".")[2])
        number = f"{'#,##0' if ',' in digits else '0'}{'.' + '0' * places if places else ''}"
        if after.startswith("%"):
            number, after = f"{number}%", after[1:]
        shown = f"{_quoted(before.lstrip('-'))}{number}{_quoted(after)}"
        # a word for the sign, such as underspend, stands in place of the minus
        return f"{shown};{shown}" if self.value < 0 and not before.startswith("-") else shown

    @property
    def stored(self) -> float:
        """Return the value as a spreadsheet holds it: a share of one for percentages."""
        is_share = _parts(self.display)[2].startswith("%")
        return float(self.value / 100 if is_share else self.value)


Entry = str | int | Number
"""What a cell holds: words, a whole number, or a figure as printed. An empty text means that there is none."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and whether sentences stand in it rather than figures."""

    heading: str
    is_words: bool = False
    width: float | None = None


@dataclass(frozen=True)
class Sheet:
    """One table on a sheet of its own: its name, title, headings and rows, and what is to be noted."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Entry]]
    notes: Sequence[str] = ()
    """Of the table as a whole."""
    row_notes: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """By number of the row, from nought."""


@dataclass(frozen=True)
class Workbook:
    """What a file holds: what stands on its cover, its tables, and the meaning of its shorthand."""

    title: str
    texts: Texts
    made: datetime.datetime
    author: str
    cover: Sequence[tuple[str, Sequence[str]]]
    """Headings, each with its lines."""
    sheets: Sequence[Sheet]
    marks: Mapping[str, str] = field(default_factory=dict)


def number_of(display: str, value: Decimal | None = None) -> Number | None:
    """Return a printed figure as a number; None where it holds none, or another one than the value.

    value: what was rounded to be printed; it tells the sign where the display has a word for it.
    """
    if len(_DIGITS.findall(display)) != 1:
        return None
    before, digits, _ = _parts(display)
    size = Decimal(digits.replace(",", ""))
    is_below = before.startswith("-") if value is None else value < 0
    if value is not None and abs(value) != size:
        return None
    return Number(-size if is_below else size, display)


def written(book: Workbook) -> bytes:
    """Return the file: cover, contents, notes and shorthand first, then a sheet for each table.

    The same tables give the same bytes on any day and machine.
    """
    import warnings

    import gptables

    notes = _Notes(book)
    sheets = _named([*notes.sheets(), *notes.noted])
    tables = {name: _table(sheet, name, notes.instructions(sheet), book.texts) for name, sheet in sheets.items()}
    buffer = io.BytesIO()
    cover = _free(book.texts("workbook.cover"), sheets)
    with warnings.catch_warnings():
        # the notes are a sheet like any other, since theirs speaks English alone
        warnings.filterwarnings("ignore", message="No note text provided")
        # what the library asks of pandas that a later pandas will not do: the lock holds both
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        made = gptables.produce_workbook(
            buffer,
            tables,
            cover=gptables.Cover(title=_plain(book.title), cover_label=cover, width=COVER_WIDTH),
            contentsheet_label=_free(book.texts("workbook.contents"), sheets),
            contentsheet_options={
                "column_names": [book.texts("workbook.sheet"), book.texts("workbook.holds")],
                "table_name": "contents",
                "title": book.texts("workbook.contents"),
                "instructions": book.texts("workbook.one_table"),
            },
            auto_width=False,
            gridlines="show_all",
            workbook_options={
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
    _cover(made, book)
    by_name = {sheet.get_name(): sheet for sheet in made.worksheets()}
    made.worksheets()[1].set_column(0, 0, FIRST_WIDTH)
    made.worksheets()[1].set_column(1, 1, COVER_WIDTH)
    for name, sheet in sheets.items():
        _size(by_name[name], sheet, tables[name])
    for sheet in made.worksheets():
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
    made.set_properties(
        {"title": book.title, "author": book.author, "created": book.made.astimezone(datetime.UTC).replace(tzinfo=None)}
    )
    made.close()
    said = f"<dc:language>{escape(book.texts.tag)}</dc:language></cp:coreProperties>".encode()
    core = {"docProps/core.xml": lambda part: part.replace(b"</cp:coreProperties>", said)}
    return packing.repacked(buffer.getvalue(), core)


class _Notes:
    """The notes of all tables, numbered as they are met, and the tables with the numbers beside what they are about."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.numbers: dict[str, int] = {}
        self.referring: set[str] = set()
        self.noted = [self._noted(sheet) for sheet in book.sheets]

    def sheets(self) -> list[Sheet]:
        """Return the sheet of the notes, and the one of the shorthand."""
        texts = self.book.texts
        made = []
        if self.numbers:
            columns = (
                Column(texts("workbook.note_number"), width=14),
                Column(texts("workbook.note_text"), True, 110),
            )
            rows = [(self._name(number), text) for text, number in self.numbers.items()]
            made.append(Sheet(texts("workbook.notes"), texts("workbook.notes"), columns, rows))
        marks = {**self.book.marks, texts("workbook.none"): texts("workbook.none_means")}
        columns = _explained("shorthand", "meaning", texts)
        made.append(Sheet(texts("workbook.shorthand"), texts("workbook.shorthand"), columns, list(marks.items())))
        return made

    def instructions(self, sheet: Sheet) -> str:
        """Return what stands below the title of a sheet."""
        texts = self.book.texts
        said = [texts("workbook.one_table")]
        if sheet.title in self.referring:
            said.append(texts("workbook.with_notes", sheet=texts("workbook.notes")))
        if sheet in self.noted and any(_is_marked(entry) for row in sheet.rows for entry in row):
            said.append(texts("workbook.with_marks", sheet=texts("workbook.shorthand")))
        return " ".join(said)

    def _noted(self, sheet: Sheet) -> Sheet:
        title = self._with(sheet.title, sheet.notes)
        rows = [
            (self._with(str(row[0]), sheet.row_notes.get(number, ())), *row[1:])
            for number, row in enumerate(sheet.rows)
        ]
        if sheet.notes or any(sheet.row_notes.values()):
            self.referring.add(title)
        return Sheet(sheet.name, title, sheet.columns, rows)

    def _with(self, says: str, notes: Sequence[str]) -> str:
        numbers = [self.numbers.setdefault(note, len(self.numbers) + 1) for note in notes]
        return " ".join([says, *(f"[{self._name(number)}]" for number in numbers)])

    def _name(self, number: int) -> str:
        return self.book.texts("workbook.note", number=number)


def _explained(what: str, says: str, texts: Texts) -> tuple[Column, Column]:
    return Column(texts(f"workbook.{what}"), width=14), Column(texts(f"workbook.{says}"), is_words=True, width=110)


def _table(sheet: Sheet, name: str, instructions: str, texts: Texts) -> Any:
    import gptables
    import pandas as pd

    none = texts("workbook.none")
    formats: list[dict[str, Any]] = []
    rows = []
    for row_number, row in enumerate(sheet.rows, start=1):
        cells: list[object] = []
        for position, entry in enumerate(row):
            how: dict[str, Any] = {}
            if isinstance(entry, Number):
                cells.append(entry.stored)
                how = {"num_format": entry.shown_as, "align": "right"}
            elif isinstance(entry, int):
                cells.append(entry)
            else:
                text = _worded(_plain(entry).strip(), none)
                cells.append(text)
                if text[:1] in FORMULA_SIGNS:
                    how = {"quote_prefix": True}
                if position and not sheet.columns[position].is_words:
                    how["align"] = "right"
            if how:
                formats.append({"cell": {"cells": [(row_number, position)], "format": {**how, "valign": "top"}}})
        rows.append(cells)
    numbers = [number for number, column in enumerate(sheet.columns) if number and not column.is_words]
    formats.insert(0, {"column": {"columns": list(range(len(sheet.columns))), "format": {"valign": "top"}}})
    if numbers:
        formats.insert(1, {"column": {"columns": numbers, "format": {"align": "right"}, "include_names": True}})
    headings = _apart([_plain(column.heading).strip() or none for column in sheet.columns])
    return gptables.GPTable(
        pd.DataFrame(rows, columns=headings, dtype=object),
        table_name=f"t_{name}"[:200],
        title=_plain(sheet.title),
        instructions=instructions,
        index_columns={1: 0},
        additional_formatting=formats,
    )


def _cover(made: Any, book: Workbook) -> None:
    """Write what stands on the cover below its title; the library's own headings there are English alone."""
    sheet = made.worksheets()[0]
    heading = made.add_format({"bold": True, "font_name": "Arial", "font_size": 14, "text_wrap": True})
    line = made.add_format({"font_name": "Arial", "font_size": 12, "text_wrap": True, "valign": "top"})
    row = 1
    for about, lines in book.cover:
        for text, style in ((about, heading), *((each, line) for each in lines)):
            sheet.write_string(row, 0, _plain(text), style)
            sheet.set_row(row, LINE_HEIGHT * _lines(text, COVER_WIDTH) + (4 if style is heading else 0))
            row += 1


def _size(made: Any, sheet: Sheet, table: Any) -> None:
    """Make columns as wide as they are to be, and rows as high as their texts then need: not every program does."""
    widths = [
        max(_width(column, position), *(_least_width(row[position]) for row in sheet.rows))
        for position, column in enumerate(sheet.columns)
    ]
    for position, width in enumerate(widths):
        made.set_column(position, position, width)
    rows = [list(table.table.columns), *table.table.values.tolist()]
    for number, row in enumerate(rows, start=HEADING_ROW):
        made.set_row(number, LINE_HEIGHT * max(map(_lines, row, widths)))


def _least_width(entry: Entry) -> float:
    """Return how wide a column must be for a figure: one that does not fit is shown as a row of signs."""
    return len(entry.display) * LETTER_WIDTH + 2 if isinstance(entry, Number) else 0.0


def _lines(text: object, width: float) -> int:
    """Return how many lines a text takes in a column, rather one too many than one too few."""
    return math.ceil(len(str(text)) * LETTER_WIDTH / width) if isinstance(text, str) else 1


def _named(sheets: Sequence[Sheet]) -> dict[str, Sheet]:
    """Return sheets by names that a workbook takes: short, without signs and blanks, and each another one."""
    found: dict[str, Sheet] = {}
    for sheet in sheets:
        found[_free(sheet.name, found)] = sheet
    return found


def _free(wanted: str, taken: Mapping[str, object]) -> str:
    base = _NAME.sub("_", visible(wanted)).strip("_")[:LONGEST_NAME] or "t"
    lower, name, number = {each.lower() for each in taken}, base, 2
    while name.lower() in lower:
        name, number = f"{base[: LONGEST_NAME - 4]}_{number}", number + 1
    return name


def _apart(headings: Sequence[str]) -> list[str]:
    """Return headings of which no two are alike, since a table tells its columns by them."""
    found: list[str] = []
    for heading in headings:
        same = sum(each.lower() == heading.lower() for each in headings[: len(found)])
        found.append(f"{heading} ({same + 1})" if same else heading)
    return found


def _width(column: Column, position: int) -> float:
    if column.width is not None:
        return column.width
    return FIRST_WIDTH if not position else WORDS_WIDTH if column.is_words else NUMBER_WIDTH


def _worded(text: str, none: str) -> str:
    """Return a text as the library takes it, which refuses a cell without a letter from a to z or a figure."""
    if re.search(r"[a-zA-Z0-9]", text):
        return text
    return none if text in ("", NOTHING) else f"{text} (text)"


def _is_marked(entry: Entry) -> bool:
    """Tell whether a cell holds shorthand: none, a mark in brackets, or one behind a figure."""
    text = entry.display if isinstance(entry, Number) else str(entry).strip()
    return text in ("", NOTHING) or re.search(r"\[\w\]|\([a-z]\)", text) is not None


def _plain(text: str) -> str:
    """Return a text in which the library finds no note and no link of its own making."""
    return visible(text).replace("$$", "$ $").replace("](", "] (")


def _parts(display: str) -> tuple[str, str, str]:
    found = _DIGITS.search(display)
    if found is None:
        raise ValueError("A display without a number.")
    return display[: found.start()], found[0], display[found.end() :]


def _quoted(text: str) -> str:
    """Return words of a number format."""
    return "".join(f'"{part}"' if part != '"' else '\\"' for part in re.split(r'(")', text) if part)
