"""Text that a spreadsheet opens and may not calculate."""

from __future__ import annotations

import re

FORMULA_SIGNS = ("=", "+", "-", "@")
"""What a spreadsheet may take for the beginning of a formula."""
MARK = "\N{REPLACEMENT CHARACTER}"
_NUMBER = re.compile(r"[+-]?[\d.,]* ?%?")
_BREAK = re.compile(r"[\t\r\n]+")
# not allowed in a workbook, or not to be seen
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def visible(text: str) -> str:
    """Return a text with its line breaks as spaces, and control characters as a mark that is seen."""
    return _CONTROL.sub(MARK, _BREAK.sub(" ", text))


def harmless(value: object) -> object:
    """Return a value for a CSV: a text that would be calculated gets an apostrophe before it; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    is_formula = text.lstrip()[:1] in FORMULA_SIGNS
    return f"'{text}" if is_formula and not _NUMBER.fullmatch(text) else text
