"""Say a text of the catalogue in a language, with what is filled in; write numbers, days and periods as it does."""

from __future__ import annotations

import datetime
import functools
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from markupsafe import Markup

from csc_warehouse.texts import catalogue, overlaying

Language = Literal["en", "cy"]
LANGUAGES: tuple[Language, ...] = ("en", "cy")
CHOICES: Mapping[str, tuple[Language, ...]] = {"en": ("en",), "cy": ("cy",), "both": LANGUAGES}
"""In which languages something is written, by the word with which that is chosen."""
_TAGS = {"en": "en-GB", "cy": "cy"}
_LABEL = re.compile(r"\b(YTD Q|Q|H)([1-4])\b")
_SENTENCE_ENDS = re.compile(r"(?<=[.?!]) (?=[A-Z0-9])")
_SHAPES = {"share": r"[\d.,]+%", "number": r"[\d,]+", "day": r"\d{1,2} [A-Z][a-z]+ \d{4}", "code": r"[A-Z][A-Z0-9]+"}
"""What is filled into a sentence under some names; under any other, anything."""
_ANYTHING = ".+?"
_RETURN = re.compile(r"^(\w+) of (\d{1,2} \w+ \d{4})$")
_MONTH = re.compile(r"^\d{4}-\d{2}$")


class Part(str):
    """A text in another language than the page around it: an author's words, or what nobody has translated.

    It is a text like any other; on a page it says its language, so that it is read aloud as what it is.
    """

    __slots__ = ("language",)
    language: Language

    def __new__(cls, text: str, language: Language) -> Part:
        """Return a text with its language."""
        made = super().__new__(cls, text)
        made.language = language
        return made

    def __html__(self) -> Markup:
        """Return it for a page: escaped, with its language."""
        return Markup('<span lang="{}">{}</span>').format(self.language, str(self))


@dataclass(frozen=True)
class Texts:
    """The texts of one page in one language."""

    language: Language = "en"
    page: str = "report"
    laid_over: str | None = None
    """A council's own wording, as its file says it."""

    @property
    def tag(self) -> str:
        """Return the language as HTML names it."""
        return _TAGS[self.language]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its values filled in; `count` chooses the form in which the language counts.

        Numbers are written as the language writes them. Raises KeyError for a key that the catalogue does not have, or
        a value that the text needs.
        """
        said = {name: self._filled(value) for name, value in values.items()}
        return self._form(key, values.get(catalogue.COUNT)).format_map(said)

    def markup(self, key: str, /, **values: object) -> Markup:
        """Return a text for a page: what is filled in is escaped; what is markup already stays."""
        # quotation marks and apostrophes stand as they are: no attribute is written with it
        text = self._form(key, values.get(catalogue.COUNT))
        plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return Markup(plain).format(**{name: self._filled(value) for name, value in values.items()})  # noqa: S704  (escaped above)

    def entries(self) -> tuple[catalogue.Entry, ...]:
        """Return every text that the page may say, by file and key."""
        return tuple(sorted(self._catalogue.values(), key=lambda entry: (entry.file, entry.key)))

    def has(self, key: str) -> bool:
        """Tell whether the catalogue has a text of that key."""
        return key in self._catalogue

    def number(self, value: Decimal | int) -> str:
        """Return a number as it is written: 1,200 and 8.2."""
        written = f"{value:,}"
        signs = {",": self._form("number.thousands"), ".": self._form("number.point")}
        return "".join(signs.get(sign, sign) for sign in written)

    def day(self, day: datetime.date) -> str:
        """Return a day as 31 December 2018, or 31 Rhagfyr 2018."""
        return self("date.day", day=str(day.day), month=self._form(f"month.{day.month}"), year=str(day.year))

    def period(self, label: str) -> str:
        """Return the label of a period: 2018/19 Q1 is 2018/19 Ch1 in Welsh."""
        if _MONTH.match(label):
            return label
        return _LABEL.sub(lambda found: self(f"period.{found[1].replace(' ', '_')}", number=found[2]), label)

    def listed(self, said: Sequence[str], most: int) -> str:
        """Return some of what is said, parted by semicolons, with the number of those left out."""
        if len(said) <= most:
            return "; ".join(said)
        return self("list.more", named="; ".join(said[:most]), count=len(said) - most)

    def part(self, text: str, language: Language) -> str:
        """Return a text that has a language of its own: marked with it where the page has another."""
        return text if language == self.language else Part(text, language)

    def capitalised(self, text: str) -> str:
        """Return a text with a capital letter at its beginning, in its own language."""
        begun = text[:1].upper() + text[1:]
        return Part(begun, text.language) if isinstance(text, Part) else begun

    def joined(self, first: str, then: str) -> list[str]:
        """Return two texts as one, or apart where the second is in another language and says so itself."""
        return [first, then] if isinstance(then, Part) else [f"{first} {then}"]

    def translated(self, text: str) -> str:
        """Return English sentences that were made elsewhere in this language: marked as English where one is unknown.

        Sentences are found by what they say, and what is filled into them is kept.
        """
        if self.language == "en" or not text:
            return text
        said = []
        left = _SENTENCE_ENDS.split(text)
        while left:
            # what looks like an end may be that of an initial: A. Jones
            tried = ((end, self._found(" ".join(left[:end]))) for end in range(1, len(left) + 1))
            end, known = next(((end, known) for end, known in tried if known is not None), (0, ""))
            if not end:
                return Part(text, "en")
            said.append(known)
            left = left[end:]
        return " ".join(said)

    def _found(self, sentence: str) -> str | None:
        for key, pattern in _patterns(self.page, self.laid_over):
            found = pattern.fullmatch(sentence)
            if found is not None:
                values = {name: self._value(name, value) for name, value in found.groupdict().items()}
                return self._form(key).format_map(values)
        return None

    def _value(self, name: str, value: str) -> str:
        """Return what is filled into an English sentence as this language writes it: its days, and returns by day."""
        if name == "returns":
            return ", ".join(_RETURN.sub(self._return, each) for each in value.split(", "))
        if name == "people":
            return value.replace(" and ", ", ")
        return self._day_of(value) if name == "day" else value

    def _return(self, found: re.Match[str]) -> str:
        return self(f"{catalogue.MADE_ELSEWHERE}.return", name=found[1], day=self._day_of(found[2]))

    def _day_of(self, written: str) -> str:
        """Return a day that is written in English."""
        day, month, year = written.split(" ")
        number = next(n for n in range(1, 13) if ENGLISH(f"month.{n}") == month)
        return self("date.day", day=str(int(day)), month=self._form(f"month.{number}"), year=year)

    @property
    def in_other_language(self) -> Texts:
        """Return the same texts in the other language."""
        return replace(self, language=other(self.language))

    @property
    def is_draft(self) -> bool:
        """Tell whether the page says that its Welsh is a draft: until the council says who checked it."""
        return self.language == "cy" and not overlaying.checked_by(self.laid_over)

    @property
    def _catalogue(self) -> Mapping[str, catalogue.Entry]:
        return _laid(self.page, self.laid_over)

    def _form(self, key: str, count: object = None) -> str:
        forms = self._catalogue[key].forms(self.language)
        return forms.get(_counted_as(self.language, count), forms["other"])

    def _filled(self, value: object) -> object:
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        return self.number(value) if is_number else value  # type: ignore[arg-type]


@functools.cache
def _laid(page: str, laid_over: str | None) -> Mapping[str, catalogue.Entry]:
    shipped = catalogue.load(page)
    return shipped if laid_over is None else overlaying.laid(shipped, laid_over, page=page)


@functools.cache
def _patterns(page: str, laid_over: str | None) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the English of sentences that are made elsewhere as patterns, those that say the most themselves first."""
    made = [
        (key, entry.forms("en")["other"])
        for key, entry in _laid(page, laid_over).items()
        if key.startswith(f"{catalogue.MADE_ELSEWHERE}.") and key != f"{catalogue.MADE_ELSEWHERE}.return"
    ]
    made.sort(key=lambda each: (-sum(len(plain) for plain, *_ in string.Formatter().parse(each[1])), each[0]))
    return tuple((key, re.compile(_pattern(text))) for key, text in made)


def _pattern(text: str) -> str:
    parts = string.Formatter().parse(text)
    return "".join(
        re.escape(plain) + (f"(?P<{name}>{_SHAPES.get(name, _ANYTHING)})" if name else "")
        for plain, name, _, _ in parts
    )


def _counted_as(language: Language, count: object) -> str:
    """Return the form in which a language counts so many, as CLDR has it."""
    if not isinstance(count, int | Decimal):
        return "other"
    if language == "en":
        return "one" if count == 1 else "other"
    return {0: "zero", 1: "one", 2: "two", 3: "few", 6: "many"}.get(int(count) if count == int(count) else -1, "other")


ENGLISH = Texts()
"""What is spoken where nobody asks for another language."""


def other(language: Language) -> Language:
    """Return the other language of the pages."""
    return "cy" if language == "en" else "en"
