"""Where the generated pages lie below the home, and the only way from a name in an address to one of their files."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from csc_warehouse.errors import UsageError
from csc_warehouse.settings import Settings

INDEX = "index.html"
HEAD_OF_SERVICE = "head-of-service.html"
"""The page of a weekly pack from which the others are found."""
HEAD_OF_SERVICE_CY = "head-of-service.cy.html"
"""The same in Welsh."""
PREFIX = "warehouse"
"""Below this Airflow's plugin shows the pages."""
AUTHORITY = re.compile(r"[A-Z][0-9]{8}")
"""The form of an ONS code: nothing else becomes part of a path."""


def quality_reports(settings: Settings) -> Path:
    """Return the folder of the quality reports: one folder per as-at day, in it one per authority."""
    return settings.reports / "quality"


def quality_report(settings: Settings, as_at_date: datetime.date, authority_code: str) -> Path:
    """Return the page of one night's quality report. Raises UsageError when the code has not the form of one."""
    return quality_reports(settings) / as_at_date.isoformat() / _code(authority_code) / INDEX


def catalogue(settings: Settings) -> Path:
    """Return the page that lists every check."""
    return settings.reports / "catalogue" / INDEX


def committee_reports(settings: Settings) -> Path:
    """Return the folder of the committee reports: one folder per authority."""
    return settings.reports / "committee"


def reports_to_sign(settings: Settings) -> Path:
    """Return the folder of reports that somebody is asked to sign, as they stand before: not listed with the others."""
    return committee_reports(settings) / "to-sign"


def address(settings: Settings, page: Path) -> str:
    """Return where Airflow shows a page of the reports, relative to its own first page."""
    return f"{PREFIX}/{page.relative_to(settings.reports).as_posix()}"


def data_docs(settings: Settings) -> Path:
    """Return the folder of Great Expectations' own pages, for engineers."""
    return settings.reports / "data_docs"


def worklists(settings: Settings) -> Path:
    """Return the folder of the worklists, which hold the sources' own ids: for reviewers alone, out of the reports."""
    return settings.home / "restricted" / "worklists"


def worklist(settings: Settings, authority_code: str) -> Path:
    """Return the page of one authority's worklist; its spreadsheet lies beside it.

    Raises UsageError when the code has not the form of one.
    """
    return worklists(settings) / _code(authority_code) / INDEX


def worklist_sheet(settings: Settings, authority_code: str) -> Path:
    """Return the spreadsheet of one authority's worklist. Raises UsageError as worklist does."""
    return worklist(settings, authority_code).with_name("worklist.xlsx")


def weekly_packs(settings: Settings) -> Path:
    """Return the folder of the weekly packs' counts: one folder per authority, in it one per as-at day.

    Small numbers are not hidden in them: for those who manage the work alone, out of the reports.
    """
    return settings.home / "restricted" / "weekly"


def weekly_lists(settings: Settings) -> Path:
    """Return the folder of the teams' lists, which hold the sources' own ids: for reviewers alone."""
    return settings.home / "restricted" / "weekly-lists"


def latest_weekly_packs(settings: Settings) -> dict[str, tuple[datetime.date, Path]]:
    """Return each authority's latest weekly pack by its code: the as-at day and the folder."""
    latest: dict[str, tuple[datetime.date, Path]] = {}
    for folder in weekly_packs(settings).glob("*/*"):
        day, code = _day(folder.name), folder.parent.name
        if day is not None and AUTHORITY.fullmatch(code) and (code not in latest or latest[code][0] < day):
            latest[code] = (day, folder)
    return dict(sorted(latest.items()))


def existing_weekly_lists(settings: Settings) -> dict[str, list[Path]]:
    """Return each authority's pages of its teams' lists by its code."""
    found: dict[str, list[Path]] = {}
    for page in sorted(weekly_lists(settings).glob("*/*.html")):
        if AUTHORITY.fullmatch(page.parent.name):
            found.setdefault(page.parent.name, []).append(page)
    return found


def latest_quality_reports(settings: Settings) -> dict[str, tuple[datetime.date, Path]]:
    """Return each authority's latest quality report by its code: the as-at day and the page."""
    latest: dict[str, tuple[datetime.date, Path]] = {}
    for page in quality_reports(settings).glob(f"*/*/{INDEX}"):
        day, code = _day(page.parent.parent.name), page.parent.name
        if day is not None and AUTHORITY.fullmatch(code) and (code not in latest or latest[code][0] < day):
            latest[code] = (day, page)
    return dict(sorted(latest.items()))


def existing_worklists(settings: Settings) -> dict[str, Path]:
    """Return each authority's worklist page by its code."""
    pages = sorted(worklists(settings).glob(f"*/{INDEX}"))
    return {page.parent.name: page for page in pages if AUTHORITY.fullmatch(page.parent.name)}


def within(folder: Path, name: str) -> Path | None:
    """Return the file that a name from an address means below a folder; None where there is none, or it lies outside.

    Links are followed before it is judged, so neither "..", nor an absolute name, nor a link leads out.
    """
    if "\x00" in name or "\\" in name:
        return None
    root = folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        return None
    if path.is_dir():
        path = path / INDEX
    return path if path.is_file() and path.resolve().is_relative_to(root) else None


def _code(authority_code: str) -> str:
    if not AUTHORITY.fullmatch(authority_code):
        raise UsageError(f"{authority_code!r} is not an authority's ONS code, such as W06000006.")
    return authority_code


def _day(name: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(name)
    except ValueError:
        return None
