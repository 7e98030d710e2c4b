"""Commands of the semantic layer, for analysts: mf list, mf query."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from csc_warehouse.commands.console import OUT
from csc_warehouse.errors import UsageError
from csc_warehouse.privacy.grants import ANALYST
from csc_warehouse.settings import load_settings

if TYPE_CHECKING:
    from csc_warehouse.transform import SemanticLayer

MF = typer.Typer(help="Ask the indicators as metrics, over the published marts, as an analyst.", no_args_is_help=True)


def _layer() -> SemanticLayer:
    from csc_warehouse import transform
    from csc_warehouse.warehouse import open_warehouse

    return transform.SemanticLayer(open_warehouse(load_settings()).acting_as(ANALYST))


@MF.command("list")
def list_metrics(
    search: Annotated[str, typer.Argument(metavar="WORD", help="Only those whose name or title has it.")] = "",
) -> None:
    """List the metrics with their titles, by what each may be grouped, and how its figures are put together.

    Example: csc-warehouse mf list pmc024
    """
    for metric in _layer().metrics():
        if search.casefold() in f"{metric.name} {metric.label}".casefold():
            OUT.print(f"{metric.name}: {metric.label}", markup=False)
            OUT.print(f"    {metric.description}", markup=False)
            OUT.print(f"    by {', '.join(metric.group_by)}", markup=False)


@MF.command("query")
def query(
    *,
    metrics: Annotated[str, typer.Option(metavar="NAMES", help="As pm24,asm05.")],
    group_by: Annotated[str, typer.Option(metavar="NAMES", help="As metric_time__quarter,authority.")] = "",
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="As \"{{ Dimension('figure__group') }} = 'SPOA'\"; may be repeated."),
    ] = None,
    order: Annotated[str, typer.Option(metavar="NAMES", help="A minus before a name descends.")] = "",
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="At most so many rows.")] = None,
    out: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the rows there.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show the statement instead of running it.")] = False,
) -> None:
    """Answer with one or more metrics, by what they are grouped by; the words are those of dbt's mf query.

    A figure that cannot be put together from others is refused, with what would be right.

    Example: csc-warehouse mf query --metrics pm24 --group-by metric_time__quarter
    """
    layer = _layer()
    asked: dict[str, Any] = {"where": where or [], "order_by": _names(order), "limit": limit}
    if not _names(metrics):
        raise UsageError("--metrics names none: csc-warehouse mf list names all.")
    if explain:
        OUT.print(layer.statement(_names(metrics), _names(group_by), **asked), markup=False)
        return
    answer = layer.query(_names(metrics), _names(group_by), **asked)
    if out is not None:
        with out.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([answer.columns, *answer.rows])
        OUT.print(f"Written: {out}, {len(answer.rows):,} rows.", markup=False)
        return
    table = Table(header_style="bold", show_lines=False)
    for column in answer.columns:
        table.add_column(escape(column), overflow="fold")
    for row in answer.rows:
        table.add_row(*(escape(_shown(value)) for value in row))
    OUT.print(table)


def _names(given: str) -> list[str]:
    return [name.strip() for name in given.split(",") if name.strip()]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return f"{value:.2f}".rstrip("0").rstrip(".") if not isinstance(value, str | int) else str(value)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(MF, name="mf")
