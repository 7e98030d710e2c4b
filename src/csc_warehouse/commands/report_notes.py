"""Commands about the authors' paragraphs of a report: report-notes write, remove, list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from csc_warehouse.commands.console import OUT, Authority, authority_of
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import load_settings

NOTES = typer.Typer(help="The authors' paragraphs of the committee report.", no_args_is_help=True)

Period = Annotated[str, typer.Option("--period", metavar="LABEL", help="The report's period, as 2018/19 H1.")]
Section = Annotated[str, typer.Option("--section", metavar="NAME", help="A section of the layout, as assessments.")]
Language = Annotated[
    str, typer.Option("--language", metavar="en|cy", help="The language of the paragraphs; each has its own place.")
]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who writes, with role; it stands in the report.")]


@NOTES.command("write")
def write(  # noqa: PLR0917  (typer makes each one a named option)
    period: Period,
    section: Section,
    by: By,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT", help="The paragraphs. No child's name.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="PATH", help="Or a file with them, parted by empty lines.")
    ] = None,
    language: Language = "en",
    authority: Authority = None,
) -> None:
    """Write the paragraphs of a section, in place of those that stand there; the journal keeps who wrote what and when.

    They stand in every report of the period that is written from now on: in the page of their language, and, marked, in
    that of the other where it has none of its own. One that is signed stays as it was signed.

    Example: csc-warehouse report-notes write --period "2018/19 H1" --section assessments --by "A. Jones, Head of Service"
    --text "Two vacancies were filled in September."
    """  # noqa: E501  (one command)
    from csc_warehouse import stewardship

    if (text is None) == (file is None):
        raise UsageError("Give the paragraphs by --text or by --file: one of the two.")
    done = stewardship.write_report_note(
        period, section, text or _read(file), by=by, authority_code=authority, language=language
    )
    OUT.print(f"Written into {done['title']} ({done['section']}) of {done['period']}, by {by}.", markup=False)


@NOTES.command("remove")
def remove(  # noqa: PLR0917  (typer makes each one a named option)
    period: Period,
    section: Section,
    by: By,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is recorded.")],
    language: Language = "en",
    authority: Authority = None,
) -> None:
    """Take the paragraphs of a section out of the report; the journal keeps them.

    Example: csc-warehouse report-notes remove --period "2018/19 H1" --section assessments --by "A. Jones" --reason "Said twice"
    """  # noqa: E501  (one command)
    from csc_warehouse import stewardship

    done = stewardship.write_report_note(
        period, section, reason, by=by, authority_code=authority, is_removed=True, language=language
    )
    OUT.print(f"Taken out of {done['title']} ({done['section']}) of {done['period']}, by {by}.", markup=False)


@NOTES.command("list")
def listed(authority: Authority = None) -> None:
    """List the paragraphs that stand, by period and section.

    Example: csc-warehouse report-notes list
    """
    from csc_warehouse.quality import report_notes
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    rows = report_notes.listing(open_warehouse(settings), authority_of(settings, authority))
    if not rows:
        OUT.print("No note stands in any report.")
        return
    table = Table(header_style="bold")
    for heading in ("Period", "Section", "Language", "By", "On", "Text"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        day = f"{row['decided_at'].date():%d %B %Y}"
        named = (row["period"], row["section"], row["note_language"], row["person"], day, row["note_text"])
        table.add_row(*(escape(str(cell)) for cell in named))
    OUT.print(table)


def _read(file: Path | None) -> str:
    try:
        return file.read_text(encoding="utf-8-sig") if file is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read as a text in UTF-8: {error}.") from error


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(NOTES, name="report-notes")
