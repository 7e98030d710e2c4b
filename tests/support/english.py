"""How a test knows English in a Welsh page: by frequent words that Welsh does not have, and what may stand in both."""

from __future__ import annotations

import re

ENGLISH_WORDS = re.compile(
    r"\b(the|of|and|in|to|with|for|by|from|are|was|were|that|which|their|its|not|than|this|these|those|when|where|who|"
    r"whose|or|on|an|as|be|been|has|have|could|may|counts?|figures?|records?|children|before|after|none|all)\b",
    re.IGNORECASE,
)
"""Small words of English: no Welsh word of the pages is spelt like one of them."""
_CODE = re.compile(r"\(?[A-Z]+\d+[A-Za-z]*\)?|\(?[A-Z]{1,5}\)?|[\d.,/%£ ()\[\]a-z-]{1,9}|\W*")


def is_code(text: str) -> bool:
    """Tell whether a text may stand in both languages: a code, a figure, a mark."""
    return _CODE.fullmatch(text) is not None or not re.search(r"[A-Za-z]{2}", text)
