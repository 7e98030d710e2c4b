"""The shipped layout with what a council lays over it, validated: file, line and key of every fault."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from csc_warehouse import lined_yaml
from csc_warehouse.errors import UsageError, few_sentences, listed, nearest, shown
from csc_warehouse.layouts.model import EVERY_OTHER, Item, Layout

FILE = "report_layout.yml"
"""Its name in the overlay of a council."""
REPORT, BOARD = FILE, "board_layout.yml"
"""The half-yearly report to committee, and the safeguarding board's quarterly."""
FILES = (REPORT, BOARD)
SHIPPED = Path(__file__).with_name("report.yml")
_SHIPPED = {REPORT: SHIPPED, BOARD: Path(__file__).with_name("board.yml")}
EXAMPLES = {REPORT: Path(__file__).with_name("example.yml"), BOARD: Path(__file__).with_name("board_example.yml")}
"""By file: one that lays nothing over, and shows how one would."""
LAID = "laid over"
"""What an entry of a council's file does to the shipped layout."""
_BY_NAME = ("sections", "items", "groups", "measures")
"""Parts whose entries are laid over the shipped ones one by one; any other part replaces the shipped one."""


def load(
    laid_over: str | None = None, *, known: Mapping[str, Collection[str]] | None = None, file: str = REPORT
) -> Layout:
    """Return the layout of a report: the shipped one, with the text of a council's file laid over it.

    file: by its name in an overlay, which report it is. known: breakdowns by indicator, of which the layout may name no
    other; None: whatever it names is taken, and what a release does not have is left out. Raises UsageError with a
    sentence for each fault: file, line, key, what to do.
    """
    layout, faults = _read(laid_over, known, file)
    if layout is None or faults:
        raise UsageError("The layout of the report cannot be used: " + " ".join(few_sentences(faults, "faults")))
    return layout


def faults_of(laid_over: str, known: Mapping[str, Collection[str]] | None = None, *, file: str = REPORT) -> list[str]:
    """Return a sentence for each fault of a council's file: its line and key, and what to do."""
    return _read(laid_over, known, file)[1]


def entries(laid_over: str) -> list[str]:
    """Return what a council's file lays over or adds: sections.reviews, order; nothing of one that cannot be read."""
    own, _, faults = _parse(laid_over)
    if faults:
        return []
    named = [
        [f"{part}.{name}" for name in said] if part in _BY_NAME and isinstance(said, dict) else [part]
        for part, said in own.items()
    ]
    return [name for names in named for name in names]


@functools.cache
def _shipped_text(file: str) -> str:
    return _SHIPPED[file].read_text(encoding="utf-8")


def _shipped(file: str) -> dict[str, Any]:
    """Return the shipped layout of a report; what groups are called is said once, in that of the committee."""
    shipped: dict[str, Any] = yaml.load(_shipped_text(file), Loader=yaml.BaseLoader)  # noqa: S506  (text alone)
    if file == REPORT:
        return shipped
    return shipped | {"groups": _shipped(REPORT).get("groups", {}) | shipped.get("groups", {})}


def _read(
    laid_over: str | None, known: Mapping[str, Collection[str]] | None, file: str
) -> tuple[Layout | None, list[str]]:
    name = file if laid_over is not None else _SHIPPED[file].name
    shipped = _shipped(file)
    lines: lined_yaml.Lines = {}
    merged = shipped
    if laid_over is not None:
        own, lines, faults = _parse(laid_over)
        if faults:
            return None, [f"{name}, {fault}" for fault in faults]
        merged = _laid(shipped, own)
    try:
        layout = Layout.model_validate(merged)
    except ValidationError as error:
        return None, [lined_yaml.sentence(name, lines, *_said(fault)) for fault in error.errors()]
    return layout, [lined_yaml.sentence(name, lines, place, says) for place, says in _hanging(layout, known)]


def _parse(text: str) -> tuple[dict[str, Any], lined_yaml.Lines, list[str]]:
    return lined_yaml.parse(text, what="layout", begins="sections:, items: or order:")


def _laid(shipped: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Lay a council's parts over the shipped ones: entry by entry where they have names, key by key within an entry."""
    merged = dict(shipped)
    for part, said in own.items():
        if part not in _BY_NAME or not isinstance(said, dict):
            merged[part] = said
            continue
        entries = dict(shipped.get(part, {}))
        for name, entry in said.items():
            before = entries.get(name)
            is_another = isinstance(entry, dict) and isinstance(before, dict) and "shows" in entry
            if isinstance(entry, dict) and isinstance(before, dict) and not is_another:
                entries[name] = before | entry
            else:
                entries[name] = entry
        merged[part] = entries
    return merged


def _said(fault: Any) -> tuple[lined_yaml.Place, str]:
    """Return where a fault lies, and what is wrong, as a person reads it."""
    place = tuple(str(part) for part in fault["loc"] if part != "[key]")
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return place, "it is missing; write it"
    if kind == "extra_forbidden":
        return place, "no key of that name belongs here; take it out, or correct its name"
    if kind == "literal_error":
        return place, f"{shown(str(fault['input']))} is none of {context['expected']}"
    if kind in ("model_type", "model_attributes_type", "dict_type", "tuple_type"):
        return place, "it holds something else than it should; see the shipped layout for its form"
    if kind == "string_pattern_mismatch":
        return place, f"{shown(str(fault['input']))} is no name; use small letters, digits and underscores"
    return place, str(context["error"]) if kind == "value_error" else str(fault["msg"]).casefold()


def _hanging(layout: Layout, known: Mapping[str, Collection[str]] | None) -> Iterator[tuple[lined_yaml.Place, str]]:
    """Yield what the layout names and does not have, or has twice."""
    yield from _names(("order",), layout.order, layout.sections, "section")
    held: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for key in layout.order:
        section = layout.sections.get(key)
        if section is None:
            continue
        yield from _names(("sections", key, "holds"), section.holds, layout.items, "table or figure")
        for number, name in enumerate(section.holds):
            place = ("sections", key, "holds", str(number))
            if name in held:
                yield place, f"{name} stands in the section {held[name]} already; take one of them out"
            held[name] = key
            item = layout.items.get(name)
            if item is not None and item.number is not None:
                if item.number.en in numbers:
                    yield (
                        ("items", name, "number"),
                        f"{item.number.en} is the number of {numbers[item.number.en]} already; give it another",
                    )
                numbers[item.number.en] = name
    if known is not None:
        for name, item in layout.items.items():
            yield from _unknown(name, item, known)
        for code in layout.measures:
            if code not in known:
                yield ("measures", code), _no_indicator(code, known)
        for number, code in enumerate(layout.left_out):
            if code not in known and code != EVERY_OTHER:
                yield ("left_out", str(number)), _no_indicator(code, known)


def _names(
    place: lined_yaml.Place, names: Collection[str], known: Collection[str], what: str
) -> Iterator[tuple[lined_yaml.Place, str]]:
    first: set[str] = set()
    for number, name in enumerate(names):
        if name not in known:
            meant = nearest(name, known)
            says = f"did you mean {meant}?" if meant else "define it, or take the name out"
            yield (*place, str(number)), f"there is no {what} {shown(name)}; {says}"
        elif name in first:
            yield (*place, str(number)), f"{name} stands there twice; take one of them out"
        first.add(name)


def _unknown(name: str, item: Item, known: Mapping[str, Collection[str]]) -> Iterator[tuple[lined_yaml.Place, str]]:
    for number, code in enumerate(item.indicators):
        if code not in known:
            yield ("items", name, "indicators", str(number)), _no_indicator(code, known)
    code = item.indicators[0]
    if code not in known:
        return
    named: list[tuple[lined_yaml.Place, str]] = [
        (("breakdowns", str(n)), each) for n, each in enumerate(item.breakdowns)
    ]
    named += [((key,), value) for key in ("rows", "columns", "cells") if (value := getattr(item, key))]
    for place, breakdown in named:
        if breakdown not in known[code]:
            there = f"there is {listed(known[code])}" if known[code] else "it is not divided into groups"
            yield ("items", name, *place), f"{code} is not divided by {breakdown}; {there}"


def _no_indicator(code: str, known: Collection[str]) -> str:
    meant = nearest(code, sorted(known))
    return f"{shown(code)} is no indicator of the register;" + (
        f" did you mean {meant}?" if meant else " csc-warehouse scorecard lists the codes"
    )
