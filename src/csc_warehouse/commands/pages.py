"""Commands that write pages: quality-report, check-catalogue, worklists, weekly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csc_warehouse.commands.console import OUT, Authority, parse_date, shown_progress
from csc_warehouse.settings import load_settings

Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder to write to. Default: reports below the home.")
]


def quality_report(
    release: Annotated[int | None, typer.Option("--release", metavar="N", help="Default: the candidate.")] = None,
    out: Out = None,
) -> None:
    """Write the page that says whether a night's figures may be used, which may not, and who must mend what.

    Example: csc-warehouse quality-report --out pages
    """
    from csc_warehouse import nightly
    from csc_warehouse.errors import CscWarehouseError
    from csc_warehouse.reporting import arguments, pages
    from csc_warehouse.warehouse import open_warehouse

    warehouse = open_warehouse(load_settings())
    if release is not None:
        with warehouse.transaction() as connection:
            arguments.release(connection, release)
    release = release or nightly.candidate_release(warehouse)
    written = pages.write_quality_reports(warehouse, release, out)
    if not written:
        raise CscWarehouseError(
            f"Release {release} has no verdict yet: csc-warehouse check and publish give it one, then try again."
        )
    for path in written:
        OUT.print(str(path), markup=False)


def check_catalogue(out: Out = None) -> None:
    """Write the page that lists every check in plain sentences, with its owner and the field to mend.

    Example: csc-warehouse check-catalogue --out pages
    """
    from csc_warehouse.reporting import pages
    from csc_warehouse.warehouse import open_warehouse

    OUT.print(str(pages.write_catalogue(open_warehouse(load_settings()), out)), markup=False)


def worklists() -> None:
    """Write the worklists, page and spreadsheet, into the restricted area of the home and nowhere else.

    Example: csc-warehouse worklists
    """
    from csc_warehouse.reporting import pages
    from csc_warehouse.warehouse import open_warehouse

    for path in pages.write_worklists(open_warehouse(load_settings())):
        OUT.print(str(path), markup=False)


def weekly(
    as_at: Annotated[
        str | None, typer.Option("--as-at", metavar="DAY", help="As 2018-12-17. Default: what readers see.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for the counts. Default: the restricted area of the home."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="en|cy|both", help="Default: report_language.")
    ] = None,
    authority: Authority = None,
) -> None:
    """Write the weekly pack: what is open, due and late, a page and a spreadsheet for each level of management.

    Counts go into the folder, with small numbers in them: for those who manage the work. The lists of each team's
    records go into the restricted area of the home and nowhere else. In English, in Welsh, or in both. A day that no
    release stands for is built first and stored; nothing that readers see changes.

    Example: csc-warehouse weekly --as-at 2018-12-17 --out pack
    """
    from csc_warehouse import weekly as packs

    with shown_progress() as progress:
        written = packs.write(
            out, as_at=parse_date(as_at), authority_code=authority, language=language, progress=progress
        )
    OUT.print(
        f"Weekly pack of {written['authority_name']} as at {written['as_at']}, release {written['release_id']}.",
        markup=False,
    )
    for path in (*written["counts"], *written["lists"]):
        OUT.print(path, markup=False)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("quality-report")(quality_report)
    app.command("check-catalogue")(check_catalogue)
    app.command()(worklists)
    app.command()(weekly)
