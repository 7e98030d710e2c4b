"""The catalogue of texts: YAML files by page, validated as they are read, with a council's own wording laid over them.

A file holds groups of keys; a key has a text in each language, or a text for each form in which that language counts:

    answer:
      hidden: {en: "{count} of {total} figures", cy: "{count} o'r {total} ffigur"}
      measures: {en: {one: "{count} measure", other: "{count} measures"}, cy: "{count} o fesurau"}

What stands in braces is filled in. Both languages have the same of them, so that neither loses a figure.
"""

from __future__ import annotations

import functools
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csc_warehouse import lined_yaml
from csc_warehouse.errors import CscWarehouseError, few_sentences

FOLDER = Path(__file__).parent
COMMON = "common"
"""The file whose texts every page may use."""
SENTENCES = "sentences"
"""The file of sentences that checks and the register make in English: found by what they say."""
MADE_ELSEWHERE = "sentence"
"""What their keys begin with."""
EXAMPLE = "example"
"""The file that shows a council how to lay its own wording over them."""
PAGES = tuple(sorted({path.stem for path in FOLDER.glob("*.yml")} - {COMMON, SENTENCES, EXAMPLE}))
"""Pages that have a file of texts of their own: whatever lies beside those that all of them share."""
COUNT = "count"
"""The value that chooses the form in which a language counts."""
FORMS = {"en": ("one", "other"), "cy": ("zero", "one", "two", "few", "many", "other")}
"""The forms in which each language counts, as CLDR names them; `other` is always there."""
LONGEST = 2_000

Forms = Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """One text: its key, the file that holds it, and in each language its forms."""

    key: str
    file: str
    texts: Mapping[str, Forms]

    def forms(self, language: str) -> Forms:
        """Return the forms of the text in a language; of a text that does not count the one is called other."""
        return self.texts[language]


@functools.cache
def load(page: str, *, folder: Path = FOLDER) -> Mapping[str, Entry]:
    """Return the shipped texts of a page by key, those that all pages share and those made elsewhere included.

    Raises CscWarehouseError with a sentence for each fault: its file and key.
    """
    found: dict[str, Entry] = {}
    faults: list[str] = []
    for name in (COMMON, SENTENCES, page):
        read, wrong = entries(folder / f"{name}.yml")
        faults += wrong
        faults += [f"{name}.yml, {key}: it stands in {found[key].file} already." for key in read if key in found]
        found |= read
    if faults:
        raise CscWarehouseError("The texts cannot be used: " + " ".join(few_sentences(faults, "faults")))
    return found


def entries(path: Path) -> tuple[dict[str, Entry], list[str]]:
    """Return the texts of one shipped file by key, and a sentence for each fault."""
    said, _, wrong = lined_yaml.parse(path.read_text(encoding="utf-8"), what="file of texts", begins="a group of texts")
    faults = [f"{path.name}, {fault}" for fault in wrong]
    read: dict[str, Entry] = {}
    for key, value in leaves(said, (MADE_ELSEWHERE,) if path.stem == SENTENCES else ()):
        wrong = list(faults_of(value))
        faults += [f"{path.name}, {key}: {fault}" for fault in wrong]
        if not wrong:
            read[key] = entry(key, path.name, value)
    return read, faults


def entry(key: str, file: str, value: Mapping[str, Any]) -> Entry:
    """Return a text as it was written, with the one form of what does not count under its name."""
    return Entry(key, file, {language: _forms(value[language]) for language in FORMS})


def leaves(said: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield every text with its key: the names above it, parted by dots."""
    for name, value in said.items():
        place = (*above, str(name))
        if isinstance(value, dict) and value and not set(value) & set(FORMS):
            yield from leaves(value, place)
        else:
            yield ".".join(place), value


def placeholders(text: str) -> set[str]:
    """Return the names of what is filled into a text. Raises ValueError for braces that hold anything but a name."""
    names: set[str] = set()
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(f"{{{name}}} is no plain name in braces")
        names.add(name)
    return names


def faults_of(value: Any) -> Iterator[str]:
    """Yield what is wrong with one text: a language or form that is missing or unknown, braces that do not agree."""
    if not isinstance(value, dict):
        yield "it holds something else than a text in each language (en, cy)."
        return
    for language in FORMS:
        if language not in value:
            yield f"it has no text in {language}; write it."
    yield from (f"{language} is no language of the pages; take it out." for language in value if language not in FORMS)
    if set(value) == set(FORMS):
        filled = {language: _forms(said) for language, said in value.items()}
        wrong = [fault for language, forms in filled.items() for fault in _of_forms(language, forms)]
        yield from wrong or _differing(filled)


def _of_forms(language: str, forms: Mapping[str, Any]) -> Iterator[str]:
    if "other" not in forms:
        yield f"{language} has no form other; write it."
    for form, text in forms.items():
        if form not in FORMS[language]:
            yield f"{language} does not count in a form {form}; use {', '.join(FORMS[language])}."
        elif not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
            yield f"{language}, {form}: it is empty, too long or no text."
        else:
            try:
                names = placeholders(text)
            except ValueError as error:
                yield f"{language}, {form}: {error}; write a name alone, as {{period}}."
                continue
            if form == "other" and len(forms) > 1 and COUNT not in names:
                yield f"{language}: it has several forms, and no {{{COUNT}}} that chooses one."


def _differing(filled: Mapping[str, Forms]) -> Iterator[str]:
    """Yield where a form lacks what is filled into another; a word may stand for the number in all but the last."""
    wanted = placeholders(filled["en"]["other"])
    for language, forms in filled.items():
        for form, text in forms.items():
            names = placeholders(text)
            may_lack = {COUNT} if form != "other" else set()
            apart = (wanted ^ names) - may_lack
            if apart:
                named = ", ".join(sorted(f"{{{name}}}" for name in apart))
                yield f"{language}, {form}: it does not fill in the same as the English: {named} stands in one alone."


def _forms(said: Any) -> dict[str, Any]:
    return dict(said) if isinstance(said, dict) else {"other": said}
