"""The command translations: what the pages say in both languages, for whoever checks the Welsh."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from csc_warehouse.commands.console import OUT
from csc_warehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    from csc_warehouse.texts import Entry

CHECKED, DRAFT, NONE = "checked", "draft", "none: stands in English, marked as English"
PAIRS = {
    "indicators": (("code",), ("title",), "Titles of indicators, wherever a figure stands"),
    "group_labels": (("breakdown", "breakdown_value"), ("title",), "Names of groups"),
    "code_labels": (("list_name", "code"), ("title",), "Names of codes, as groups"),
    "teams": (("authority_code", "team_code"), ("team_name", "service_name"), "Names of teams and services"),
    "series_breaks": (
        ("indicator_code", "authority_code", "break_date"),
        ("reason",),
        "Notes below tables and drawings",
    ),
}
"""By seed: its key, its columns that have a Welsh one beside them (title, title_cy), and where these stand."""
PAGES = {
    "common": "All pages",
    "report": "The committee report and the safeguarding board's quarterly",
    "weekly": "The weekly pack: its pages, spreadsheets and mail",
    "sentences": "Caveats and notes below tables, the verdict: made by checks and the register",
}
UNTRANSLATED = {
    "signature": "The note of whoever signed, and the reason of a revision",
    "note": "Authors' paragraphs of a section that has none in Welsh (report-notes write --language cy)",
    "sentence": "A sentence of a check, a grade or the register that sentences.yml does not know",
    "reason": "The reason of a delay on the weekly pack: it stands as the source has it",
    "group": "A group that neither the layout nor a list names: it stands as the source has it",
}


class Row(NamedTuple):
    """One text for the translator."""

    key: str
    english: str
    welsh: str
    used: str
    state: str


def translations(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The CSV to write, for a spreadsheet.")],
) -> None:
    """List what pages say in English and Welsh, for whoever checks the Welsh: key, both texts, where used, state.

    What the council lays over the shipped texts, layout and titles is in it. A text is put right in the overlay: by its
    key in texts.yml, in the layout, or in the file of its list. Welsh is a draft until texts.yml says who checked it.

    Example: csc-warehouse translations --out translations.csv
    """
    from csc_warehouse.reporting.spreadsheets import harmless

    rows = list(every(load_settings()))
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([name.capitalize() for name in Row._fields])
        writer.writerows([harmless(value) for value in row] for row in rows)
    drafts = sum(row.state == DRAFT for row in rows)
    OUT.print(f"{out}: {len(rows):,} texts, of which the Welsh of {drafts:,} is a draft.", markup=False, soft_wrap=True)


def every(settings: Settings) -> Iterator[Row]:
    """Yield every text that stands on a page in two languages, then what stands there in English alone."""
    from csc_warehouse import overlay, texts
    from csc_warehouse.settings import shipped

    laid = overlay.lay(settings)
    own = _laid_text(settings, texts.FILE)
    state = CHECKED if texts.checked_by(own) else DRAFT
    # what all pages say is listed once
    entries = {
        (entry.file, entry.key): entry for page in texts.PAGES for entry in texts.Texts("cy", page, own).entries()
    }
    for entry in entries.values():
        name = Path(entry.file).stem
        yield from _of_forms(entry, PAGES.get(name, f"The page {name}"), state)
    yield from _of_layout(settings, state)
    for seed, (key, columns, used) in PAIRS.items():
        text = (laid.seeds if laid else {}).get(seed)
        content = text if text is not None else (shipped("dbt_project") / "seeds" / f"{seed}.csv").read_text("utf-8")
        for row in csv.DictReader(content.splitlines()):
            named = ".".join([seed, *(row[column] for column in key)])
            for column in columns:
                yield Row(f"{named}.{column}", row[column], row[f"{column}_cy"], used, state)
    for name, used in UNTRANSLATED.items():
        yield Row(name, "", "", used, NONE)


def _of_forms(entry: Entry, used: str, state: str) -> Iterator[Row]:
    english, welsh = entry.forms("en"), entry.forms("cy")
    for form in dict.fromkeys([*english, *welsh]):
        key = entry.key if len(english) + len(welsh) == 2 else f"{entry.key} ({form})"
        yield Row(key, english.get(form, english["other"]), welsh.get(form, welsh["other"]), used, state)


def _of_layout(settings: Settings, state: str) -> Iterator[Row]:
    from csc_warehouse import layouts

    told = "titles, numbers, texts and notes of its layout, and names of groups"
    report = layouts.load(_laid_text(settings, layouts.REPORT)).model_dump()
    for place, words in _words(report, ("layout",)):
        yield Row(".".join(place), words["en"], words["cy"], f"The committee report: {told}", state)
    board = layouts.load(_laid_text(settings, layouts.BOARD), file=layouts.BOARD).model_dump()
    for place, words in _words(board, ("board_layout",)):
        # what both papers call a group is listed once
        if words != _at(report, place[1:]):
            yield Row(".".join(place), words["en"], words["cy"], f"The safeguarding board's quarterly: {told}", state)


def _at(said: Any, place: tuple[str, ...]) -> Any:
    """Return what stands at a place of a layout; None where nothing does."""
    for name in place:
        said = said.get(name) if isinstance(said, dict) else None
    return said


def _words(said: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """Yield every text in both languages below a place of the layout."""
    if isinstance(said, dict) and set(said) == {"en", "cy"}:
        yield place, said
    elif isinstance(said, dict):
        for name, below in said.items():
            yield from _words(below, (*place, str(name)))
    elif isinstance(said, list | tuple):
        for number, below in enumerate(said):
            yield from _words(below, (*place, str(number + 1)))


def _laid_text(settings: Settings, name: str) -> str | None:
    path = settings.overlay / name if settings.overlay is not None else None
    return path.read_text(encoding="utf-8-sig") if path is not None and path.is_file() else None


def register(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command()(translations)
