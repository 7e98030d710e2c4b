"""Turn what is known into pages that need nothing outside themselves, and put them where they belong."""

from __future__ import annotations

import datetime
import functools
import os
import tempfile
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from csc_warehouse.texts import ENGLISH, Texts
from csc_warehouse.version import Origin
from csc_warehouse.warehouse.home import as_readable_as_its_folder

PRIVATE = 0o600


def british(day: datetime.date | None) -> str:
    """Return a day as 31 December 2018; nothing for none."""
    return "" if day is None else f"{day.day} {day:%B %Y}"


def long_date(day: datetime.date) -> str:
    """Return a day as Monday 31 December 2018."""
    return f"{day:%A} {british(day)}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: 1 figure, 2 figures, 1,200 entries."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def enough(names: list[str], most: int = 4) -> str:
    """Return a list of names in words, cut short: a, b, c, d and 3 more."""
    if len(names) <= most + 1:
        return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def lower_first(text: str) -> str:
    """Return a title as it stands within a sentence."""
    return text[:1].lower() + text[1:]


@functools.cache
def environment() -> jinja2.Environment:
    """Return the templates, escaping whatever they print."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("csc_warehouse.reporting.pages", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(british=british, long_date=long_date, enough=enough, lower_first=lower_first)
    made.globals.update(plural=plural)
    return made


def page(template: str, *, origin: Origin, texts: Texts = ENGLISH, **content: Any) -> str:
    """Render a template with the style inside it, and with the version and address of the code at its foot.

    A template says what stands in the catalogue: `texts` of it in the language of the page, plain for an attribute,
    `say` for what is read, and `elsewhere` in the other language.
    """
    source = jinja2.PackageLoader("csc_warehouse.reporting.pages", "templates").get_source(environment(), "style.css")
    style = Markup(source[0])  # noqa: S704  (our own file)
    return (
        environment()
        .get_template(template)
        .render(style=style, origin=origin, texts=texts, say=texts.markup, elsewhere=texts.in_other_language, **content)
    )


def write(path: Path, content: str | bytes, *, mode: int | None = None) -> Path:
    """Write a file whole or not at all, readable as the mode says from its first byte on; return its path.

    Default: it is read by whoever may read the folder that it is put into. A folder that is not there yet is made for
    its owner alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        Path(name).chmod(as_readable_as_its_folder(path.parent) if mode is None else mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path
