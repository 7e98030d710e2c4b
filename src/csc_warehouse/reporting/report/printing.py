"""How one figure of the book is printed, wherever it stands: its words, its marks, its period, its change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from csc_warehouse.layouts import Item, Layout
from csc_warehouse.reporting.report import words
from csc_warehouse.reporting.report.blocks import NOTHING, Cell, Head
from csc_warehouse.reporting.report.book import ALL, PUBLISHED_BEFORE, Book, Entry, Figure, Period, Revised
from csc_warehouse.reporting.report.drawings import Point
from csc_warehouse.rounding import half_up
from csc_warehouse.texts import Language, Part, Texts

TREND = 8
"""Quarters in the run of every measure."""
YEARS = 3
PARTED = " | "
REVISED = " (r)"
MARKED = {"provisional": " (p)", PUBLISHED_BEFORE: words.EARLIER}
"""What stands beside a figure of a status."""


@dataclass(frozen=True)
class Printer:
    """The book, the layout and the language of one report."""

    book: Book
    layout: Layout
    language: Language = "en"
    texts_laid_over: str | None = None
    """The council's own wording, as its file says it."""

    @property
    def texts(self) -> Texts:
        """Return what the report says, in its language."""
        return Texts(self.language, "report", self.texts_laid_over)

    def label(self, period: Period) -> str:
        """Return the label of a period in the language of the report."""
        return self.texts.period(period.label)

    def title(self, code: str) -> str:
        """Return the title of an indicator."""
        return self.book.register[code].titles[self.language]

    @property
    def revisions(self) -> tuple[Revised, ...]:
        """Return what was revised, under titles in the language of the report; a group behind its measure."""
        return tuple(replace(each, title=self._title_of(each)) for each in self.book.revised)

    def _title_of(self, revised: Revised) -> str:
        known = self.book.register.get(revised.code)
        if known is None or (self.language == "en" and revised.breakdown == ALL):
            return revised.title
        title = known.titles[self.language]
        if revised.breakdown == ALL:
            return title
        return self.texts("table.titled", title=title, says=self.called(revised.breakdown, revised.group))

    def display(self, code: str, figure: Figure) -> str:
        """Return a figure as it is printed, with the word for its sign where it has one."""
        measure, value = self.layout.measure(code), figure.value
        if value is None or value == 0:
            return figure.display
        called = measure.above if value > 0 else measure.below
        return f"{figure.display.lstrip('-')} {called[self.language]}" if called else figure.display

    def headline(self, code: str) -> tuple[Figure | None, Figure | None]:
        """Return the figure whose change is told, and the one before it: half years, or the quarters at their ends."""
        period = self.compared(code)
        if period is None:
            return None, None
        return self.book.figure(code, period), self.book.figure(code, self.book.before(period))

    def change(self, code: str) -> words.Change:
        """Return how an indicator moved, as the tables and the first page both say it."""
        now, before = self.headline(code)
        return words.change(self.book.register[code], now, before, self.texts)

    def period_of(self, code: str) -> Period | None:
        """Return the period of an indicator that the report is about; None where none has ended."""
        if not self.is_yearly(code):
            return self.book.period
        return next(iter(self.years()[-1:]), None)

    def compared(self, code: str) -> Period | None:
        """Return the period whose change is told of an indicator."""
        measure = self.layout.measure(code)
        own = self.period_of(code)
        by_quarter = measure.quarters_only or measure.compared_with == "quarter"
        if not by_quarter or own != self.book.period or not self.book.within:
            return own
        return self.book.within[-1]

    def is_yearly(self, code: str) -> bool:
        """Tell whether an indicator has figures of whole years alone, and the report is of less."""
        return self.book.period.kind != "year" and self.book.period.kind not in self.book.register[code].period_types

    def years(self) -> tuple[Period, ...]:
        """Return the last whole years that had ended."""
        ended = [year for year in self.book.of_kind("year") if year.end <= min(self.book.period.end, self.book.as_at)]
        return tuple(ended[-YEARS:])

    def columns(self) -> tuple[Period, ...]:
        """Return the periods of a table by groups: quarters, the period, and the same one of the year before."""
        before = self.book.year_before
        return (*self.book.within, self.book.period, *((before,) if before else ()))

    def cell(self, entry: Entry, figure: Figure | None, *, terms: bool = False) -> Cell:
        """Return a figure as a table prints it, with its marks; terms: with what it is made of."""
        if figure is None:
            return NOTHING
        marks = MARKED.get(figure.status, "")
        if self.is_revised(entry.code, figure):
            marks += REVISED
        made_of = self.terms(entry, figure) if terms else ""
        return Cell(self.display(entry.code, figure), made_of, marks, _printed(entry, figure))

    def group_cell(self, code: str, period: Period, by: str, group: str, *, is_part: bool = False) -> Cell:
        """Return the figure of a group: nought where the whole has a figure and the group no row.

        is_part: of a part of a sum, such as a planned saving, the word for the sign of the whole says nothing.
        """
        figure = self.book.figure(code, period, by, group)
        if figure is None:
            # a group has a row where it is not all zero
            is_count = self.book.register[code].value_type == "count"
            return Cell("0", value=Decimal(0)) if is_count and self.book.figure(code, period) is not None else NOTHING
        display = figure.display if is_part else self.display(code, figure)
        marks = MARKED.get(figure.status, "")
        if self.is_revised(code, figure, by, group):
            marks += REVISED
        return Cell(display, marks=marks, value=_printed(self.book.register[code], figure))

    def is_revised(self, code: str, figure: Figure, by: str = ALL, group: str = ALL) -> bool:
        """Tell whether a figure was signed as another one."""
        wanted = (code, figure.period, by, group)
        return any((r.code, r.period, r.breakdown, r.group) == wanted for r in self.book.revised)

    def terms(self, entry: Entry, figure: Figure) -> str:
        """Return numerator and denominator in words, where both may be shown and say more than the figure."""
        over, under = figure.numerator, figure.denominator
        if over is None or under is None:
            return ""
        if entry.value_type == "percent":
            return self.texts("terms.of", over=over, under=under)
        return self.texts("terms.over", over=half_up(over, 0), under=under)

    def target(self, entry: Entry, figure: Figure | None) -> str:
        """Return the target that a figure is held against, in words: at most 60.0; empty without one."""
        if figure is None or figure.target is None:
            return ""
        way = self.book.target_words(entry.code, figure)
        return self.texts(f"target.{way}", value=words.number(figure.target, entry, self.texts))

    def unit(self, entry: Entry) -> str:
        """Return what an indicator counts; empty where its figures say it themselves."""
        return "" if entry.value_type in ("percent", "money") else words.unit_name(entry.unit, self.texts)

    def called(self, breakdown: str, group: str) -> str:
        """Return what a group is called; of two, each by its own name."""
        name = self._named(breakdown, group)
        if name != group or PARTED not in group:
            return name
        parts, values = breakdown.split("_"), group.split(PARTED)
        # role of team_role: each half has names of its own
        if len(parts) != len(values):
            return group
        return ": ".join(self._named(part, value) for part, value in zip(parts, values, strict=True))

    def _named(self, breakdown: str, group: str) -> str:
        """Return the name of a group: of the layout, else of the release; a group without one stands as recorded."""
        if self.layout.names(breakdown, group):
            return self.layout.called(breakdown, group, self.language)
        label = self.book.labels.get((breakdown, group))
        if label is not None:
            return label.titles[self.language]
        # 43-60 is of no language
        return self.texts.part(group, "en") if any(sign.isalpha() for sign in group) else group

    def points(self, code: str, periods: tuple[Period, ...], by: str = ALL, group: str = ALL) -> list[Point]:
        """Return figures as the places of a drawing, empty where nothing is shown."""
        points = []
        for period in periods:
            figure = self.book.figure(code, period, by, group)
            if figure is None:
                points.append(Point(self.label(period), "", None))
            else:
                value = None if figure.value is None else float(figure.value)
                points.append(Point(self.label(period), words.shown(figure), value))
        return points

    def head(self, name: str, item: Item) -> Head:
        """Return what stands over a table or figure."""
        number = item.number[self.language] if item.number else ""
        return Head(name, number, item.title[self.language], tuple(note[self.language] for note in item.notes))

    def figures(self, code: str, periods: tuple[Period, ...]) -> tuple[Cell, ...]:
        """Return the figures of an indicator by period, each with what it is made of."""
        entry = self.book.register[code]
        return tuple(self.cell(entry, self.book.figure(code, period), terms=True) for period in periods)

    def groups(self, code: str, by: str) -> tuple[str, ...]:
        """Return the groups of a breakdown: in the order of the layout, then of the release, then by their codes."""
        named = list(self.layout.groups.get(by, {}))

        def place(group: str) -> tuple[int, int, str]:
            if group in named:
                return 0, named.index(group), ""
            label = self.book.labels.get((by, group))
            return (2, 0, group) if label is None else (1, label.order, group)

        return tuple(sorted(self.book.groups(code, by), key=place))

    def group_figures(self, code: str, by: str, group: str, periods: tuple[Period, ...]) -> tuple[Cell, ...]:
        """Return the figures of a group by period."""
        return tuple(self.group_cell(code, period, by, group) for period in periods)


def _printed(entry: Entry, figure: Figure) -> Decimal | None:
    return None if figure.value is None else words.printed(figure.value, entry.value_type)


def in_welsh(text: str) -> str:
    """Return a text as data of its own in Welsh; empty where nobody has translated it."""
    return "" if isinstance(text, Part) else text
