"""Commands for engineers: contract check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csc_warehouse.commands.console import OUT

CONTRACT = typer.Typer(help="Compare deliveries with their contracts.", no_args_is_help=True)


@CONTRACT.command("check")
def contract_check(directory: Annotated[Path, typer.Argument(metavar="DIR", help="One delivery's folder.")]) -> None:
    """Read a delivery without landing it and print every difference from its contract.

    Example: csc-warehouse contract check exports/raise/2017-09-30
    """
    from csc_warehouse.contracts import check

    differences = check.describe_differences(directory)
    for sentence in differences:
        OUT.print(sentence, markup=False)
    if not differences:
        OUT.print("The delivery is as its contract says.")


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(CONTRACT, name="contract")
