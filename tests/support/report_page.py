"""The committee report as a reader gets it: the tables, drawings and lines of its page, taken out of the HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

NO_TEXT = ("style", "title")


@dataclass
class Cell:
    """One cell: the period or heading it stands under, its figure, and the small print below it."""

    label: str
    text: str = ""
    terms: list[str] = field(default_factory=list)


@dataclass
class Row:
    """One row: its name, and its cells by what they stand under."""

    name: str = ""
    cells: list[Cell] = field(default_factory=list)

    def cell(self, label: str) -> Cell:
        """Return the one cell under a heading."""
        (found,) = [cell for cell in self.cells if cell.label == label]
        return found


@dataclass
class Page:
    """The tables by name, the drawings in words by name, and the lines of the first page."""

    tables: dict[str, list[list[Row]]] = field(default_factory=dict)
    """By name, one list of rows for each table: that of a drawing's data comes under the name of the drawing."""
    drawings: dict[str, str] = field(default_factory=dict)
    answer: list[tuple[str, str]] = field(default_factory=list)

    def rows(self, name: str) -> list[Row]:
        """Return the rows of the one table of a name."""
        (rows,) = self.tables[name]
        return rows


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.row: Row | None = None
        self.cell: Cell | None = None
        self.stack: list[tuple[str, str]] = []
        self.into = ""
        self.said: list[str] = []
        self.name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("br", "meta", "line", "rect", "circle", "polyline", "polygon", "path"):
            return
        self.stack.append((tag, given.get("class", "")))
        if tag == "table":
            self.page.tables.setdefault(given["aria-labelledby"], []).append([])
            self.name = given["aria-labelledby"]
        elif tag == "tr":
            self.row = Row()
        elif tag == "td":
            self.cell = Cell(given.get("data-label", ""))
        elif tag == "desc":
            self.into, self.said = given["id"].removesuffix("-text"), []
        elif tag in ("dt", "dd"):
            self.into, self.said = tag, []
        elif tag == "span" and "terms" in given.get("class", "") and self.cell is not None:
            self.cell.terms.append("")

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop()[0] != tag:
            pass
        text = " ".join("".join(self.said).split())
        if tag == "tr" and self.row is not None:
            if self.row.cells:
                self.page.tables[self.name][-1].append(self.row)
            self.row = None
        elif tag == "td" and self.cell is not None and self.row is not None:
            self.cell.text = " ".join(self.cell.text.split())
            self.row.cells.append(self.cell)
            self.cell = None
        elif tag == "desc":
            self.page.drawings[self.into], self.into = text, ""
        elif tag == "dt":
            self.page.answer.append((text, ""))
            self.into = ""
        elif tag == "dd":
            about, _ = self.page.answer.pop()
            self.page.answer.append((about, text))
            self.into = ""

    def handle_data(self, data: str) -> None:
        if self.into:
            self.said.append(data)
        if self.stack and self.stack[-1][0] in NO_TEXT:
            return
        classes = " ".join(kind for _, kind in self.stack)
        if self.cell is not None:
            if "terms" in classes:
                self.cell.terms[-1] += data
            elif "unseen" not in classes:
                self.cell.text += data
        elif self.row is not None and any(tag == "th" for tag, _ in self.stack) and not _is_beside(classes):
            self.row.name = (self.row.name + data).strip()


def _is_beside(classes: str) -> bool:
    return "terms" in classes or "soft" in classes.split()


def read(html: str) -> Page:
    """Return what a page of the committee report shows."""
    reader = _Reader()
    reader.feed(html)
    return reader.page
