"""Commands of people who answer for figures: quality failures, explain, withdraw, explanations; report."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from csc_warehouse.commands.console import OUT, Authority, authority_of, required_date
from csc_warehouse.settings import load_settings

if TYPE_CHECKING:
    from csc_warehouse.warehouse import Warehouse

QUALITY = typer.Typer(help="What fails, and who explained it.", no_args_is_help=True)

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; it is recorded.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is recorded. No child's name.")]


def _list(
    read: Callable[[Warehouse, str], list[dict[str, Any]]],
    authority: str | None,
    columns: dict[str, str],
    *,
    otherwise: str,
) -> None:
    """Print what a function returns of an authority as a table, a column per heading; nothing: say so."""
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    rows = read(open_warehouse(settings), authority_of(settings, authority))
    if not rows:
        OUT.print(otherwise)
        return
    table = Table(header_style="bold")
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*("" if row[name] is None else escape(str(row[name])) for name in columns))
    OUT.print(table)


@QUALITY.command("failures")
def failures(
    authority: Authority = None,
    past: Annotated[bool, typer.Option("--past", help="What figures no longer rest on, and why.")] = False,
) -> None:
    """List what fails by each check's latest judgement, gravest first.

    What failed in a delivery that a later one replaced, or of a source that is no longer in use, is past: there is
    nothing left to do about it, and it is listed apart.

    Example: csc-warehouse quality failures
    """
    from csc_warehouse.quality import explanations
    from csc_warehouse.warehouse import open_warehouse

    columns = {
        "check_code": "Check",
        "scope": "Source",
        "severity": "Severity",
        "status": "Status",
        "sentence": "What must hold",
        "failed": "Failed",
        "change": "Change",
        "as_at_date": "As at",
        **({"past_because": "Past"} if past else {"explained_by": "Explained by", "expires_on": "Until"}),
    }
    otherwise = "Nothing that fails is past." if past else "Nothing fails."
    _list(functools.partial(explanations.failures, is_past=past), authority, columns, otherwise=otherwise)
    if past:
        return
    settings = load_settings()
    over = explanations.failures(open_warehouse(settings), authority_of(settings, authority), is_past=True)
    if over:
        what = "1 failure is" if len(over) == 1 else f"{len(over)} failures are"
        OUT.print(f"{what} past: see csc-warehouse quality failures --past.")


@QUALITY.command("explain")
def explain(  # noqa: PLR0917  (typer makes each one a named option)
    check: Annotated[str, typer.Argument(metavar="CHECK", help="Code of a failing check, as CTC01.")],
    by: By,
    reason: Reason,
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="First day of figures for which it counts again.")
    ],
    authority: Authority = None,
    record: Annotated[
        str | None, typer.Option("--record", metavar="KEY", help="One record of a rule, by its record_key.")
    ] = None,
) -> None:
    """Explain a failure: until the day named, a warning puts no caveat on a figure. Critical ones cannot be explained.

    What is published stays as it is; the next build takes it into account.

    Example: csc-warehouse quality explain CTC01 --by "A. Jones" --reason "Offices were closed" --until 2019-01-31
    """
    from csc_warehouse import stewardship

    day = required_date(until)
    made = stewardship.explain_failure(
        check, by=by, reason=reason, until=day, authority_code=authority, record_key=record
    )
    OUT.print(f"Explanation {made}: {check} is explained by {by} until {day}. The next build shows it.", markup=False)


@QUALITY.command("withdraw")
def withdraw(
    explanation: Annotated[int, typer.Argument(metavar="N", help="As csc-warehouse quality explanations gives it.")],
    by: By,
    reason: Reason,
) -> None:
    """Take an explanation back: from the next build on the failure counts again.

    A delivery is taken back by csc-warehouse withdraw.

    Example: csc-warehouse quality withdraw 3 --by "A. Jones" --reason "It was another week"
    """
    from csc_warehouse import stewardship

    stewardship.withdraw_explanation(explanation, by=by, reason=reason)
    OUT.print(f"Explanation {explanation} is withdrawn by {by}.", markup=False)


@QUALITY.command("explanations")
def explanations_listed(authority: Authority = None) -> None:
    """List every explanation, newest first, expired and withdrawn ones included.

    Example: csc-warehouse quality explanations
    """
    from csc_warehouse.quality import explanations

    columns = {
        "explanation_id": "No.",
        "check_code": "Check",
        "record_key": "Record",
        "explained_by": "By",
        "database_user": "Login",
        "airflow_account": "Airflow account",
        "reason": "Reason",
        "as_at_date": "From",
        "expires_on": "Until",
        "withdrawn_by": "Withdrawn by",
    }
    _list(explanations.listing, authority, columns, otherwise="Nothing has been explained.")


def report(  # noqa: PLR0917  (typer makes each one a named option)
    period: Annotated[str, typer.Option("--period", metavar="LABEL", help="As 2018/19 H1, 2018/19 Q2, 2017/18.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write the files to.")],
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="LIST", help="Of html, csv, xlsx, docx, pdf; or all. Default: html,csv."),
    ] = None,
    release: Annotated[
        int | None, typer.Option("--release", metavar="N", help="Default: the latest signed one, else the published.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="en|cy|both", help="Default: report_language.")
    ] = None,
    authority: Authority = None,
) -> None:
    """Write the committee report of a period: an accessible page without anything outside it, and its figures as CSV.

    Or as a workbook (xlsx), a document for officers to edit (docx), a tagged PDF. In English, in Welsh, or in both,
    each page with a link to the other. Of a signed release each comes out byte for byte the same at any time;
    revisions are listed.

    Example: csc-warehouse report --period "2018/19 H1" --out reports --format all
    """
    from csc_warehouse import stewardship
    from csc_warehouse.reporting.report import formats

    asked = formats.chosen(form)
    written = stewardship.write_report(
        period, out, release_id=release, authority_code=authority, language=language, formats=asked
    )
    for path in written:
        OUT.print(path, markup=False, soft_wrap=True)


def board(  # noqa: PLR0917  (typer makes each one a named option)
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write the files to.")],
    period: Annotated[
        str | None,
        typer.Option(
            "--period", "--quarter", metavar="LABEL", help="As 2018/19 Q3, or a year. Default: the last quarter ended."
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="LIST", help="Of html, csv, xlsx, docx, pdf; or all. Default: html,csv."),
    ] = None,
    release: Annotated[
        int | None, typer.Option("--release", metavar="N", help="Default: the latest signed one, else the published.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="en|cy|both", help="Default: report_language.")
    ] = None,
    authority: Authority = None,
) -> None:
    """Write the safeguarding board's quarterly: from contacts to the register, as a page and as data.

    In the languages and formats of the committee report. Every revision of a figure that was signed before is listed
    with its reason, whichever quarter's signature made it.

    Example: csc-warehouse board --period "2018/19 Q3" --out reports --format all
    """
    from csc_warehouse import stewardship
    from csc_warehouse.reporting.report import formats

    asked = formats.chosen(form)
    written = stewardship.write_report(
        period,
        out,
        release_id=release,
        authority_code=authority,
        language=language,
        formats=asked,
        is_for_board=True,
    )
    for path in written:
        OUT.print(path, markup=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(QUALITY, name="quality")
    app.command()(report)
    app.command()(board)
