"""Two commands are called withdraw: each says which one takes the other thing back."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from csc_warehouse.commands import maintenance, steward


@pytest.mark.parametrize(
    ("command", "takes_back", "names_the_other"),
    [
        (["withdraw"], "Take an accepted delivery back", "csc-warehouse quality withdraw"),
        (["quality", "withdraw"], "Take an explanation back", "csc-warehouse withdraw"),
    ],
)
def test_each_of_the_two_names_the_other(command: list[str], takes_back: str, names_the_other: str) -> None:
    app = typer.Typer()
    maintenance.register(app)
    steward.register(app)
    shown = " ".join(CliRunner().invoke(app, [*command, "--help"]).output.split())
    assert takes_back in shown
    assert names_the_other in shown


@pytest.mark.parametrize("left_out", ["--delivery", "--by", "--reason"])
def test_a_delivery_is_withdrawn_by_number_name_and_reason(left_out: str) -> None:
    app = typer.Typer()
    maintenance.register(app)
    given = {"--delivery": "1", "--by": "A. Jones", "--reason": "of another council"}
    arguments = [part for name, value in given.items() if name != left_out for part in (name, value)]
    assert CliRunner().invoke(app, ["withdraw", *arguments]).exit_code == 2
