"""Commands that read: status, delivery, releases, scorecard, explain, compare."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from csc_warehouse.commands.console import OUT, Authority, authority_of, local_time, required_date, shown_progress
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import load_settings
from csc_warehouse.version import origin

PROFILES = ("open", "committee", "rounded")


def _table(title: str, rows: list[dict[str, Any]], columns: dict[str, str], *, right: tuple[str, ...] = ()) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold", show_lines=False)
    for name, heading in columns.items():
        table.add_column(heading, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(_shown(row[name])) for name in columns))
    return table


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return local_time(value)
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)


def _plain(value: Any) -> str | int | float:
    """Return a value as JSON has it: numbers as numbers, days and instants in ISO's form."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _to_be_known(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """Yield what stands above all: decisions missing, safeguards waived, rights changed, a log not kept, upkeep."""
    for row in found["missing_decisions"]:
        yield f"DECISIONS MISSING: {row['sentence']}"
    for row in found["waived"]:
        yield f"WAIVED by configuration: {row['sentence']}"
    for row in found["rights_changed"]:
        yield f"RIGHTS CHANGED, seen on {local_time(row['seen_at'])}: {row['sentence']}"
    for row in found["kept_log"]:
        yield f"NOT PROTECTED: {row['sentence']}"
    for row in found["upkeep"]:
        if row["outcome"] == "failed":
            yield f"UPKEEP FAILED ({row['step']}, evening of {row['stamp']}): {row['sentence']}"


def status(
    as_json: Annotated[bool, typer.Option("--json", help="For machines: the same as one JSON object.")] = False,
) -> None:
    """Tell at a glance what landed, what was refused and why, what is published, how old it is, and who was not told.

    Example: csc-warehouse status
    """
    from csc_warehouse import notification, stewardship
    from csc_warehouse.quality import page_rights
    from csc_warehouse.reporting import status as reader
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    warehouse = open_warehouse(settings)
    found = reader.read(warehouse) | {
        "rights_changed": page_rights.changes(warehouse),
        "missing_decisions": stewardship.missing_decisions(warehouse),
    }
    for row in found["untold"]:
        left = row.pop("refused_recipients")
        told = notification.addresses(settings.config.notification, row["event"], left)
        row["recipients"] = told if row["is_told_in_part"] else []
    # whom a mail did not reach may no longer be one of its recipients
    found["untold"] = [row for row in found["untold"] if row["recipients"] or not row["is_told_in_part"]]
    if as_json:
        OUT.print_json(json.dumps(found, default=_plain))
        return
    for row in found["untold"]:
        tries = "once" if row["attempts"] == 1 else f"{row['attempts']} times"
        whom = f" to {', '.join(row['recipients'])}" if row["recipients"] else ""
        OUT.print(
            f"NOT TOLD by {row['channel']}{whom} ({row['event']}, {row['occasion']}), tried {tries}, last at"
            f" {local_time(row['last_tried_at'])}: {row['error']}. It says: {row['sentence']}",
            markup=False,
        )
    for sentence in _to_be_known(found):
        OUT.print(sentence, markup=False)
    if not found["sources"]:
        OUT.print("Nothing has landed yet: csc-warehouse run --exports DIR lands, builds and publishes.")
        return
    OUT.print(
        _table(
            "What landed",
            found["sources"],
            {
                "source": "Source",
                "authority_code": "Authority",
                "accepted_count": "Deliveries",
                "last_business_date": "Last business date",
                "rows_in_files": "Rows in files",
                "rows_accepted": "Accepted",
                "rows_quarantined": "Quarantined",
                "rows_of_totals": "Of these totals",
                "refused_count": "Refused",
                "withdrawn_count": "Withdrawn",
            },
            right=(
                "accepted_count",
                "rows_in_files",
                "rows_accepted",
                "rows_quarantined",
                "rows_of_totals",
                "refused_count",
                "withdrawn_count",
            ),
        )
    )
    for row in found["first"]:
        known = settings.config.authorities.get(row["authority_code"])
        if known is not None:
            OUT.print(
                f"{known.name} ({row['authority_code']}) has delivered for the first time, for {row['business_date']}.",
                markup=False,
            )
    for row in found["refused"]:
        # the reason names the delivery: its story goes by its number
        OUT.print(f"REFUSED (delivery {row['delivery_id']}): {row['reason']}", markup=False)
    for row in found["withdrawn"]:
        kind = "" if row["name"] == "all" else f" {row['name']}"
        OUT.print(
            f"WITHDRAWN (delivery {row['delivery_id']}): {row['source']}{kind} {row['authority_code']}"
            f" {row['business_date']}, {row['reason']}.",
            markup=False,
        )
    OUT.print(
        _table(
            "What is published",
            found["published"],
            {
                "authority_code": "Authority",
                "release_id": "Release",
                "as_at_date": "As at",
                "verdict": "Verdict",
                "published_at": "Published at",
                "nothing_new_at": "Nothing new at",
                "signed_by": "Signed by",
                "days_behind": "Days behind what landed",
            },
            right=("release_id", "days_behind"),
        )
    )
    for row in found["published"]:
        if row["is_taken_back"]:
            OUT.print(
                f"{row['authority_code']}: readers see figures as at {row['as_at_date']}, whose delivery was withdrawn:"
                " csc-warehouse run publishes without it.",
                markup=False,
            )
    for row in found["latest_verdicts"]:
        OUT.print(
            f"Release {row['release_id']}, {row['authority_code']}: {row['verdict']}. {row['reason'] or ''}",
            markup=False,
        )
    _tell_upkeep(found["upkeep"])


def _tell_upkeep(steps: list[dict[str, Any]]) -> None:
    if steps:
        columns = {"step": "Upkeep", "stamp": "Evening", "outcome": "Outcome", "sentence": "What became of it"}
        OUT.print(_table("What the upkeep did last", steps, columns))


def delivery(
    delivery_id: Annotated[
        int | None, typer.Argument(metavar="ID", help="As status and explain give it. Without one: the newest.")
    ] = None,
) -> None:
    """Print a delivery's whole story: files, hashes, row accounts, reasons, who overrode; or list the newest.

    Example: csc-warehouse delivery 12
    """
    from csc_warehouse import landing
    from csc_warehouse.warehouse import open_warehouse

    warehouse = open_warehouse(load_settings())
    lines = landing.newest(warehouse) if delivery_id is None else landing.story(warehouse, delivery_id)
    for line in lines:
        OUT.print(line, markup=False)
    if not lines:
        OUT.print("Nothing has landed yet: csc-warehouse land lands what waits.")


def releases() -> None:
    """List the stored releases, newest first, and which one readers see.

    Example: csc-warehouse releases
    """
    from csc_warehouse.reporting import status as reader
    from csc_warehouse.warehouse import open_warehouse

    OUT.print(
        _table(
            "Releases",
            reader.releases(open_warehouse(load_settings())),
            {
                "release_id": "Release",
                "authority_code": "Authority",
                "as_at_date": "As at",
                "verdict": "Verdict",
                "is_current": "Seen by readers",
                "published_at": "Published at",
                "nothing_new_at": "Nothing new at",
                "published_by": "By",
                "signed_by": "Signed by",
                "code_version": "Code",
                "overlay": "Overlay",
                "reason": "Why",
            },
            right=("release_id",),
        )
    )


def scorecard(
    period: Annotated[
        str | None,
        typer.Argument(help="As 2017/18 Q2, 2018/19 H1, 2018-12. Default: the last ended half year and its quarters."),
    ] = None,
    authority: Authority = None,
    profile: Annotated[str, typer.Option(help="open (strict), committee or rounded.")] = "committee",
) -> None:
    """Print the published scorecard of a period.

    Example: csc-warehouse scorecard "2018/19 H1"
    """
    from csc_warehouse.reporting import arguments
    from csc_warehouse.reporting import scorecard as reader
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    authority = authority_of(settings, authority)
    profile = arguments.choice(profile, PROFILES, option="--profile")
    found = reader.read(open_warehouse(settings), authority_code=authority, profile=profile, period=period)
    columns = {"code": "Code", "title": "Indicator", **{label: label for label in found["periods"]}, "grade": "Grade"}
    title = f"Scorecard of {found['authority_name']} as at {found['as_at_date']}"
    title += f" ({profile} profile, release {found['release_id']})"
    OUT.print(_table(title, found["rows"], columns, right=tuple(found["periods"])))
    if found["words"]:
        OUT.print(f"{found['periods'][-1]} in words, where there is more to say than no clear change:", markup=False)
    for sentence in found["words"]:
        OUT.print(f"  {sentence}", markup=False)
    OUT.print(f"Printed by {origin(settings.config)}.", markup=False)
    OUT.print(
        "[c] hidden to protect children · [z] nothing to divide by · [x] history too short · (p) provisional"
        " · ~ with a caveat: csc-warehouse explain CODE PERIOD",
        markup=False,
    )


def explain(  # noqa: PLR0917  (typer makes each one a named option)
    code: Annotated[str, typer.Argument(help="Indicator, as PM24 or the council's own PMC024.")],
    period: Annotated[str, typer.Argument(help="As 2017/18 Q2, 2018/19 H1, 2017/18 YTD Q3, 2017/18, 2017-04.")],
    authority: Authority = None,
    breakdown: Annotated[str | None, typer.Option(metavar="NAME=VALUE", help="As team=AIT.")] = None,
    record: Annotated[
        str | None, typer.Option(metavar="KEY", help="One record: its evidence and its source rows.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Records to show of each kind.")] = 10,
) -> None:
    """Walk from a figure to its rule, its records and the source rows behind them.

    Example: csc-warehouse explain PM24 "2017/18 Q2" --breakdown team=AIT
    """
    from csc_warehouse.reporting import explain as reader
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    for line in reader.explain(
        open_warehouse(settings),
        code=code,
        period_label=period,
        authority_code=authority_of(settings, authority),
        breakdown=breakdown,
        record_key=record,
        limit=limit,
    ):
        OUT.print(line, markup=False)


def compare(
    as_at: Annotated[list[str], typer.Option("--as-at", metavar="DATE", help="Twice: the two business dates.")],
    authority: Authority = None,
    code: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only this indicator, with the records that moved it.")
    ] = None,
) -> None:
    """List which figures moved between two as-at dates, and the records that moved them.

    A date that no release stands for is built first; nothing that readers see changes.

    Example: csc-warehouse compare --as-at 2018-12-17 --as-at 2018-12-31 --code PM24
    """
    from csc_warehouse import nightly
    from csc_warehouse.reporting import compare as reader
    from csc_warehouse.warehouse import open_warehouse

    dates = [required_date(value) for value in as_at]
    if len(dates) != 2:
        raise UsageError("compare needs --as-at twice: --as-at 2018-12-17 --as-at 2018-12-31.")
    settings = load_settings()
    warehouse = open_warehouse(settings)
    authority = authority_of(settings, authority)
    reader.check_landed(warehouse, authority, dates)
    found = []
    for date in dates:
        release_id = reader.release_as_at(warehouse, authority, date)
        if release_id is None:
            with shown_progress() as progress:
                release_id = nightly.store_as_at(date, settings=settings, progress=progress)
        found.append(release_id)
    for line in reader.compare(warehouse, authority, found[0], found[1], code):
        OUT.print(line, markup=False)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for command in (status, delivery, releases, scorecard, explain, compare):
        app.command()(command)
