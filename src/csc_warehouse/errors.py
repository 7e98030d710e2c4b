"""The errors that an operator meets: one clear sentence each, with the next step."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from contextlib import suppress

from csc_warehouse.exit_codes import ExitCode

LONGEST_SHOWN = 200
MOST_SHOWN = 10
LIKE_ENOUGH = 0.6
"""Share of letters in order from which a word is offered for another."""
MOST_NAMED = 12
"""A longer list in a sentence is not read."""


class CscWarehouseError(Exception):
    """Anything that went wrong and that one sentence can explain; a command prints it and ends with its code."""

    exit_code = ExitCode.ERROR

    def __init__(self, sentence: str = "") -> None:
        """Take the sentence; what could steer a terminal, or no database could hold, is written out in it."""
        super().__init__(printable(sentence, kept="\n"))


class UsageError(CscWarehouseError):
    """Raised when a command or its configuration was given something it cannot take."""

    exit_code = ExitCode.WRONG_USE


class WarehouseUnavailableError(CscWarehouseError):
    """Raised when the database cannot be reached, or was lost; worth retrying."""


class WarehouseBusyError(WarehouseUnavailableError):
    """Raised when another run holds what this one needs; worth retrying: it may be an earlier try of the same task."""


class SourceUnavailableError(WarehouseUnavailableError):
    """Raised when a server that deliveries come from cannot be reached, or was lost; worth retrying."""


class NoSpaceError(WarehouseUnavailableError):
    """Raised when a disk is full, the database's or this machine's; worth retrying: it may be freed meanwhile."""


def printable(text: str, *, kept: str = "") -> str:
    """Return a text from outside as it may stand in a sentence, a log, a database and on a terminal.

    Bytes that are no UTF-8, lone surrogates, control characters, marks of direction and other invisible characters are
    written out (`\\x1b`, `\\u202e`), but for those that are kept. Source: deliveries.md section 9.
    """
    if text.isprintable():
        return text
    # a name of this machine holds what is no text as a surrogate for each byte; another surrogate stands for none
    with suppress(UnicodeEncodeError):
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() or character in kept else character.encode("unicode_escape").decode()
        for character in text
    )


def shown(name: str) -> str:
    """Return a delivered name as a sentence shows it: printable, and not longer than a line or two."""
    whole = printable(name[: LONGEST_SHOWN + 1])
    return whole if len(name) <= LONGEST_SHOWN else f"{whole[:LONGEST_SHOWN]}..."


def shown_few(names: Collection[str]) -> str:
    """Return delivered names as a list in a sentence: all of a few, else how many and ten of them."""
    some = ", ".join(shown(name) for name, _ in zip(names, range(MOST_SHOWN), strict=False))
    return some if len(names) <= MOST_SHOWN else f"{some} and {len(names) - MOST_SHOWN:,} more"


def few_sentences(sentences: Collection[str], what: str) -> list[str]:
    """Return sentences to be shown one after the other: all of a few, else ten of them and how many there are."""
    kept = [sentence for sentence, _ in zip(sentences, range(MOST_SHOWN), strict=False)]
    if len(sentences) > MOST_SHOWN:
        kept.append(f"These are {MOST_SHOWN} of {len(sentences):,} {what}.")
    return kept


def nearest(given: str, known: Iterable[str]) -> str | None:
    """Return what somebody most likely meant: capital letters and blanks aside, the known word most like the one given.

    None where no word is like it.
    """
    return next(iter(all_nearest(given, known)), None)


def all_nearest(given: str, known: Iterable[str]) -> list[str]:
    """Return every known word that is most like the one given: more than one where nobody can say which was meant."""
    folded = _folded(given)
    likeness = {word: difflib.SequenceMatcher(None, _folded(word), folded).ratio() for word in known}
    most = max(likeness.values(), default=0.0)
    return [word for word, ratio in likeness.items() if ratio == most] if most >= LIKE_ENOUGH else []


def offer(given: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that says what would be right: the nearest word, or those that there are."""
    words = list(known)
    found = nearest(given, words)
    if found is not None:
        return f"did you mean {found}?"
    return f"there is {listed(words)}." if words else "there is none."


def listed(words: Iterable[str], *, most: int = MOST_NAMED) -> str:
    """Return words as a list in a sentence, cut where nobody would read on, with the number of those left out."""
    named = [str(word) for word in words]
    if len(named) > most:
        return f"{', '.join(named[:most])} and {len(named) - most} more"
    return ", ".join(named[:-1]) + " and " + named[-1] if len(named) > 1 else "".join(named)


def _folded(word: str) -> str:
    return "".join(word.split()).casefold()
