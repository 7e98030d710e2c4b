"""Fill the layout from the book: each section with its tables and figures as they will be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from csc_warehouse.layouts import Item, Words
from csc_warehouse.reporting.report import charting, grouping, measuring
from csc_warehouse.reporting.report.blocks import AnyBlock, Chapter
from csc_warehouse.reporting.report.printing import Printer
from csc_warehouse.texts import LANGUAGES

_MAKE: dict[str, Callable[[Printer, str, Item], AnyBlock | None]] = {
    "groups": grouping.groups,
    "cross": grouping.cross,
    "bars": charting.bars,
    "lines": charting.lines,
    "multiples": charting.multiples,
}


def chapters(printer: Printer) -> tuple[Chapter, ...]:
    """Return the sections in order, each with those of its tables and figures that the release has figures of.

    Indicators that no table or figure shows come last, so that none is lost, but for those of another report.
    """
    layout, language = printer.layout, printer.language
    made = []
    for key in layout.order:
        section = layout.sections[key]
        blocks = tuple(block for name in section.holds for block in _built(printer, name, layout.items[name]))
        text = tuple(words[language] for words in section.text)
        made.append(Chapter(key, section.title[language], text, blocks, printer.book.notes.get(key)))
    shown = {code for name in layout.shown for code in layout.items[name].indicators}
    rest = tuple(code for code in printer.book.register if code not in shown and layout.holds(code))
    item = Item(shows="measures", title=_others(printer), indicators=rest) if rest else None
    if item is not None:
        made.append(
            Chapter("others", item.title[language], (), tuple(measuring.measures(printer, "other_measures", item)))
        )
    return tuple(chapter for chapter in made if chapter.blocks or chapter.note)


def _others(printer: Printer) -> Words:
    said = {language: replace(printer, language=language).texts("chapter.others") for language in LANGUAGES}
    return Words(en=said["en"], cy=said["cy"])


def _built(printer: Printer, name: str, item: Item) -> list[AnyBlock]:
    """Return what an item shows; nothing where the release has no figure of it."""
    if not any(code in printer.book.register for code in item.indicators):
        return []
    if item.shows == "measures":
        return list(measuring.measures(printer, name, item))
    made = _MAKE[item.shows](printer, name, item)
    return [] if made is None else [made]
