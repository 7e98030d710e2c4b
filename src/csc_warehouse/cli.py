"""The command line: every task of a DAG is also a command."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated, NoReturn

import psycopg
import sqlalchemy.exc
import typer
import typer.main

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.exit_codes import ExitCode, explained

APP = typer.Typer(
    name="csc-warehouse",
    help=(
        "Turn the case system's exports into performance figures that people may act on.\n\n"
        "First steps: csc-warehouse sample --out exports, then csc-warehouse run --exports exports,"
        " then csc-warehouse status.\n\n"
        f"{explained()}"
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from csc_warehouse.version import code_version

        typer.echo(f"csc-warehouse {code_version()}")
        raise typer.Exit


@APP.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version, as releases carry it, and exit.",
        ),
    ] = False,
) -> None:
    del version


def _assemble() -> typer.Typer:
    from csc_warehouse.commands import (
        engineer,
        govern,
        maintenance,
        new_indicator,
        night,
        operate,
        overlay,
        pages,
        reading,
        recovery,
        rehearse,
        report_notes,
        semantics,
        serving,
        statistics,
        steward,
        subject,
        translations,
    )

    rooms = (
        night,
        reading,
        recovery,
        maintenance,
        operate,
        serving,
        govern,
        subject,
        engineer,
        new_indicator,
        overlay,
        statistics,
        pages,
        steward,
        report_notes,
        semantics,
        rehearse,
        translations,
    )
    for room in rooms:
        room.register(APP)
    return APP


def _tell(sentence: str) -> None:
    from csc_warehouse.commands.console import ERROR

    ERROR.print(f"csc-warehouse: {sentence}", markup=False, level="error")


def main() -> NoReturn:
    """Run a command and end the process with its exit code."""
    from csc_warehouse.commands.console import leave, speak_utf8, tell_as_configured

    speak_utf8()
    tell_as_configured()
    leave(run)


def _call(app: typer.Typer) -> None:
    """Call the command that was asked for; where JSON is told, wrong commands and options are as well."""
    # the library carries Click inside itself, and offers the base of its errors nowhere else
    from typer._click.exceptions import ClickException, NoArgsIsHelpError

    from csc_warehouse.commands.console import ERROR

    if not ERROR.is_json:
        app(standalone_mode=True)
        return
    try:
        # not by the library's own call, which would tell of unforeseen errors in its way
        code = typer.main.get_command(app).main(standalone_mode=False)
    except NoArgsIsHelpError as error:
        if help_text := error.format_message():
            typer.echo(help_text)
        sys.exit(error.exit_code)
    except ClickException as error:
        _tell(error.format_message())
        sys.exit(error.exit_code)
    except typer.Abort:
        _tell("The command was broken off.")
        sys.exit(ExitCode.ERROR)
    sys.exit(code if isinstance(code, int) else 0)


def run() -> None:
    """Run a command; print one clear sentence and exit with its code when it cannot be done."""
    try:
        _call(_assemble())
    except CscWarehouseError as error:
        _tell(str(error))
        sys.exit(error.exit_code)
    except (sqlalchemy.exc.OperationalError, psycopg.OperationalError) as error:
        cause = error.orig if isinstance(error, sqlalchemy.exc.OperationalError) else error
        first_line = (str(cause).strip().splitlines() or ["no reason given"])[0]
        _tell(
            f"The database was lost, or has no room left: {first_line}. What was published stays as it is;"
            " see that it runs and has disk space, then run the command again."
        )
        sys.exit(ExitCode.ERROR)
    except sqlalchemy.exc.ProgrammingError as error:
        if not isinstance(error.orig, psycopg.errors.UndefinedTable):
            raise
        # the published views come into being with the first release
        _tell("There is nothing to read yet: csc-warehouse status tells what has landed and what is published.")
        sys.exit(ExitCode.ERROR)
    except BrokenPipeError:
        # the reader of a pipe went away (head, less): not an error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.ERROR)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        if error.filename is None and not is_full:
            raise
        is_other = error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR)
        remedy = "Free space" if is_full else "Correct its owner or mode, or mount its share"
        if is_other:
            remedy = "A folder is needed where a file is, or the other way round: name another"
        _tell(
            f"{error.filename or 'A file'} cannot be used: {error.strerror}. {remedy}, then run the command again;"
            " what was published stays as it is."
        )
        sys.exit(ExitCode.ERROR)


if __name__ == "__main__":
    main()
