"""What a page says and in which language: every text of it that is read, and the labels that stand in attributes."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

UNSPOKEN = ("style", "script")
LABELS = ("aria-label", "data-label", "alt", "title")
VOID = ("br", "hr", "img", "input", "link", "meta", "line", "rect", "circle", "polyline", "polygon", "path")


@dataclass(frozen=True)
class Said:
    """One text as it stands in a page, and the language that the nearest element around it declares."""

    text: str
    language: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = []
        self.said: list[Said] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        language = given.get("lang") or (self.stack[-1][1] if self.stack else "")
        for name in LABELS:
            self._say(given.get(name, ""), language)
        if tag not in VOID:
            self.stack.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        if any(opened == tag for opened, _ in self.stack):
            while self.stack.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1][0] not in UNSPOKEN:
            self._say(data, self.stack[-1][1])

    def _say(self, text: str, language: str) -> None:
        whole = " ".join(text.split())
        if whole:
            self.said.append(Said(whole, language))


def said(html: str) -> list[Said]:
    """Return every text of a page in order, with its language."""
    reader = _Reader()
    reader.feed(html)
    return reader.said
