"""Drawings outside a page: with colours and type of their own, as SVG or as a picture of points."""

from __future__ import annotations

import functools
import re
import unicodedata
from importlib.resources import files
from pathlib import Path

FONTS = Path(str(files("csc_warehouse.reporting.report") / "fonts"))
FAMILY = "Source Sans Pro"
MISSING = "\N{WHITE SQUARE}"
"""Stands for a character that the fonts of the package do not have: it is seen that something is missing."""
STYLE = f"""
text {{ fill: #17191c; font-size: 14px; font-family: "{FAMILY}"; }}
.axis {{ fill: #4b545b; font-size: 13px; }}
.label {{ font-weight: 700; }}
.grid {{ stroke: #c3c9ce; stroke-width: 1; }}
.line {{ fill: none; stroke: #12436d; stroke-width: 3; }}
.dot {{ fill: #12436d; }}
.bar {{ fill: #12436d; }}
.level {{ stroke: #17191c; stroke-width: 2; stroke-dasharray: 8 5; }}
.break {{ stroke: #17191c; stroke-width: 2; stroke-dasharray: 2 4; }}
"""
MARGIN = 10
SCALE = 2.5
"""Points of a picture for each unit of a drawing: sharp on paper."""
_VIEW = re.compile(r'viewBox="0 0 (\d+) (\d+)"')


def size(drawing: str) -> tuple[int, int]:
    """Return width and height of a drawing that stands alone."""
    found = _VIEW.search(drawing)
    if found is None:
        raise ValueError("A drawing without its size.")
    return int(found[1]) + 2 * MARGIN, int(found[2]) + MARGIN


def alone(drawing: str) -> str:
    """Return a drawing of a page as a file of its own: with its style, its size, and room for labels at its edge."""
    width, height = size(drawing)
    view = f'viewBox="{-MARGIN} 0 {width} {height}" width="{width}" height="{height}"'
    return _VIEW.sub(f'xmlns="http://www.w3.org/2000/svg" {view}', drawing, count=1).replace(
        "</desc>", f"</desc><style>{STYLE}</style>", 1
    )


def picture(drawing: str) -> bytes:
    """Return a drawing as PNG in the fonts of the package, the same bytes on every machine."""
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=shown(alone(drawing)),
            background="#ffffff",
            zoom=SCALE,
            skip_system_fonts=True,
            font_files=[str(path) for path in font_files()],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
        )
    )


def font_files() -> list[Path]:
    """Return the fonts of the package."""
    return sorted(FONTS.glob("*.ttf"))


def shown(text: str) -> str:
    """Return a text with a square in place of each character that the fonts of the package do not have."""
    known = _known()
    composed = unicodedata.normalize("NFC", text).replace("\N{NON-BREAKING HYPHEN}", "-")
    return "".join(letter if ord(letter) in known or letter in "\n\t" else MISSING for letter in composed)


@functools.cache
def _known() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    have = []
    for path in font_files():
        with TTFont(path, lazy=True) as font:
            have.append(frozenset(font.getBestCmap()))
    return have[0].intersection(*have[1:])
