"""Commands that exchange figures with others in StatsWales' form: export statswales, comparators read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csc_warehouse.commands.console import OUT, Authority, authority_of, required_date
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import load_settings

EXPORT = typer.Typer(help="Write published figures in the form of others.", no_args_is_help=True)
COMPARATORS = typer.Typer(help="Figures that others published, to compare with.", no_args_is_help=True)


@EXPORT.command("statswales")
def statswales(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")],
    authority: Authority = None,
    period: Annotated[
        str | None,
        typer.Option(metavar="LABEL", help="A year or quarter, as 2018/19 or 2018/19 Q2. Default: all of them."),
    ] = None,
    revised_since: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="A release that was given out before: what differs is marked r. Default: the last one signed.",
        ),
    ] = None,
) -> None:
    """Write the published figures of the profile rounded as a data table of StatsWales (SW3), with its lookup tables.

    Numbers to the nearest 5; what is hidden has the note code c and no number. Only what is published leaves.

    Example: csc-warehouse export statswales --out files --period 2018/19
    """
    from csc_warehouse.reporting import statswales as writer
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    found = writer.export(
        open_warehouse(settings),
        authority_code=authority_of(settings, authority),
        period=period,
        out=out,
        revised_since=revised_since,
    )
    for path in found.paths:
        OUT.print(str(path), markup=False)
    compared = "no release" if found.revised_since is None else f"release {found.revised_since}"
    OUT.print(
        f"Profile {writer.PROFILE}, release {found.release_id}: {found.rows:,} rows of years and quarters. Revised (r)"
        f" against {compared}.",
        markup=False,
    )


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in given or ()]
    for name, is_pair, value in pairs:
        if not (name.strip() and is_pair and value.strip()):
            raise UsageError(f"{option} {name}{is_pair}{value}: write it as NAME=VALUE.")
    return {name.strip(): value.strip() for name, _, value in pairs}


@COMPARATORS.command("read")
def read(  # noqa: PLR0917  (typer makes each one a named option)
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A data table of StatsWales: CSV, UTF-8.")],
    published_on: Annotated[
        str, typer.Option(metavar="DATE", help="Day of publication: no report as at an earlier day shows the figures.")
    ],
    source: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Where it was read. Default: what the table says.")
    ] = None,
    indicator: Annotated[
        str | None, typer.Option(metavar="CODE", help="Of a table without a column of indicators.")
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE=MEASURE", help="What a code of the table is, as 1=percentage."),
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Of another column, the value that is read.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The overlay's comparators. Default: comparators.csv of the overlay in use."),
    ] = None,
) -> None:
    """Read figures that others published into the overlay's comparators.csv; rows that it holds already stay.

    Every cell of a row that is read is checked before anything is written. Hidden, missing and forecast figures are
    kept as not published.

    Example: csc-warehouse comparators read pm24.csv --published-on 2019-10-31 --indicator PM24 --measure 1=percentage
    """
    from csc_warehouse import overlay
    from csc_warehouse.reporting.pages import render
    from csc_warehouse.statswales import Choices

    settings = load_settings()
    into = into or (settings.overlay and settings.overlay / overlay.COMPARATORS)
    if into is None:
        raise UsageError(
            "There is no overlay to write to: begin one (csc-warehouse overlay init DIR), or name --into FILE."
        )
    merged = overlay.read_comparators(
        file,
        settings,
        published_on=required_date(published_on),
        choices=Choices(indicator, _pairs(measure, "--measure"), _pairs(where, "--where")),
        source=source,
        into=into,
    )
    render.write(into, merged.text)
    OUT.print(
        f"{into}: {merged.added} added, {merged.replaced} replaced, {merged.same} the same. Of these"
        f" {merged.not_published} say that no figure was published, {merged.forecasts} of them forecasts.",
        markup=False,
    )
    OUT.print(
        f"Of {merged.rows:,} rows {merged.groups:,} are of groups and {merged.elsewhere:,} of what was not chosen:"
        " these are no comparators. csc-warehouse overlay check shows what a night would lay over.",
        markup=False,
    )


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(EXPORT, name="export")
    app.add_typer(COMPARATORS, name="comparators")
