"""Commands that keep: url, psql, rebuild, expire, backup, restore, accept-loss, stop."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from csc_warehouse.commands.console import OUT, Authority, authority_of, logged_in, required_date, shown_progress
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse.engine import Driver


def url(
    driver: Annotated[str, typer.Option(help="psycopg, psycopg2, libpq (psql, most BI tools) or jdbc.")] = "psycopg",
) -> None:
    """Print the connection string in the dialect that a tool reads, starting the embedded cluster where needed.

    Example: csc-warehouse url --driver libpq
    """
    from typing import get_args

    from csc_warehouse.reporting import known
    from csc_warehouse.warehouse import open_warehouse

    driver = known.choice(driver, get_args(Driver), option="--driver")
    typer.echo(open_warehouse(load_settings()).url_for(driver))  # type: ignore[arg-type]


def psql(context: typer.Context) -> None:
    """Open psql on the warehouse, or pass its arguments on.

    Example: csc-warehouse psql -c "select * from marts.indicator_values limit 5"
    """
    from csc_warehouse.warehouse import cluster, open_warehouse

    settings = load_settings()
    warehouse = open_warehouse(settings)
    program = str(cluster.binaries() / "psql") if settings.database_url is None else shutil.which("psql")
    if program is None:
        raise UsageError(
            "psql is not installed: install PostgreSQL's client, or use csc-warehouse url in another tool."
        )
    outcome = subprocess.run([program, warehouse.url_for("libpq"), *context.args], check=False)  # noqa: S603
    raise typer.Exit(outcome.returncode)


def rebuild() -> None:
    """Recreate landing from the archive and the journal of decisions; the row history comes out the same.

    What is published stays as it is until the next run.

    Example: csc-warehouse rebuild
    """
    from csc_warehouse import landing, stewardship
    from csc_warehouse.warehouse import open_warehouse

    warehouse = open_warehouse(load_settings())
    with shown_progress() as progress:
        summary = landing.rebuild(warehouse, progress=progress)
    restored = stewardship.restore_decisions(warehouse)
    OUT.print(f"{summary} {restored} decisions of people that the database lacked were restored.")


def expire(
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who does it; it is recorded. Default: who is logged in.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only list what would be removed.")] = False,
) -> None:
    """Remove from the archive what the configuration no longer keeps, with a proof for each file.

    The upkeep does it every evening. What row history is made of is never removed.

    Example: csc-warehouse expire --preview
    """
    from csc_warehouse import landing
    from csc_warehouse.warehouse import open_warehouse

    warehouse = open_warehouse(load_settings())
    summary = landing.due(warehouse) if preview else landing.expire(warehouse, by=by or logged_in())
    if summary.is_postponed:
        OUT.print("Deliveries are being landed: nothing was removed. Run the command again when they are.")
        return
    OUT.print(f"{'Would be removed' if preview else 'Removed'} from the archive: {summary}.")
    for file in summary.files:
        owner = "" if file.delivery_id is None else f" of delivery {file.delivery_id}"
        OUT.print(f"  {file.file_name}{owner}, {file.size_bytes} bytes, under {file.rule}", markup=False)
    if not preview and summary.files:
        OUT.print("The proofs stand in landing.retention_proofs.")


def accept_loss(
    source: Annotated[str, typer.Option("--source", metavar="S", help="raise or wccis.")],
    date: Annotated[str, typer.Option("--date", metavar="D", help="Business date of the refused full.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; it is recorded.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the loss is true; it is recorded.")],
    authority: Authority = None,
) -> None:
    """Accept that a full extract really lost many rows, so that the next run lands it.

    Example: csc-warehouse accept-loss --source raise --date 2018-05-19 --by "A. Jones" --reason "Purge agreed with IT"
    """
    from csc_warehouse import landing
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    business_date = required_date(date)
    landing.accept_loss(
        open_warehouse(settings),
        source=source,
        authority_code=authority_of(settings, authority),
        business_date=business_date,
        by=by,
        reason=reason,
    )
    OUT.print(f"Recorded: {by} accepts the loss of {source} {business_date}. csc-warehouse run lands it now.")


def backup(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")],
) -> None:
    """Write database and archive to one file; the pseudonym key stays out of it and must be kept apart.

    Example: csc-warehouse backup --out /backups/csc-2018-12-31.tar
    """
    from csc_warehouse.warehouse import backup as keeper
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    path = keeper.backup(open_warehouse(settings), out)
    OUT.print(f"{path} holds the database and the archive. Keep the key {settings.key_file} apart from it, and safe.")


def restore(
    source: Annotated[Path, typer.Option("--from", metavar="FILE", help="A file that csc-warehouse backup wrote.")],
) -> None:
    """Restore a backup into an empty home or server.

    Example: CSC_WAREHOUSE_HOME=/srv/new csc-warehouse restore --from /backups/csc-2018-12-31.tar
    """
    from csc_warehouse.warehouse import backup as keeper

    settings = load_settings()
    keeper.restore(settings, source)
    OUT.print(f"Restored. Put the key at {settings.key_file} before the next run, so that pseudonyms stay the same.")


def stop() -> None:
    """Stop the embedded PostgreSQL of this home; the next command starts it again.

    Example: csc-warehouse stop
    """
    from csc_warehouse.warehouse import cluster

    settings = load_settings()
    OUT.print("Stopped." if cluster.stop(settings.home) else "It was not running.")


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for command in (url, rebuild, expire, backup, restore, stop):
        app.command()(command)
    app.command("accept-loss")(accept_loss)
    app.command(
        "psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
    )(psql)
