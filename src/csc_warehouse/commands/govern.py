"""Commands of information governance: erase, rotate-key, asset-register."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csc_warehouse.commands.console import OUT, authority_of, logged_in
from csc_warehouse.settings import load_settings


def erase(
    child: Annotated[
        str, typer.Option("--child", metavar="ID", help="Number or GUID as a case system has it, or the child_key.")
    ],
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who decides; it is recorded. Default: who is logged in.")
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; it is recorded. Do not name the child.")
    ] = "erasure on request",
    authority: Annotated[
        str | None, typer.Option("--authority", metavar="CODE", help="Where children of several have that id.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="S", help="Where the id is a reference of a source's own: corporate."),
    ] = None,
) -> None:
    """Erase a child for ever: its rows in landing, in what was built and in stored releases; no delivery, rebuild or
    archive brings it back.

    Example: csc-warehouse erase --child 0001234 --by "A. Jones" --reason "request 2018/17"
    """
    from csc_warehouse import landing
    from csc_warehouse.privacy import published_erasure
    from csc_warehouse.reporting import pages
    from csc_warehouse.reporting.weekly import remove_lists
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    if authority is not None:
        authority = authority_of(settings, authority)
    warehouse = open_warehouse(settings)
    decided_by = by or logged_in()
    if source is not None:
        summary = landing.erase_reference(
            warehouse, child, source=source, by=decided_by, reason=reason, elsewhere=published_erasure.remove_records
        )
    else:
        summary = landing.erase(
            warehouse,
            child,
            by=decided_by,
            reason=reason,
            authority_code=authority,
            elsewhere=published_erasure.remove_child,
        )
    # the lists on the disk name the child as well; those of the week are written again by the next pack
    pages.write_worklists(warehouse)
    remove_lists(settings)
    OUT.print(str(summary))
    for relation, rows in sorted(summary.removed.items()):
        OUT.print(f"  {relation}: {rows}")


def rotate_key() -> None:
    """Put a new secret key in force: from the next build on every child has another pseudonym.

    The keys before it stay in the key file, below, as erased children are recognised by them. It is also the way out
    where the key is lost for good.

    Example: csc-warehouse rotate-key
    """
    from csc_warehouse import stewardship

    settings = load_settings()
    held = stewardship.rotate_key(settings=settings)
    OUT.print(
        f"{settings.key_file} holds a new key, and {held - 1} before it: put a copy into the safe. The next run gives "
        "every child another pseudonym; lists that people keep by child_key no longer match."
    )


def asset_register(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A file to write, as CSV.")],
    layout: Annotated[
        str,
        typer.Option("--layout", metavar="NAME", help="register, processing, flowz, or one of asset_register.layouts."),
    ] = "register",
) -> None:
    """Write the information asset register: every relation and file, what it holds, how identifiable, who may read it,
    how long; and each column that holds personal data with its category, lawful basis, purpose, recipients, retention
    and source.

    Example: csc-warehouse asset-register --out asset-register.csv

    For a council's own register: csc-warehouse asset-register --layout flowz --out flowz.csv
    """
    from csc_warehouse.privacy import assets
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    count = assets.write_register(open_warehouse(settings), out, layout=layout)
    OUT.print(f"{out} lists {count} assets.")


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command()(erase)
    app.command("rotate-key")(rotate_key)
    app.command("asset-register")(asset_register)
