"""Commands for what a person may ask of the data about a child: find, export, rectify; erase stands with the others."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from csc_warehouse.commands.console import LOCAL, OUT, authority_of, logged_in
from csc_warehouse.settings import load_settings

if TYPE_CHECKING:
    from csc_warehouse.landing.keeping.holdings import KnownChild
    from csc_warehouse.reporting.pages.subject import Section
    from csc_warehouse.warehouse import Warehouse

SUBJECT = typer.Typer(help="What is held about a child, and what is set right of it.", no_args_is_help=True)

Child = Annotated[
    str, typer.Option("--child", metavar="ID", help="Number or GUID as a case system has it, or the child_key.")
]
OfAuthority = Annotated[
    str | None, typer.Option("--authority", metavar="CODE", help="Where children of several have that id.")
]
Reference = Annotated[
    str | None,
    typer.Option("--source", metavar="S", help="Where the id is a reference of a source's own: corporate."),
]
By = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who decides; it is recorded. Default: who is logged in.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is recorded. Do not name the child.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@SUBJECT.command("find")
def find(child: Child, authority: OfAuthority = None, source: Reference = None) -> None:
    """Say where a child is held, and how often: relations of the database, archived deliveries, files of the home.

    Its rows, ids and name are not printed. Files of the archive are read one after the other, which takes its time.

    Example: csc-warehouse subject find --child 0001234
    """
    from csc_warehouse.quality import readings
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    warehouse = open_warehouse(settings)
    readings.record(warehouse, "subject", "subject find", reader=logged_in(), way="command")
    known = _known(warehouse, child, authority, source)
    OUT.print(f"The child is known to {known.authority_code} by {len(known.every_id)} ids.")
    for heading, held in _held(warehouse, known).items():
        OUT.print(f"{heading}:")
        for place, count in sorted(held.items()):
            OUT.print(f"  {place}: {count:,}", markup=False)
        if not held:
            OUT.print("  nothing")


@SUBJECT.command("export")
def export(
    child: Child,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write the page to.")],
    authority: OfAuthority = None,
    source: Reference = None,
) -> None:
    """Write all that is held about a child as a page, by section, for whoever asked: read it before you hand it over.

    Example: csc-warehouse subject export --child 0001234 --out request-7
    """
    from csc_warehouse.quality import readings
    from csc_warehouse.reporting import arguments
    from csc_warehouse.reporting.pages import subject
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    warehouse = open_warehouse(settings)
    readings.record(warehouse, "subject", "subject export", reader=logged_in(), way="command")
    known = _known(warehouse, child, authority, source)
    path = subject.write(
        out,
        list(_sections(warehouse, known)),
        authority_name=arguments.name_of(settings.config, known.authority_code),
        made_on=datetime.datetime.now(LOCAL).date(),
        config=settings.config,
    )
    OUT.print(
        f"{path} says all that is held. It may speak of others too: read it before you hand it over.", markup=False
    )


@SUBJECT.command("rectify")
def rectify(  # noqa: PLR0917  (typer makes each one a named option)
    source: Annotated[str, typer.Option("--source", metavar="S", help="The source's name, such as wccis.")],
    entity: Annotated[str, typer.Option("--entity", metavar="TABLE", help="The source's table, such as client.")],
    record: Annotated[str, typer.Option("--record", metavar="KEY", help="The row's key; of several parts: 12|1.")],
    column: Annotated[str, typer.Option("--column", metavar="NAME", help="The source's column, such as dob.")],
    reason: Reason,
    value: Annotated[
        str | None,
        typer.Option("--value", metavar="TEXT", help="What is right, as the source would send it. Default: asked."),
    ] = None,
    by: By = None,
    authority: OfAuthority = None,
    yes: Yes = False,
) -> None:
    """Set a value right that a source has wrong about a child: the figures follow it until the source says the same.

    What was sent stays in row history. It ends by itself, and the build says so; subject undo takes it back. Leave
    --value out where others read what is typed here: it is asked for then.

    Example: csc-warehouse subject rectify --source raise --entity client --record 0001234 --column dob --by "A. Jones"
    --reason "request 2018/17"
    """
    from csc_warehouse import landing
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    right = typer.prompt("What is right", default="", show_default=False) if value is None else value
    if not yes:
        typer.confirm(
            f"Set {column} of this row of {source} {entity} right, until the source says the same?", abort=True
        )
    summary = landing.rectify(
        open_warehouse(settings),
        source=source,
        entity=entity,
        record=record,
        column=column,
        value=right,
        by=by or logged_in(),
        reason=reason,
        authority_code=authority_of(settings, authority),
    )
    OUT.print(str(summary), markup=False)


@SUBJECT.command("undo")
def undo(
    rectification: Annotated[
        str, typer.Option("--rectification", metavar="NAME", help="As csc-warehouse subject rectified gives it.")
    ],
    reason: Reason,
    by: By = None,
    yes: Yes = False,
) -> None:
    """Take a rectification back: from the next build on the figures follow what the source says.

    Example: csc-warehouse subject undo --rectification 9f0c2a7d41b3e865 --by "A. Jones" --reason "It was another child"
    """
    from csc_warehouse import landing
    from csc_warehouse.warehouse import open_warehouse

    if not yes:
        typer.confirm(f"Undo rectification {rectification}?", abort=True)
    warehouse = open_warehouse(load_settings())
    summary = landing.undo_rectification(warehouse, rectification, by=by or logged_in(), reason=reason)
    OUT.print(str(summary), markup=False)


@SUBJECT.command("rectified")
def rectified(
    values: Annotated[
        bool, typer.Option("--values", help="With the rows' keys and values: only where nobody else reads along.")
    ] = False,
) -> None:
    """List what was set right, newest first: who, when, why, and whether it is applied, has ended or was undone.

    Example: csc-warehouse subject rectified
    """
    from csc_warehouse import landing, transform
    from csc_warehouse.warehouse import open_warehouse

    warehouse = open_warehouse(load_settings())
    decided = landing.rectifications(warehouse)
    if not decided:
        OUT.print("Nothing was set right.")
        return
    states = transform.rectification_states(warehouse)
    headings = {"rectification_id": "Rectification", "what": "Column", "by": "By", "reason": "Reason", "state": "State"}
    if values:
        headings |= {"row_key": "Row", "said_value": "Source said", "right_value": "Right is"}
    table = Table(header_style="bold")
    for heading in headings.values():
        table.add_column(heading, overflow="fold")
    for row in decided:
        shown = _listed(row, states)
        table.add_row(*(escape(str(shown[name])) for name in headings))
    OUT.print(table)


def _listed(row: Mapping[str, Any], states: Mapping[str, Any]) -> dict[str, Any]:
    state = states.get(row["rectification_id"])
    if row["undone_by"]:
        said = f"undone by {row['undone_by']}: {row['undo_reason']}"
    elif state is None:
        said = "not applied: its source is not in use"
    else:
        said = state.state if state.since_date is None else f"{state.state} {state.since_date}"
    return {
        **row,
        "what": f"{row['source']} {row['entity']}.{row['column_name']}",
        "by": f"{row['decided_by']}, {row['decided_at']:%d %B %Y}",
        "state": said,
    }


def _known(warehouse: Warehouse, child: str, authority: str | None, source: str | None) -> KnownChild:
    from csc_warehouse.landing.keeping.holdings import known_child

    code = None if authority is None else authority_of(warehouse.settings, authority)
    return known_child(warehouse, child, authority_code=code, source=source)


def _held(warehouse: Warehouse, known: KnownChild) -> dict[str, dict[str, int]]:
    """Return by heading where a child is held, and how often."""
    from csc_warehouse.landing.keeping import holdings
    from csc_warehouse.privacy import held_files, published_erasure

    landed = holdings.holdings(warehouse, known)
    with warehouse.raw_connection() as connection, connection.cursor() as cursor:
        built = published_erasure.find_child(cursor, known.authority_code, known.every_id)
        sent = holdings.ids_as_sent(cursor, warehouse.settings.config.sources, known)
    return {
        "Rows that landed": landed.rows,
        "Rows that were built or published": built,
        "Rows of archived deliveries": landed.files,
        "Rows of refused deliveries, kept apart": landed.refused,
        "Files of the home, by mentions": held_files.files_naming(warehouse.settings, sent),
    }


def _sections(warehouse: Warehouse, known: KnownChild) -> Iterator[Section]:
    from csc_warehouse.contracts import load_contracts
    from csc_warehouse.landing.keeping import holdings
    from csc_warehouse.privacy.personal_data import Tags
    from csc_warehouse.reporting.pages.subject import Section, as_section, worked_out

    tags = Tags.load(warehouse.settings)
    contracts = load_contracts(warehouse.settings.config.sources)
    found = holdings.told(warehouse, known)
    yield Section(
        "On what terms it is held",
        "Of each kind: the lawful basis, what it is for, who receives it, how long it is kept, where it comes from.",
        ["Kind of data", "Lawful basis", "Purpose", "Recipients", "Kept", "From"],
        tags.terms([f"{source}_{entity}" for source, entity in found.rows]),
    )
    for (source, entity), rows in found.rows.items():
        contract = contracts[source]
        names = list(rows[0])
        note = f"Every version of every row that {contract.title} sent, as it was, with the days for which it said so."
        yield as_section(f"{contract.title}: {entity}", note, names, [list(row.values()) for row in rows])
    yield Section(
        "Rows that could not be read",
        "They were set apart, and no figure counts them.",
        ["Delivery of", "Table", "Why", "The row"],
        [[str(r["business_date"]), str(r["entity"]), str(r["reason"]), str(r["raw_record"])] for r in found.apart],
    )
    yield Section(
        "What was set right",
        "Values that people decided are wrong, and what is right; figures follow these until the source does.",
        ["Table", "Column", "The source said", "Right is", "Decided by", "On", "Undone"],
        [
            [f"{r['source']} {r['entity']}", r["column_name"], r["said_value"], r["right_value"], r["decided_by"],
             f"{r['decided_at']:%d %B %Y}", r["undone_by"] or ""]
            for r in found.rectified
        ],
    )  # fmt: skip
    with warehouse.raw_connection() as connection, connection.cursor() as cursor:
        yield from worked_out(cursor, known.authority_code, known.every_id)
    for heading, held in _held(warehouse, known).items():
        note = "Where the child is held, and how often."
        yield Section(
            heading, note, ["Where", "How often"], [[place, f"{count:,}"] for place, count in sorted(held.items())]
        )


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(SUBJECT, name="subject")
