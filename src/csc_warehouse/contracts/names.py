"""When two names or codes are one: decided here, and by the database's `landing.canonical_name`, which says the same.

A name may be typed in composed or decomposed letters, with a no-break space, in any case, and prints alike each time
(deliveries.md section 9, Values).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

WHITESPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What counts as white space: the characters that Unicode calls so, stated, so that every reader strips the same."""
LONGEST_NAME = 255
"""Characters; a longer name is known by its beginning and a digest, so that every index and breakdown can hold it."""
_DIGEST_WIDTH = 16
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_STRETCH = re.compile(f"[{WHITESPACE}]+")


def canonical_name(text: str) -> str:
    """Return a name or code as it compares: NFC, trimmed, each stretch of white space one space, in upper case.

    Upper case is Unicode's full mapping of each character, whatever the locale (ß is SS), composed again
    afterwards. At most 255 characters. Source: deliveries.md section 9, Values.
    """
    is_ascii = text.isascii()
    folded = text.upper() if is_ascii else unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).upper())
    folded = _STRETCH.sub(" ", folded).strip(" ")
    if len(folded) <= LONGEST_NAME:
        return folded
    # what did not decode passes through, to be set apart by its own rule
    content = folded.encode("utf-8", "surrogatepass")
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()[:_DIGEST_WIDTH]
    return folded[: LONGEST_NAME - len(_ELLIPSIS) - _DIGEST_WIDTH] + _ELLIPSIS + digest
