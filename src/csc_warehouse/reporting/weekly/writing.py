"""Put the pack where it belongs: counts for those who manage, lists of records into the restricted area alone."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from csc_warehouse.reporting import page_locations
from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.weekly import pages, workbook
from csc_warehouse.reporting.weekly.pack import Pack, Scope, Work, lists, scopes
from csc_warehouse.reporting.weekly.words import PAGE, Spoken
from csc_warehouse.settings import Settings
from csc_warehouse.texts import Language, Texts


def write_counts(
    pack: Pack, out: Path, *, languages: Sequence[Language] = ("en",), laid_over: str | None = None
) -> list[Path]:
    """Write a page and a spreadsheet for each level of management below a folder; return their paths, the head's first.

    They lie in a folder of the authority and the day, in each of the languages. Small numbers are not hidden in them,
    so that folders and files are readable by their owner alone. laid_over: the council's own wording.
    """
    folder = _private(_private(out / pack.authority_code) / pack.as_at.isoformat())
    written: list[Path] = []

    def write(scope: Scope, above: Scope | None) -> None:
        for texts, beside in _spoken_in(languages, laid_over):
            spoken = Spoken(texts)
            page = pages.counts_page(pack, scope, above, texts, beside=beside)
            written.append(render.write(folder / spoken.file(scope, "html"), page, mode=render.PRIVATE))
            sheet = workbook.counts_workbook(pack, scope, texts)
            written.append(render.write(folder / spoken.file(scope, "xlsx"), sheet, mode=render.PRIVATE))
        for part in scope.parts:
            write(part, scope)

    write(scopes(pack), None)
    return written


def write_lists(
    settings: Settings,
    pack: Pack,
    works: Sequence[Work],
    *,
    languages: Sequence[Language] = ("en",),
    laid_over: str | None = None,
) -> list[Path]:
    """Write each team's records, as page and spreadsheet, into the restricted area of the home, and nowhere else.

    The authority's lists of the week before are gone then: they name children, and nobody mends or erases in them.
    """
    remove_lists(settings, pack.authority_code)
    folder = _private(page_locations.weekly_lists(settings) / pack.authority_code)
    by_team: dict[str, list[Work]] = defaultdict(list)
    for work in works:
        by_team[work.team].append(work)
    written: list[Path] = []
    for scope in lists(pack):
        key = scope.teams[0].key
        own, loads = by_team.get(key, []), pack.loads_of(scope.teams)
        for texts, beside in _spoken_in(languages, laid_over):
            spoken = Spoken(texts)
            page = pages.list_page(pack, scope, own, loads, texts, beside=beside)
            written.append(render.write(folder / spoken.file(scope, "html"), page, mode=render.PRIVATE))
            sheet = workbook.list_workbook(pack, scope, own, loads, texts)
            written.append(render.write(folder / spoken.file(scope, "xlsx"), sheet, mode=render.PRIVATE))
    return written


def _spoken_in(languages: Sequence[Language], laid_over: str | None) -> list[tuple[Texts, Language | None]]:
    """Return the texts of each language, with the other one where a page is written in both."""
    return [
        (Texts(language, PAGE, laid_over), next((each for each in languages if each != language), None))
        for language in languages
    ]


def remove_lists(settings: Settings, authority_code: str | None = None) -> None:
    """Remove the lists of an authority; None: of all."""
    folder = page_locations.weekly_lists(settings)
    gone = folder if authority_code is None else folder / authority_code
    if gone.is_dir():
        shutil.rmtree(gone)


def _private(folder: Path) -> Path:
    """Make a folder, and those above it that are not there yet, for their owner alone."""
    if not folder.parent.exists():
        _private(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder
