"""Commands for engineers: contract check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csc_warehouse.commands.console import OUT
from csc_warehouse.errors import DeliveryRefusedError, UsageError
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
    from csc_warehouse.landing import trial

    contracts = check.all_contracts()
    contract = check.contract_of(tables_at(directory), contracts, directory)
    said, is_refused = trial.try_landing(directory, contract, load_settings())
    try:
        differences = check.describe_differences(directory, contracts)
    except UsageError as error:
        if not is_refused:
            raise
        differences = [str(error)]
    differences += [sentence for sentence in said if sentence not in differences]
    for sentence in differences:
        OUT.print(sentence, markup=False)
    if is_refused:
        raise typer.Exit(DeliveryRefusedError.exit_code)
    if not differences:
        OUT.print("The delivery is as its contract says.")


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(CONTRACT, name="contract")
