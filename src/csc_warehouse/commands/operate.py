"""Commands for who keeps the warehouse running: metrics, maintain, readings, retention-preview, lineage."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from csc_warehouse.commands.console import LOCAL, OUT, local_time, required_date
from csc_warehouse.settings import load_settings


def metrics(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="A file to write, whole or not at all. Default: the screen."),
    ] = None,
) -> None:
    """Write how the warehouse is as OpenMetrics: lateness, rows, verdicts, durations, age of the figures, disk.

    A timer calls it each minute for node_exporter's textfile collector; docs/monitoring.md says how.

    Example: csc-warehouse metrics --out /var/lib/node_exporter/textfile/csc_warehouse.prom
    """
    from csc_warehouse.reporting import metrics as writer
    from csc_warehouse.warehouse import open_warehouse

    warehouse = open_warehouse(load_settings())
    at = datetime.datetime.now(datetime.UTC)
    if out is None:
        typer.echo(writer.exposition(warehouse, at), nl=False)
    else:
        OUT.print(f"Written: {writer.write(warehouse, at, out)}", markup=False)


def maintain(
    evening: Annotated[
        str | None,
        typer.Option("--evening", metavar="DAY", help="The day that names the backup, as 2018-12-31. Default: today."),
    ] = None,
) -> None:
    """Do the evening's upkeep now: each step, whatever became of the one before; status tells of it afterwards.

    Example: csc-warehouse maintain
    """
    from csc_warehouse import upkeep

    day = required_date(evening) if evening else datetime.datetime.now(LOCAL).date()
    for step in upkeep.maintain(day.isoformat()):
        OUT.print(f"{step['step']}: {step['outcome']}. {step['sentence']}", markup=False)


def readings(
    days: Annotated[int, typer.Option("--days", metavar="N", min=1, help="How far back.")] = 30,
) -> None:
    """List who opened a worklist, a weekly list or what is held about a child, or queried restricted, newest first.

    A row is written before anything is shown, and nobody can change or remove it. No child is named in it. A query
    whose transaction was rolled back stands in the server's log alone (docs/security.md).

    Example: csc-warehouse readings --days 7
    """
    from csc_warehouse.quality import readings as kept
    from csc_warehouse.warehouse import open_warehouse

    found = kept.newest(open_warehouse(load_settings()), days=days)
    for row in found:
        OUT.print(
            f"{local_time(row['read_at'])}: {row['reader']}, {row['kind']} {row['place']}, by {row['way']}",
            markup=False,
        )
    if not found:
        OUT.print("Nobody opened any.")


def retention_preview(
    age: Annotated[int, typer.Option(metavar="YEARS", help="Years from the birth of who was never looked after.")] = 25,
    looked_after_age: Annotated[
        int, typer.Option(metavar="YEARS", help="Years from the birth of who was ever looked after.")
    ] = 75,
    as_at: Annotated[str | None, typer.Option("--as-at", metavar="DAY", help="As 2018-12-31. Default: today.")] = None,
    keys: Annotated[bool, typer.Option("--keys", help="Also print the child_key of each who is due.")] = False,
) -> None:
    """Tell how many children's records are due to go by their age; nothing is removed.

    The ages are the council's own schedule of retention: ask information governance. Each child is erased by a named
    person with csc-warehouse erase.

    Example: csc-warehouse retention-preview --age 25 --looked-after-age 75 --as-at 2018-12-31
    """
    from csc_warehouse.privacy import roles
    from csc_warehouse.reporting import retention_preview as reader
    from csc_warehouse.warehouse import open_warehouse

    day = required_date(as_at) if as_at else datetime.datetime.now(LOCAL).date()
    warehouse = roles.under(open_warehouse(load_settings()), "build")
    found = reader.preview(warehouse, as_at=day, age=age, looked_after_age=looked_after_age)
    for (authority, was_looked_after, state), count in found.counts.items():
        whose = f"ever looked after, {looked_after_age} years" if was_looked_after else f"never so, {age} years"
        OUT.print(f"{authority}, {whose}: {count:,} {state}", markup=False)
    if keys:
        for authority, child_key in found.due:
            OUT.print(f"  {authority} {child_key}", markup=False)


def lineage(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A file to write: one JSON object a line.")],
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="As 2018-12-31. Default: all that is known.")
    ] = None,
) -> None:
    """Write what came from what as OpenLineage events: each delivery's landing, each night's build, check, publication.

    The same history gives the same events, so that sending them again does no harm; docs/monitoring.md says how.

    Example: csc-warehouse lineage --since 2018-12-31 --out lineage.ndjson
    """
    from csc_warehouse.reporting import lineage as writer
    from csc_warehouse.warehouse import open_warehouse

    day = required_date(since) if since else datetime.date(1970, 1, 1)
    begin = datetime.datetime.combine(day, datetime.time(), LOCAL)
    OUT.print(f"{out} holds {writer.write(open_warehouse(load_settings()), begin, out):,} events.", markup=False)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command()(metrics)
    app.command()(maintain)
    app.command()(readings)
    app.command()(lineage)
    app.command("retention-preview")(retention_preview)
