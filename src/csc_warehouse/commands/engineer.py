"""Commands for engineers: contract check, dbt, docs, marts, many-machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csc_warehouse.commands.console import OUT
from csc_warehouse.errors import UsageError
from csc_warehouse.exit_codes import ExitCode
from csc_warehouse.settings import load_settings

CONTRACT = typer.Typer(help="Compare deliveries with their contracts.", no_args_is_help=True)


@CONTRACT.command("check")
def contract_check(directory: Annotated[Path, typer.Argument(metavar="DIR", help="One delivery's folder.")]) -> None:
    """Read a delivery without landing it; print what differs from its contract, and what landing would say.

    Exit code 4 where landing would refuse it. What only the history tells (lost rows, the checks at the door) is left
    out.

    Example: csc-warehouse contract check exports/raise/2017-09-30
    """
    from csc_warehouse.contracts import check
    from csc_warehouse.contracts.tables import tables_at
    from csc_warehouse.landing import dry_run

    contracts = check.all_contracts()
    is_readable = True
    try:
        contract = check.contract_of(tables_at(directory), contracts, directory)
    except UsageError:
        named = check.contract_of_zip(directory, contracts) if directory.exists() else None
        if named is None:
            raise
        contract, is_readable = named, False
    said, is_refused = dry_run.try_landing(directory, contract, load_settings())
    differences: list[str] = []
    try:
        if is_readable:
            differences = check.describe_differences(directory, contracts)
    except UsageError as error:
        if not is_refused:
            raise
        differences = [str(error)]
    differences += [sentence for sentence in said if sentence not in differences]
    for sentence in differences:
        OUT.print(sentence, markup=False)
    if is_refused:
        raise typer.Exit(ExitCode.REFUSED)
    if not differences:
        OUT.print("The delivery is as its contract says.")


def dbt(context: typer.Context) -> None:
    """Run any command of dbt with this home's connection; what it builds goes to schemas dev_*, never to the candidate.

    The default home needs no more than dbt itself: cd dbt_project, then dbt ls. Exit codes are dbt's own.

    Example: csc-warehouse dbt show --select ind_pm24__completed_within_42_working_days --limit 5
    """
    from csc_warehouse import transform
    from csc_warehouse.warehouse import open_warehouse

    raise typer.Exit(transform.run_by_hand(open_warehouse(load_settings()), context.args))


def docs(
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where it goes. Default: reports/dbt.html below the home."),
    ] = None,
) -> None:
    """Write dbt's documentation, lineage included, into one file that needs no network.

    Example: csc-warehouse docs --out dbt.html
    """
    from csc_warehouse import transform
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    path = transform.write_documentation(open_warehouse(settings), out or settings.reports / "dbt.html")
    OUT.print(f"Written: {path}. Open it in a browser; the graph stands behind the round button below.", markup=False)


def marts(
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where they go. Default: reports/marts below the home."),
    ] = None,
) -> None:
    """Write how the marts join, for BI tools: relations as data, diagrams, a list with a join guide.

    Example: csc-warehouse marts --out docs/bi
    """
    from csc_warehouse import overlay, transform
    from csc_warehouse.publication import marts as published
    from csc_warehouse.publication import marts_documents
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    manifest = transform.write_manifest(open_warehouse(settings), overlay.present(settings))
    for path in marts_documents.write(published.read(manifest), out or settings.reports / "marts"):
        OUT.print(f"Written: {path}", markup=False)


def many_machines(
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where it goes. Default: reports/many-machines.sql below the home."),
    ] = None,
) -> None:
    """Write the statements by which a server of several machines (Citus) keeps each authority on one of them.

    They are read off this home's tables and models, and change nothing here.

    Example: csc-warehouse many-machines --out many-machines.sql
    """
    from csc_warehouse import overlay, transform
    from csc_warehouse.publication import many_machines as machines
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    warehouse = open_warehouse(settings)
    manifest = transform.write_manifest(warehouse, overlay.present(settings))
    with warehouse.raw_connection() as connection:
        placed = machines.place(machines.read(connection), manifest)
    path = out or settings.reports / "many-machines.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(machines.script(placed), encoding="utf-8")
    OUT.print(f"Written: {path}. docs/runbooks/many-machines.md says what comes before and after it.", markup=False)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(CONTRACT, name="contract")
    app.command("dbt", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(dbt)
    app.command("docs")(docs)
    app.command("marts")(marts)
    app.command("many-machines")(many_machines)
