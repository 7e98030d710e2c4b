"""Commands for whoever adds an indicator: new-indicator, test-indicator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csc_warehouse.commands.console import OUT
from csc_warehouse.errors import CscWarehouseError, UsageError, nearest
from csc_warehouse.settings import IS_CHECKOUT, Settings, load_settings


def new_indicator(  # noqa: PLR0917  (typer makes each one a named option)
    code: Annotated[str, typer.Argument(metavar="CODE", help="A free code, as CON09.")],
    title: Annotated[str | None, typer.Option(help="Title in English; its first words name the model.")] = None,
    folder: Annotated[
        str | None, typer.Option(help="Area below models/marts/indicators. Default: that of the code's letters.")
    ] = None,
    fact: Annotated[
        str | None, typer.Option(help="Model whose rows it counts. Default: what the area usually counts.")
    ] = None,
    day: Annotated[str | None, typer.Option(help="Column of that model with the day on which a row counts.")] = None,
    is_count: Annotated[bool, typer.Option("--count", help="A count. Default: a percentage.")] = False,
    is_stock: Annotated[
        bool, typer.Option("--stock", help="A state at the end of a day. Default: events in a period.")
    ] = False,
    project: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The dbt project. Default: that of this checkout.")
    ] = None,
    is_local: Annotated[
        bool, typer.Option("--overlay", help="The council's own: in its overlay, which an upgrade never touches.")
    ] = False,
) -> None:
    """Begin an indicator: a register row, a model, its YAML and a unit test that fails until the rule is written.

    Example: csc-warehouse new-indicator CON09 --title "Contacts from schools"
    """
    from csc_warehouse.register import TO_WRITE, scaffold

    code = code.strip().upper()
    overlay_folder = _overlay_folder(project) if is_local else None
    if project is None and not is_local and not IS_CHECKOUT:
        raise UsageError(
            "This is an installed package, which an upgrade replaces: say --overlay for an indicator of the council's"
            " own, add an indicator in a checkout of the code, or say with --project which dbt project it goes into."
        )
    project = project or scaffold.PROJECT
    suggested = scaffold.suggest(code, folder, fact, project)
    asked = scaffold.NewIndicator(
        code=code,
        title=(title or TO_WRITE).strip(),
        folder=suggested[0],
        fact=suggested[1],
        day=day or suggested[2],
        kind="count" if is_count else "percent",
        is_stock=is_stock,
    )
    if overlay_folder is None:
        written = scaffold.write_scaffold(asked, project)
    else:
        written = scaffold.write_local_scaffold(asked, overlay_folder, project)
    for path, what in zip(
        written,
        (
            "a row at its end",
            "the model",
            "its description at the end",
            "its unit test at the end",
            # the overlay has no list of models
            "its name in the list"
            if overlay_folder is None
            else "how its figures hang together with others, to be said",
        ),
        strict=True,
    ):
        OUT.print(f"{path}: {what}", markup=False)
    OUT.print(f"It counts rows of {asked.fact} by {asked.day}: --fact and --day choose others.", markup=False)
    OUT.print(
        f'Now replace every "{TO_WRITE}", write the rule and make the unit test say it:'
        " docs/adding_an_indicator.md walks through one. Until then no build accepts the row.",
        markup=False,
    )


def _overlay_folder(project: Path | None) -> Path:
    """Return the folder of a council's own indicators; raise UsageError where there is no overlay."""
    from csc_warehouse.overlay import INDICATORS

    folder = load_settings().overlay
    if project is not None:
        raise UsageError("--overlay and --project name two places: say one of them.")
    if folder is None:
        raise UsageError(
            "There is no overlay to put it into: csc-warehouse overlay init FOLDER begins one, as the folder overlay"
            " beside the file that CSC_WAREHOUSE_CONFIG names."
        )
    return folder / INDICATORS


def try_indicator(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Indicator, as CON06.")],
    project: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The dbt project, as a trial copy. Default: that of a night."),
    ] = None,
) -> None:
    """Run the unit tests of an indicator's model; the home must have been built once. Exits 1 when one fails.

    Example: csc-warehouse test-indicator CON06
    """
    from csc_warehouse.transform import runner
    from csc_warehouse.warehouse import open_warehouse

    if project is not None and not (project / "dbt_project.yml").is_file():
        raise UsageError(f"--project {project} is no dbt project: there is no dbt_project.yml in it.")
    settings = load_settings()
    project = project.absolute() if project is not None else _with_overlay(settings)
    there = runner.indicator_models(project)
    models = [name for name in there if name.startswith(f"ind_{code.strip().lower()}__")]
    if not models:
        codes = [name.removeprefix("ind_").partition("__")[0].upper() for name in there]
        meant = nearest(code, codes)
        like = f" Did you mean {meant}?" if meant else ""
        raise UsageError(f"{code} has no model.{like} csc-warehouse new-indicator {code} begins one.")
    results = runner.run_unit_tests(open_warehouse(settings), models, project=project)
    for result in results:
        OUT.print(f"{result.name}: {result.status}{'. ' + result.message if result.is_failed else ''}", markup=False)
    if not results:
        raise CscWarehouseError(f"{models[0]} has no unit test of its own: give it one.")
    if any(result.is_failed for result in results):
        raise CscWarehouseError(f"{models[0]} does not do yet what its unit tests say.")


def _with_overlay(settings: Settings) -> Path | None:
    """Return the project with the overlay in it; None, the shipped one, where nothing is laid over it."""
    from csc_warehouse import overlay

    laid = overlay.in_force(settings)
    return overlay.compose(settings, laid) if laid else None


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("new-indicator")(new_indicator)
    app.command("test-indicator")(try_indicator)
