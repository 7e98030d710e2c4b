"""Corrections of a tagged PDF, where what sets it falls short of PDF/UA-1.

- A table that runs over pages is one table: its later pieces join the first, and the headings that are printed again
  are decoration. The same goes for a list.
- Each heading cell says whether it heads a column or a row, and can be found by its identifier.
- Words in another language say so: the page marks those alone as spans.
- What stands at the foot of each page is decoration, and is not read out in the middle of a table.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

Element = Any
"""A part of the tree of tags; the library gives its entries as attributes that no type tells."""
_MARKED = re.compile(rb"/\w+\s*<<\s*/MCID (\d+)\s*>>\s*BDC")
_DECORATION = b"/Artifact <</Type /Pagination>> BDC"


def corrected(content: bytes, other_language: str) -> bytes:
    """Return the file, its identifier made of what it holds. other_language: of the words that are marked."""
    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as made:
        document = made.Root.StructTreeRoot.K[0]
        _join(document)
        _scope(document)
        _speak(document, other_language)
        _index(made, document)
        _decorate(made, document)
        buffer = io.BytesIO()
        made.save(
            buffer,
            deterministic_id=True,
            # what a compressor makes of the same bytes differs by its version
            compress_streams=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return buffer.getvalue()


def _children(element: Element) -> list[Element]:
    import pikepdf

    inside = element.get("/K")
    if inside is None:
        return []
    return list(inside) if isinstance(inside, pikepdf.Array) else [inside]


def _elements(element: Element) -> list[Element]:
    import pikepdf

    return [each for each in _children(element) if isinstance(each, pikepdf.Dictionary) and "/S" in each]


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for each in _elements(element):
        yield from _walk(each)


def _kind(element: Element) -> str:
    return str(element.S)


def _join(document: Element) -> None:
    """Put the pieces of a table or list that pages part into one: nothing stands between them."""
    import pikepdf

    kept: list[Element] = []
    for piece in _children(document):
        before = kept[-1] if kept else None
        if before is None or _kind(piece) not in ("/Table", "/L") or _kind(before) != _kind(piece):
            kept.append(piece)
            continue
        if _kind(piece) == "/Table":
            _rename(piece, dict(zip(_heads(piece), _heads(before), strict=True)))
        for part in _elements(piece):
            if _kind(part) == "/THead":
                continue
            part.P = before
            before.K.append(part)
    document.K = pikepdf.Array(kept)


def _heads(table: Element) -> list[str]:
    """Return the identifiers of the headings of columns."""
    return [
        str(cell.ID) for part in _elements(table) if _kind(part) == "/THead" for cell in _walk(part) if "/ID" in cell
    ]


def _rename(table: Element, names: dict[str, str]) -> None:
    """Let the cells of a piece name the headings of the whole table."""
    import pikepdf

    for cell in _walk(table):
        headers = cell.A.get("/Headers") if "/A" in cell and isinstance(cell.A, pikepdf.Dictionary) else None
        if headers is not None:
            cell.A.Headers = pikepdf.Array([pikepdf.String(names.get(str(each), str(each))) for each in headers])


def _scope(document: Element) -> None:
    """Say of each heading cell what it heads."""
    import pikepdf

    for part in _walk(document):
        if _kind(part) in ("/THead", "/TBody"):
            of = "/Column" if _kind(part) == "/THead" else "/Row"
            for cell in _walk(part):
                if _kind(cell) == "/TH":
                    cell.A = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name(of))


def _speak(document: Element, language: str) -> None:
    """Say the language of what is in another one than the file; a run of words alone is no such part."""
    import pikepdf

    for part in _walk(document):
        if _kind(part) == "/Span" and _elements(part):
            part.Lang = pikepdf.String(language)


def _index(made: Any, document: Element) -> None:
    """Write the index by which the identifiers of heading cells are found."""
    import pikepdf

    found = sorted((bytes(part.ID), part) for part in _walk(document) if "/ID" in part)
    if found:
        names = pikepdf.Array([each for name, part in found for each in (pikepdf.String(name), part)])
        limits = pikepdf.Array([pikepdf.String(found[0][0]), pikepdf.String(found[-1][0])])
        leaf = made.make_indirect(pikepdf.Dictionary(Names=names, Limits=limits))
        made.Root.StructTreeRoot.IDTree = pikepdf.Dictionary(Kids=pikepdf.Array([leaf]))


def _decorate(made: Any, document: Element) -> None:
    """Mark what no part of the document holds as decoration: feet of pages, and headings that are printed again."""
    held: dict[tuple[int, int], set[int]] = {}
    for part in _walk(document):
        numbers = {int(each) for each in _children(part) if isinstance(each, int)}
        if numbers:
            held.setdefault(part.Pg.objgen, set()).update(numbers)
    parents = made.Root.StructTreeRoot.ParentTree.Nums
    for number, page in enumerate(made.pages):
        here = held.get(page.objgen, set())

        def marked(found: re.Match[bytes], here: set[int] = here) -> bytes:
            return found[0] if int(found[1]) in here else _DECORATION

        page.Contents = made.make_stream(_MARKED.sub(marked, page.Contents.read_bytes()))
        of_page = parents[2 * number + 1]
        for place in range(len(of_page)):
            if place not in here:
                of_page[place] = None
