"""The records of a text, each however long: linear in time, bounded in memory (deliveries.md sections 7 and 9)."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TextIO

from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.landing.delivered_text import lift_field_limit
from csc_warehouse.landing.reading.rows import LONGEST_FIELD
from csc_warehouse.landing.refusal import Refusal

Record = tuple[int, list[str], str]
"""Record number as a spreadsheet counts it, fields, text as sent."""
PIECE = 64 * 1024
"""Characters that are read at a time."""
KEPT = 4096
"""Characters of a value that is too long that are kept."""
LONGEST_RECORD = 16
"""How many times the longest allowed value is kept of one record; the rest of it is not kept."""
_END = "\x01end of file\x01"
_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n)|[^\r\n]+")
_QUOTED = re.compile(r'[^"]*+(?:""[^"]*+)*+')
_BREAKS = "\r\n"
_BAD = re.compile(r"[\udc80-\udcff]")
_CUT_OFF = "ends inside a quoted field: it was cut off"


class LongFields(list[str]):
    """The fields of a record that is too long to be kept whole: long values are cut, and listed."""

    def __init__(self) -> None:
        """Begin with no field."""
        super().__init__()
        self.too_long: list[int] = []
        """Places of the values that are longer than a value may be."""
        self.is_cut = False
        """Whether the record was so long that its last values are not kept at all."""


def text_records(
    text: TextIO, delimiter: str, file_name: str, *, first_number: int = 1, longest: int = LONGEST_FIELD
) -> Iterator[Record]:
    """Yield the records of a text that are not blank; longest: characters that a value may have at most.

    Blank lines advance the number and are no rows; a line break in a field does not. A record with a value that is
    longer comes as LongFields. Raises Refusal where the text ends inside a quoted field: it was cut off.
    """
    # what is too long is found here, before the CSV module sees it
    lift_field_limit()
    feed = _Feed(text, longest)
    reader = csv.reader(feed, delimiter=delimiter)
    number = first_number - 1
    while True:
        feed.begin()
        fields: list[str]
        try:
            fields = next(reader)
            raw = feed.raw()
        except _TooLongError:
            fields, raw = feed.long_record(delimiter, file_name)
            # the reader that was stopped still expects the rest of that record
            reader = csv.reader(feed, delimiter=delimiter)
        if feed.is_over:
            if feed.is_within_record:
                raise Refusal(_CUT_OFF, file_name=file_name, code="cut_off")
            return
        number += 1
        if not is_blank(fields):
            yield number, fields, raw


def is_blank(fields: Sequence[str]) -> bool:
    """Tell whether a record is a blank line."""
    return not fields or (len(fields) == 1 and not fields[0].strip(WHITESPACE))


class _TooLongError(Exception):
    """Raised through the CSV module where a record is longer than it may hold."""


class _Lines:
    """The lines of a text in pieces: each a line, or a part of a long one. A line break is never split."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._rest = ""
        self._pieces: deque[str] = deque()

    def piece(self) -> str:
        """Return the next piece; nothing at the end."""
        while not self._pieces:
            read = self._text.read(PIECE)
            pieces = _LINE.findall(self._rest + read)
            self._rest = ""
            if not pieces:
                return ""
            # after a carriage return a line feed may follow, and after a part of a line its rest
            is_open = pieces[-1][-1] == "\r" or pieces[-1][-1] not in _BREAKS
            if read and is_open and (len(pieces[-1]) < PIECE or pieces[-1][-1] == "\r"):
                self._rest = pieces.pop()
            self._pieces.extend(pieces)
        return self._pieces.popleft()

    def all_read(self) -> str:
        """Return all pieces that were read already, or the next one where there are none."""
        text = self.piece() + "".join(self._pieces)
        self._pieces.clear()
        return text

    def put_back(self, text: str) -> None:
        """Take back the end of what was handed out."""
        self._pieces.extendleft(reversed(_LINE.findall(text)))


class _Feed(Iterator[str]):
    """Gives lines to the CSV module, and stops it where a record grows too long."""

    def __init__(self, text: TextIO, longest: int) -> None:
        self._lines = _Lines(text)
        self._longest = longest
        self._taken: list[str] = []
        self._size = 0
        self.is_over = False

    def begin(self) -> None:
        """Begin a record."""
        self._taken.clear()
        self._size = 0

    @property
    def is_within_record(self) -> bool:
        """Tell whether the end came within a record."""
        return bool(self._taken)

    def raw(self) -> str:
        """Return the record's text as sent."""
        return "".join(self._taken).rstrip(_BREAKS)

    def __next__(self) -> str:
        line = ""
        while piece := self._lines.piece():
            self._taken.append(piece)
            self._size += len(piece)
            if self._size > self._longest:
                raise _TooLongError
            line += piece
            if piece[-1] in _BREAKS:
                break
        if line:
            return line
        if self.is_over:
            raise StopIteration
        self.is_over = True
        return _END

    def long_record(self, delimiter: str, file_name: str) -> tuple[list[str], str]:
        """Return fields and text of the record that grew too long, with its long values cut."""
        record = _LongRecord(delimiter, self._longest)
        text = "".join(self._taken)
        self._taken.clear()
        while text:
            place = record.take(text)
            if record.is_ended:
                self._lines.put_back(text[place:])
                break
            text = self._lines.all_read()
        else:
            if record.is_in_quotes:
                raise Refusal(_CUT_OFF, file_name=file_name, code="cut_off")
            record.end_field()
        return record.fields, record.raw()


class _LongRecord:
    """One record, split into fields as the CSV module does, except that long values are cut."""

    def __init__(self, delimiter: str, longest: int) -> None:
        self.fields = LongFields()
        self.is_ended = False
        self._delimiter = delimiter
        self._longest = longest
        mark = re.escape(delimiter)
        self._end_of_unquoted = re.compile(f"[{mark}\r\n]")
        self._plain_fields = re.compile(f'(?:(?:[^"{mark}\r\n][^{mark}\r\n]*+)?{mark})++')
        self._step = self._at_start
        self._parts: list[str] = []
        self._length = self._kept_all = 0
        self._bad = self._filled = ""
        self._raw: list[str] = []
        self._raw_kept = self._raw_length = self._breaks_at_end = 0

    @property
    def is_in_quotes(self) -> bool:
        """Tell whether the record may not end here."""
        return self._step == self._in_quotes

    def take(self, text: str) -> int:
        """Take the part of a text that belongs to the record, and return where that part ends."""
        place = 0
        while place < len(text) and not self.is_ended:
            place = self._step(text, place)
        room = self._longest - self._raw_kept
        if room > 0:
            self._raw.append(text[: min(room, place)])
            self._raw_kept += len(self._raw[-1])
        self._raw_length += place
        bare = len(text[:place].rstrip(_BREAKS))
        self._breaks_at_end = place - bare + (0 if bare else self._breaks_at_end)
        return place

    def end_field(self) -> None:
        """End the last field."""
        text = "".join(self._parts)
        if self._length > self._longest:
            self.fields.too_long.append(len(self.fields))
            text = text[:KEPT]
            # a byte that did not decode, or that the value is not blank, must still show after the cut
            if self._bad:
                text += self._bad
            elif not text.strip(WHITESPACE):
                text += self._filled
        self._keep([text])
        self._parts = []
        self._length = 0
        self._bad = self._filled = ""

    def raw(self) -> str:
        """Return the text as sent, the beginning alone where it is too long."""
        length = self._raw_length - self._breaks_at_end
        kept = "".join(self._raw)[:length]
        return kept if length <= self._longest else f"{kept}... ({length:,} characters; the archive holds them all)"

    def _keep(self, values: list[str]) -> None:
        self._kept_all += sum(map(len, values))
        self.fields.is_cut = self.fields.is_cut or self._kept_all > LONGEST_RECORD * self._longest
        # separators alone must not fill memory either
        room = self._longest + 1 - len(self.fields)
        if room > 0:
            self.fields.extend([""] * min(room, len(values)) if self.fields.is_cut else values[:room])

    def _add(self, text: str) -> None:
        room = self._longest - self._length
        self._length += len(text)
        if room > 0:
            self._parts.append(text[:room])
        if not self._bad and (found := _BAD.search(text)):
            self._bad = found.group()
        self._filled = self._filled or text.strip(WHITESPACE)[:1]

    def _at_start(self, text: str, place: int) -> int:
        if text[place] == '"':
            self._step = self._in_quotes
            return place + 1
        found = self._plain_fields.match(text, place, place + min(PIECE, self._longest))
        if found is not None:
            self._keep(found.group()[:-1].split(self._delimiter))
            return found.end()
        self._step = self._unquoted
        return place

    def _unquoted(self, text: str, place: int) -> int:
        found = self._end_of_unquoted.search(text, place)
        if found is None:
            self._add(text[place:])
            return len(text)
        self._add(text[place : found.start()])
        self.end_field()
        self._step = self._at_start
        self.is_ended = found.group() != self._delimiter
        # where the text ends with a carriage return, no line feed follows it
        return found.end() + (found.group() == "\r" and text.startswith("\n", found.end()))

    def _in_quotes(self, text: str, place: int) -> int:
        found = _QUOTED.match(text, place)
        end = place if found is None else found.end()
        self._add(text[place:end].replace('""', '"'))
        if end == len(text):
            return end
        self._step = self._after_quote
        return end + 1

    def _after_quote(self, text: str, place: int) -> int:
        # two quotes stand for one, and the text may have ended between them
        if text[place] == '"':
            self._add('"')
            self._step = self._in_quotes
            return place + 1
        self._step = self._unquoted
        return place
