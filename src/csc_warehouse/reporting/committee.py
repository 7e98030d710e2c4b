"""The half-yearly report to committee: one page and its figures as data, from a release's reporting alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse import layouts
from csc_warehouse.authorities import WELSH_NAMES
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.reporting import arguments, board
from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.papers import BOARD, COMMITTEE, Paper
from csc_warehouse.reporting.report import answer, building, formats, frozen, reading, words
from csc_warehouse.reporting.report.blocks import MARKS, PROFILE, Report
from csc_warehouse.reporting.report.book import Period, Revised
from csc_warehouse.reporting.report.printing import Printer, in_welsh
from csc_warehouse.reporting.spreadsheets import harmless
from csc_warehouse.settings import Settings
from csc_warehouse.sql_files import statement
from csc_warehouse.texts import FILE as TEXTS_FILE
from csc_warehouse.texts import LANGUAGES, Language, Texts, other
from csc_warehouse.version import Origin
from csc_warehouse.warehouse import Warehouse

NATIONS = ("W92000004", "E92000001", "S92000003", "N92000002")
"""Codes of the nations that a figure may be compared with."""

_RELEASE = text(statement(__name__, "release"))
_PUBLICATION = text(
    "select q.as_at_date, q.verdict, q.reason, q.published_at is not null as is_published, r.code_version,"
    " r.code_address, r.state"
    " from quality.publications as q inner join release.releases as r on r.release_id = q.release_id"
    " where q.release_id = :release and q.authority_code = :authority"
)
_LAST_ENDED = text(
    "select period_label from release.reporting__rpt_scorecard"
    " where release_id = :release and authority_code = :authority and profile = :profile"
    " and period_type = :period_type and period_end_date <= as_at_date order by period_end_date desc limit 1"
)
_LABELS = text(
    "select period_label from release.reporting__rpt_scorecard"
    " where release_id = :release and authority_code = :authority and profile = :profile"
    " group by period_label, period_type, period_end_date order by period_end_date desc, period_type"
)
_FIGURES = text(statement(__name__, "figures"))
_SIGNATURE = text(
    "select decision_id, signed_by, accounts, signed_at, note from quality.signatures"
    " where release_id = :release and authority_code = :authority order by signed_at"
)
_SEEN = text("select release_id from release.pointer where authority_code = :authority")
_SIGNED_OF = text(
    "select authority_code, decision_id from quality.signatures where release_id = :release order by authority_code"
)
_REVISIONS = text(statement(__name__, "revisions"))
_DIFFERING = text(statement(__name__, "differing"))
_CSV = (
    "authority_code", "indicator_code", "local_code", "title", "title_cy", "period_label", "period_start_date",
    "period_end_date", "display", "unit", "status", "target", "rating", "comparator", "comparator_label", "direction",
    "grade", "caveat", "caveat_cy", "as_at_date", "release_id", "code_version", "code_address",
)  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """The release and period that a report is about, its printed figures, and who signed them."""

    authority_code: str
    release_id: int
    period: str
    published: Any
    figures: tuple[dict[str, Any], ...]
    signatures: tuple[Any, ...]
    paper: Paper = COMMITTEE

    def name(self, form: str, language: Language = "en") -> str:
        """Return the name of its file of a format: an English one is named as it ever was, data is of no language."""
        stem = f"{self.paper.prefix}{self.period.replace('/', '-').replace(' ', '-')}-release-{self.release_id}"
        return f"{stem}.{form}" if language == "en" or form == "csv" else f"{stem}.{language}.{form}"


def write(
    warehouse: Warehouse,
    *,
    period: str | None,
    out: Path,
    release_id: int | None,
    authority_code: str,
    languages: Sequence[Language] = ("en",),
    asked: Sequence[str] = formats.USUAL,
    paper: Paper = COMMITTEE,
) -> list[Path]:
    """Write a period's report below a folder, and return the paths: the pages first, the data, then other formats.

    languages: one file of each format in each, the data aside. Of two pages, each links to the other; signed ones do so
    always, since both are kept.

    Default: the latest signed release that has the period, else the one that readers see; the last half year that had
    ended, of the board's paper the last quarter. Of a signed release the files are those that were first written after
    the signature.
    Raises CscWarehouseError for a held release, one whose figures are gone, and a period that it does not have; and
    for a PDF where this machine cannot set one, once every other file is written.
    """
    with warehouse.transaction() as connection:
        connection.execute(text("set transaction isolation level repeatable read"))
        chosen = choose(connection, warehouse, period, release_id, authority_code, paper)
        kept = {each: _kept(warehouse, chosen, each) for each in _together(chosen, languages, asked)}
        said = {each.language for each, files in kept.items() if files is None}
        reports = {
            language: read(connection, warehouse, chosen, language) for language in LANGUAGES if language in said
        }
    is_linked = bool(chosen.signatures) or len(languages) > 1
    written: dict[str, Path] = {}
    for each, files in kept.items():
        made = files or _made(warehouse, chosen, reports[each.language], each, is_linked=is_linked)
        for name in (chosen.name(form, each.language) for form in each.forms if form in asked):
            if each.language in languages or name == chosen.name("csv"):
                written[name] = render.write(out / authority_code / name, made[name])
    names = [chosen.name(form, language) for form in formats.ALL for language in languages]
    return [written[name] for name in dict.fromkeys(names) if name in written]


@dataclass(frozen=True)
class _Together:
    """Files that are written and kept with each other: their language, and their formats."""

    language: Language
    forms: tuple[str, ...]


def _together(chosen: Chosen, languages: Sequence[Language], asked: Sequence[str]) -> list[_Together]:
    """Return what is to be written. What was signed before there was a Welsh page has the data beside the English one.

    A PDF comes last: not every machine can set one.
    """
    made = []
    if set(formats.USUAL) & set(asked):
        paged = LANGUAGES if chosen.signatures else languages
        made = [_Together(each, ("html",) if number else formats.USUAL) for number, each in enumerate(paged)]
    others = [form for form in formats.ALL if form in asked and form not in formats.USUAL]
    return made + [_Together(language, (form,)) for form in others for language in languages]


def _kept(warehouse: Warehouse, chosen: Chosen, together: _Together) -> dict[str, bytes] | None:
    """Return the files of a signed report as they were first written; None where none were, or nobody signed."""
    if not chosen.signatures:
        return None
    names = [chosen.name(form, together.language) for form in together.forms]
    return frozen.kept(warehouse.settings, chosen.authority_code, chosen.signatures[0].decision_id, names)


def _made(
    warehouse: Warehouse, chosen: Chosen, report: Report, together: _Together, *, is_linked: bool
) -> dict[str, bytes]:
    """Return files as they are now; those of a signed report are kept from now on."""
    made = {}
    for form in together.forms:
        if form == "html":
            other_page = chosen.name("html", other(together.language)) if is_linked else ""
            content = as_page(replace(report, other_page=other_page)).encode()
        else:
            content = report.data.encode() if form == "csv" else formats.written(report, form)
        made[chosen.name(form, together.language)] = content
    if chosen.signatures:
        frozen.keep(warehouse.settings, chosen.authority_code, chosen.signatures[0].decision_id, made)
    return made


def _data(printer: Printer, chosen: Chosen) -> str:
    """Return the figures of a paper as data, in whatever language the rest is: what it says in words stands in both."""
    if chosen.paper.has_series:
        printed = board.rows(printer, chosen.authority_code, chosen.release_id)
        return _as_csv(printed, _origin(chosen), board.COLUMNS)
    welsh = replace(printer, language="cy")
    held = (
        row
        | {"title_cy": in_welsh(welsh.title(code)), "caveat_cy": in_welsh(welsh.texts.translated(row["caveat"] or ""))}
        for row in chosen.figures
        if printer.layout.holds(code := row["indicator_code"])
    )
    return _as_csv(held, _origin(chosen))


def _origin(chosen: Chosen) -> Origin:
    return Origin(chosen.published.code_version, chosen.published.code_address)


def keep_layout(warehouse: Warehouse, release_id: int, authority_code: str | None) -> None:
    """Keep the layout with which the reports of a release that was just signed are written. None: of all it signed."""
    with warehouse.transaction() as connection:
        signed = connection.execute(_SIGNED_OF, {"release": release_id}).all()
    for row in signed:
        if authority_code in (None, row.authority_code):
            frozen.keep_layout(warehouse.settings, row.authority_code, row.decision_id)


def period_of(warehouse: Warehouse, period: str | None, release_id: int, authority_code: str) -> str:
    """Return the label of the period that a report of a release is about. Raises as write does."""
    with warehouse.transaction() as connection:
        return choose(connection, warehouse, period, release_id, authority_code).period


def choose(  # noqa: PLR0917  (which report: each is one word)
    connection: Connection,
    warehouse: Warehouse,
    period: str | None,
    release_id: int | None,
    authority_code: str,
    paper: Paper = COMMITTEE,
) -> Chosen:
    """Return the release and period that a report is about, with its printed figures. Raises as write does."""
    whom = arguments.name_of(warehouse.settings.config, authority_code)
    key: dict[str, Any] = {"authority": authority_code, "profile": PROFILE, "period": _spaced(period)}
    if release_id is None:
        release_id = connection.execute(_RELEASE, key).scalar()
    if release_id is None:
        raise CscWarehouseError(f"Nothing is published for {whom}: csc-warehouse status tells what is.")
    key["release"] = arguments.release(connection, release_id, authority_code, whom=whom)
    published = connection.execute(_PUBLICATION, key).one()
    if published.verdict == "held" or not published.is_published:
        raise CscWarehouseError(
            f"Release {release_id} was held or not published for {authority_code}: no report of it."
        )
    labels: list[str] = list(connection.execute(_LABELS, key).scalars())
    if period is None:
        period = connection.execute(_LAST_ENDED, key | {"period_type": paper.period_type}).scalar()
    elif labels:
        period = arguments.period(period, labels, of=f"release {release_id}, {whom}")
    key["period"] = period
    figures = tuple(dict(row) for row in connection.execute(_FIGURES, key).mappings())
    if not figures:
        gone = " Its figures have expired." if published.state == "expired" else ""
        raise CscWarehouseError(f"Release {release_id} of {authority_code} has no figures of {period}.{gone}")
    if paper.period_types and _period(figures, str(period)).kind not in paper.period_types:
        kinds = " or ".join(kind.replace("_", " ") for kind in paper.period_types)
        raise UsageError(f"--period: {period} is no {kinds}; this report is of no other period.")
    signatures = tuple(connection.execute(_SIGNATURE, key).all())
    return Chosen(authority_code, release_id, str(period), published, figures, signatures, paper)


def read(connection: Connection, warehouse: Warehouse, chosen: Chosen, language: Language = "en") -> Report:
    """Return what the report says in a language: everything of it is read here, once."""
    settings = warehouse.settings
    authority_code, published, is_signed = chosen.authority_code, chosen.published, bool(chosen.signatures)
    key = {"authority": authority_code, "profile": PROFILE, "release": chosen.release_id}
    laid_over, texts = _laid_over(warehouse, chosen)
    layout = layouts.load(laid_over, file=chosen.paper.layout)
    signed = chosen.signatures[0].decision_id if is_signed else None
    if chosen.paper.has_series:
        revised = board.history(connection, key, layout, signed=signed)
    else:
        revised = tuple(each for each in _revised(connection, key, is_signed=is_signed) if layout.holds(each.code))
    book = reading.read(
        connection,
        release_id=chosen.release_id,
        authority_code=authority_code,
        profile=PROFILE,
        period=_period(chosen.figures, chosen.period),
        as_at=published.as_at_date,
        revised=revised,
        signed=signed,
        names_cy=names_cy(settings),
        language=language,
    )
    printer = Printer(book, layout, language, texts)
    chapters = building.chapters(printer)
    reason = (published.reason or "") if published.verdict == "caveats" else ""
    return Report(
        authority_code=authority_code,
        authority_name=_name(settings, authority_code, language),
        release_id=chosen.release_id,
        period=chosen.period,
        as_at_date=published.as_at_date,
        verdict=published.verdict,
        reason=published.reason or "",
        origin=_origin(chosen),
        signatures=chosen.signatures,
        answer=answer.lines(printer, chapters, reason=reason, is_signed=is_signed),
        chapters=chapters,
        revisions=printer.revisions,
        is_ended=book.is_ended,
        texts=printer.texts,
        about=layout.title[language],
        prefix=chosen.paper.prefix,
        data=_data(printer, chosen),
    )


def sections(warehouse: Warehouse, period: str, authority_code: str) -> tuple[str, dict[str, str]]:
    """Return the label of a period that a report can be about, and the titles of its sections by name.

    Raises as write does, for the release that readers see.
    """
    with warehouse.transaction() as connection:
        seen = connection.execute(_SEEN, {"authority": authority_code}).scalar()
        chosen = choose(connection, warehouse, period, seen, authority_code)
    titles: dict[str, str] = {}
    for paper in (COMMITTEE, BOARD):
        layout = layouts.load(frozen.laid_over(warehouse.settings, paper.layout), file=paper.layout)
        titles |= {key: layout.sections[key].title["en"] for key in layout.order}
    return chosen.period, titles


def _name(settings: Settings, authority_code: str, language: Language) -> str:
    """Return what an authority is called on a page."""
    configured = settings.config.authorities.get(authority_code)
    if configured is None:
        return authority_code
    return names_cy(settings).get(authority_code, configured.name) if language == "cy" else configured.name


def names_cy(settings: Settings) -> dict[str, str]:
    """Return what places are called in Welsh by their codes: authorities, and the nations that are compared with."""
    cymraeg = Texts("cy")
    own = {code: known.name_cy for code, known in settings.config.authorities.items() if known.name_cy}
    return {code: cymraeg(f"place.{code}") for code in NATIONS} | WELSH_NAMES | own


def _laid_over(warehouse: Warehouse, chosen: Chosen) -> tuple[str | None, str | None]:
    """Return what the council lays over the layout and the texts of a report: of a signed one, what it laid then."""
    settings = warehouse.settings
    if not chosen.signatures:
        return frozen.laid_over(settings, chosen.paper.layout), frozen.laid_over(settings, TEXTS_FILE)
    of = (settings, chosen.authority_code, chosen.signatures[0].decision_id)
    return frozen.layout_of(*of, chosen.paper.layout), frozen.texts_of(*of)


def as_page(report: Report) -> str:
    """Return the report as a page that needs nothing outside itself."""
    return render.page(
        "committee.html.j2",
        origin=report.origin,
        texts=report.texts,
        report=report,
        profile=PROFILE,
        reason=report.texts.translated(report.reason),
        marks=MARKS,
        grades=words.GRADES,
        kinds=words.KINDS,
    )


def _period(figures: Iterable[dict[str, Any]], label: str) -> Period:
    row = next(figure for figure in figures if figure["period_label"] == label)
    return Period(row["period_type"], label, row["period_start_date"], row["period_end_date"])


def _revised(connection: Connection, key: dict[str, Any], *, is_signed: bool) -> tuple[Revised, ...]:
    """Return which figures were signed as others: as the signature says, or, before one, as it would say."""
    rows = connection.execute(_REVISIONS if is_signed else _DIFFERING, key)
    return tuple(
        Revised(
            code=row.indicator_code,
            title=row.title,
            period=row.period_label,
            before=row.revised_display or "",
            now=row.display,
            reason=row.revision_reason or "",
        )
        for row in rows
    )


def _spaced(period: str | None) -> str | None:
    return None if period is None else " ".join(period.split()).upper()


def _as_csv(figures: Iterable[dict[str, Any]], origin: Origin, columns: tuple[str, ...] = _CSV) -> str:
    """Return the printed figures as data, each with the code that made it; hidden ones as hidden as on the page."""
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    code = {"code_version": origin.version, "code_address": origin.address}
    writer.writerows({name: harmless(value) for name, value in (figure | code).items()} for figure in figures)
    return file.getvalue()
