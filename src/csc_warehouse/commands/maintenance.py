"""Commands of maintenance: url, psql, rebuild, expire, retire, backup, restore, accept-loss, withdraw, stop."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from csc_warehouse.commands.console import OUT, Authority, authority_of, logged_in, required_date, shown_progress
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import child_environment, load_settings
from csc_warehouse.warehouse.engine import Driver


def url(
    driver: Annotated[
        str, typer.Option(help="psycopg, psycopg2, libpq (psql, most BI tools), jdbc or odbc.")
    ] = "psycopg",
    login: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A login of csc-warehouse login add. Default: the warehouse's own."),
    ] = None,
) -> None:
    """Print the connection string in the dialect that a tool reads, starting the embedded cluster where needed.

    JDBC, ODBC and logins need a port, which csc-warehouse serve opens. No password is printed for a login.

    Example: csc-warehouse url --driver jdbc --login power_bi
    """
    from typing import get_args

    from csc_warehouse.privacy import logins
    from csc_warehouse.reporting import arguments
    from csc_warehouse.warehouse import open_warehouse, serving
    from csc_warehouse.warehouse.engine import url_for

    driver = arguments.choice(driver, get_args(Driver), option="--driver")
    settings = load_settings()
    if settings.database_url is None and (login is not None or driver in {"jdbc", "odbc"}):
        address = serving.address(settings, login)
        if login is not None:
            with open_warehouse(settings).engine.connect() as connection:
                logins.found(connection, login)
    else:
        address = open_warehouse(settings).url
        if login is not None:
            address = address.set(username=login, password=None)
    typer.echo(url_for(address, driver))  # type: ignore[arg-type]


def psql(context: typer.Context) -> None:
    """Open psql on the warehouse, or pass its arguments on.

    Its own help: csc-warehouse psql -?

    Example: csc-warehouse psql -c "select * from marts.indicator_values limit 5"
    """
    from csc_warehouse.warehouse import cluster, open_warehouse
    from csc_warehouse.warehouse.engine import for_a_program

    settings = load_settings()
    warehouse = open_warehouse(settings)
    program = str(cluster.binaries() / "psql") if settings.database_url is None else shutil.which("psql")
    if program is None:
        raise UsageError(
            "psql is not installed: install PostgreSQL's client, or use csc-warehouse url in another tool."
        )
    address, secret = for_a_program(warehouse.url)
    outcome = subprocess.run(  # noqa: S603  (psql, and what was asked of it)
        [program, address, *context.args], env=child_environment(**secret), check=False
    )
    raise typer.Exit(outcome.returncode)


def rebuild(
    leave_out_unarchived: Annotated[
        bool,
        typer.Option("--leave-out-unarchived", help="Give up deliveries that the database has and the archive lacks."),
    ] = False,
) -> None:
    """Recreate landing from the archive and the journal of decisions; the row history comes out the same.

    What is published stays as it is until the next run. Decisions that only the database knows are added to the
    journal first, as where the archive was taken from a backup.

    Example: csc-warehouse rebuild
    """
    from csc_warehouse import landing, stewardship
    from csc_warehouse.warehouse import open_warehouse

    warehouse = open_warehouse(load_settings())
    with shown_progress() as progress:
        summary = landing.rebuild(warehouse, progress=progress, leave_out_unarchived=leave_out_unarchived)
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


def accept_loss(  # noqa: PLR0917  (typer makes each one a named option)
    source: Annotated[str, typer.Option("--source", metavar="S", help="The source's name, such as wccis.")],
    date: Annotated[
        str, typer.Option("--date", metavar="D", help="Business date of the refused full, or of the return.")
    ],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; it is recorded.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the loss is true; it is recorded.")],
    authority: Authority = None,
    kind: Annotated[
        str | None,
        typer.Option("--return", metavar="KIND", help="Of corporate: the return that is meant, such as nwas_adopters."),
    ] = None,
) -> None:
    """Accept that a full extract really lost many rows, so that the next run lands it.

    Or that a corporate return is as it should be: short, empty, or without the rows that could not be read. The next
    run takes its caveat off; a return that was refused stays so.

    Example: csc-warehouse accept-loss --source raise --date 2018-05-19 --by "A. Jones" --reason "Purge agreed with IT"

    Of a return: csc-warehouse accept-loss --source corporate --return nwas_adopters --date 2018-06-30 --by "A. Jones"
    --reason "The region was split"
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
        name=kind,
    )
    if kind is None:
        OUT.print(f"Recorded: {by} accepts the loss of {source} {business_date}. csc-warehouse run lands it now.")
    else:
        OUT.print(
            f"Recorded: {by} accepts the return {kind} of {business_date} as it is. csc-warehouse run takes its caveat"
            " off.",
            markup=False,
        )


def withdraw(
    delivery: Annotated[int, typer.Option("--delivery", metavar="N", help="Its number, as csc-warehouse delivery.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; it is recorded.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is recorded. Name no child.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let a withdrawn delivery count again.")] = False,
) -> None:
    """Take an accepted delivery back, as if it had never come; what it had replaced stands again.

    The same content is not landed again until --undo; other content for its day is judged as ever. What is published
    stays as it is until the next run. An explanation is taken back by csc-warehouse quality withdraw.

    Example: csc-warehouse withdraw --delivery 12 --by "A. Jones" --reason "Dated 2081, sent in 2018"
    """
    from csc_warehouse import landing
    from csc_warehouse.warehouse import open_warehouse

    decide = landing.undo_withdrawal if undo else landing.withdraw
    OUT.print(str(decide(open_warehouse(load_settings()), delivery_id=delivery, by=by, reason=reason)), markup=False)


def backup(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")],
) -> None:
    """Write database and archive to one file; the pseudonym key stays out of it and must be kept apart.

    Where maintenance.backup_key_file names a key, the file is sealed: encrypted, and refused if a byte of it changes.

    Example: csc-warehouse backup --out /backups/csc-2018-12-31.tar
    """
    from csc_warehouse.warehouse import backup as keeper
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    path = keeper.backup(open_warehouse(settings), out)
    sealed = settings.config.maintenance.backup_key_file
    told = f" It opens with the key in {sealed} alone: keep that in a safe too." if sealed else " It is not encrypted."
    OUT.print(
        f"{path} holds the database and the archive.{told} Keep the key {settings.key_file} apart from it, and safe.",
        markup=False,
    )


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


def retire(
    relation: Annotated[str, typer.Argument(metavar="SCHEMA.NAME", help="A published relation whose model is gone.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: every stored release of it is lost.")] = False,
) -> None:
    """Take a published relation out of service for good: its view and every stored release of it.

    Publication stops at a relation that the build no longer makes, until its model is back or it is retired.

    Example: csc-warehouse retire marts.fct_old_contacts
    """
    from csc_warehouse import publication
    from csc_warehouse.warehouse import open_warehouse

    schema, dot, name = relation.partition(".")
    if not (schema and dot and name):
        raise UsageError(f"{relation} names no relation: write it as marts.fct_contacts.")
    if not yes:
        typer.confirm(f"Drop {relation} and every stored release of it?", abort=True)
    publication.retire(open_warehouse(load_settings()), schema, name)
    OUT.print(f"{relation} is retired: the next csc-warehouse publish goes on without it.", markup=False)


def stop() -> None:
    """Stop the embedded PostgreSQL of this home; the next command starts it again.

    Example: csc-warehouse stop
    """
    from csc_warehouse.warehouse import cluster

    settings = load_settings()
    OUT.print("Stopped." if cluster.stop(settings.home) else "It was not running.")


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for command in (url, rebuild, expire, retire, withdraw, backup, restore, stop):
        app.command()(command)
    app.command("accept-loss")(accept_loss)
    app.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(psql)
