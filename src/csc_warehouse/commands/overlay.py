"""Commands about what a council lays over the shipped defaults: overlay check, overlay init."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from csc_warehouse import layouts, texts
from csc_warehouse.commands.console import OUT
from csc_warehouse.errors import UsageError, listed
from csc_warehouse.settings import load_settings

if TYPE_CHECKING:
    from csc_warehouse.overlay.laying import LaidFile

OVERLAY = typer.Typer(help="What this council lays over the shipped defaults.", no_args_is_help=True)
NO_FOLDER = (
    "There is no overlay: it is the folder overlay beside the file that CSC_WAREHOUSE_CONFIG names, or the one that its"
    " key overlay names. csc-warehouse overlay init FOLDER begins one."
)
OVER = {
    layouts.REPORT: "the layout of the report",
    layouts.BOARD: "the layout of the board's quarterly",
    texts.FILE: "the texts of pages",
}
"""What a file is laid over that is no table."""

Folder = Annotated[
    Path | None, typer.Argument(metavar="DIR", help="The overlay folder. Default: that of the configuration.")
]


@OVERLAY.command("check")
def check(folder: Folder = None) -> None:
    """Validate the overlay as a night would, and list what it lays over what; nothing is built.

    Exit code 2, with a sentence for each fault, where a night would stop.

    Example: csc-warehouse overlay check
    """
    from csc_warehouse import overlay

    settings = load_settings()
    if folder is not None:
        settings = settings.model_copy(update={"overlay": folder.absolute()})
    laid = overlay.lay(settings)
    if laid is None:
        OUT.print(NO_FOLDER, markup=False)
        return
    OUT.print(f"{laid.folder}: a night would lay this over the shipped defaults.", markup=False)
    for file in laid.files:
        _tell(file)
    for code, others in laid.shared_caveats.items():
        OUT.print(f"{code} has the caveats of {listed(others)}, which count the same facts.", markup=False)
    if not laid.files:
        OUT.print("Nothing: it holds no file that says anything.")


def _tell(file: LaidFile) -> None:
    if not file.seed:
        laid = [change.key for change in file.changes if change.what in (layouts.LAID, texts.LAID)]
        over = OVER.get(file.name)
        says = (
            "of the council's own indicators" if over is None else f"over {over}: {listed(laid) if laid else 'nothing'}"
        )
        OUT.print(f"{file.name}: {says}.", markup=False)
        return
    counts = ", ".join(
        f"{file.count(what)} {word}"
        for what, word in (
            ("added", "added"),
            ("replaced", "replaced"),
            ("removed", "removed"),
            ("same", "the same as shipped"),
        )
        if file.count(what)
    )
    OUT.print(f"{file.name} over the seed {file.seed}: {counts or 'nothing'}.", markup=False)
    for change in file.changes:
        if change.what == "same":
            continue
        differing = "; ".join(
            f"{column}: {before or '(empty)'} -> {after or '(empty)'}" for column, before, after in change.values
        )
        OUT.print(f"  {change.what} {change.key}" + (f" ({differing})" if differing else ""), markup=False)


@OVERLAY.command("init")
def init(folder: Folder = None) -> None:
    """Begin an overlay: a file with its header for each kind, which lays nothing yet, and a page that explains them.

    What is there already stays as it is.

    Example: csc-warehouse overlay init /etc/csc/overlay
    """
    from csc_warehouse import overlay

    settings = load_settings()
    chosen = folder or settings.overlay
    if chosen is None:
        raise UsageError("Say where: csc-warehouse overlay init DIR, the folder overlay beside the configuration file.")
    written = overlay.write_example(chosen)
    for path in written:
        OUT.print(str(path), markup=False)
    if not written:
        OUT.print(f"{chosen} has every file already.", markup=False)
    elif settings.overlay is None or chosen.absolute() != settings.overlay:
        OUT.print(
            "A night reads it once it lies beside the file that CSC_WAREHOUSE_CONFIG names, as overlay, or that file's"
            " key overlay names it.",
            markup=False,
        )


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(OVERLAY, name="overlay")
