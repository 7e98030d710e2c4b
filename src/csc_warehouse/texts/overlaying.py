"""A council's own wording, laid over the shipped texts: which texts, in which language, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from csc_warehouse import lined_yaml
from csc_warehouse.errors import UsageError, few_sentences, nearest, shown
from csc_warehouse.texts import catalogue
from csc_warehouse.texts.catalogue import COMMON, FORMS, PAGES, SENTENCES, Entry

FILE = "texts.yml"
"""Its name in the overlay of a council."""
EXAMPLE = catalogue.FOLDER / f"{catalogue.EXAMPLE}.yml"
"""A file that lays nothing over, and shows how one would."""
CHECKED = "welsh_is_checked_by"
"""Who checked the Welsh: with it no page says any more that it is a draft."""
LAID = "laid over"
LONGEST_NAME = 200
_PARTS = (*PAGES, COMMON, SENTENCES)

Said = dict[tuple[str, ...], Any]


def laid(shipped: Mapping[str, Entry], text: str, *, page: str) -> Mapping[str, Entry]:
    """Return the texts of a page with a council's laid over them. Raises UsageError with a sentence for each fault."""
    said, faults = _read(text)
    if faults:
        raise UsageError("The texts of the council cannot be used: " + " ".join(few_sentences(faults, "faults")))
    merged = dict(shipped)
    for (part, key), value in said.items():
        if part in (page, COMMON, SENTENCES):
            merged[_full(part, key)] = _merged(merged.get(_full(part, key)), _full(part, key), value)
    return merged


def faults_of(text: str) -> list[str]:
    """Return a sentence for each fault of a council's file: its line and key, and what to do."""
    return _read(text)[1]


def entries(text: str) -> list[str]:
    """Return what a council's file lays over: report.answer.hidden.some; nothing of one that cannot be read."""
    said, faults = _read(text)
    named = [f"{part}.{key}" for part, key in said]
    return [] if faults else [*named, *([CHECKED] if checked_by(text) else [])]


def checked_by(text: str | None) -> str:
    """Return who checked the Welsh, as the council's file says it; empty where it does not."""
    if text is None:
        return ""
    own, _, faults = _parse(text)
    return "" if faults else " ".join(str(own.get(CHECKED, "")).split())


def _parse(text: str) -> tuple[dict[str, Any], lined_yaml.Lines, list[str]]:
    begins = ", ".join(f"{part}:" for part in _PARTS[:-1]) + f" or {_PARTS[-1]}:"
    own, lines, faults = lined_yaml.parse(text, what="file of texts", begins=begins)
    return own, lines, [f"{FILE}, {fault}" for fault in faults]


def _read(text: str) -> tuple[dict[tuple[str, str], Any], list[str]]:
    own, lines, faults = _parse(text)
    if faults:
        return {}, faults
    said: dict[tuple[str, str], Any] = {}
    for part, texts in own.items():
        if part == CHECKED:
            if not isinstance(texts, str) or not texts.strip() or len(texts) > LONGEST_NAME:
                faults.append(lined_yaml.sentence(FILE, lines, (part,), "it names nobody; write who checked the Welsh"))
            continue
        if part not in _PARTS:
            meant = nearest(part, (*_PARTS, CHECKED))
            says = f"did you mean {meant}?" if meant else f"use one of {', '.join((*_PARTS, CHECKED))}"
            faults.append(lined_yaml.sentence(FILE, lines, (part,), f"no key of that name belongs here; {says}"))
            continue
        if not isinstance(texts, dict):
            faults.append(lined_yaml.sentence(FILE, lines, (part,), "it holds no texts; take it out, or write one"))
            continue
        shipped, _ = catalogue.entries(catalogue.FOLDER / f"{part}.yml")
        for key, value in catalogue.leaves(texts, ()):
            place = (part, *key.split("."))
            wrong = list(_faults(part, key, value, shipped))
            faults += [lined_yaml.sentence(FILE, lines, place, fault) for fault in wrong]
            if not wrong:
                said[part, key] = value
    return said, faults


def _faults(part: str, key: str, value: Any, shipped: Mapping[str, Entry]) -> Iterator[str]:
    known = shipped.get(_full(part, key))
    if known is None and part != SENTENCES:
        meant = nearest(key, shipped)
        yield f"there is no text {shown(key)}; " + (f"did you mean {meant}?" if meant else "take it out")
        return
    if not isinstance(value, dict) or not value:
        yield "it holds something else than a text in en or cy"
        return
    if part == SENTENCES and known is not None and "en" in value:
        yield "its English is what the checks say, and is not laid over; write cy alone"
        return
    whole = {language: dict(known.forms(language)) for language in FORMS} if known is not None else {}
    yield from catalogue.faults_of({**whole, **value})


def _merged(known: Entry | None, key: str, value: Mapping[str, Any]) -> Entry:
    before = {language: dict(known.forms(language)) for language in FORMS} if known is not None else {}
    return catalogue.entry(key, known.file if known is not None else FILE, {**before, **value})


def _full(part: str, key: str) -> str:
    return f"{catalogue.MADE_ELSEWHERE}.{key}" if part == SENTENCES else key
