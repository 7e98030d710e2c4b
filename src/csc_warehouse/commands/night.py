"""Commands of a night: sample, run, land, build, check, publish, rollback."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from csc_warehouse.commands.console import ERROR, OUT, AsAt, Exports, authority_of, parse_date, shown_progress
from csc_warehouse.errors import UsageError, few_sentences
from csc_warehouse.exit_codes import ExitCode
from csc_warehouse.settings import load_settings

SHORTEST_NOTE = 10
"""Letters: whoever reads the journal later must learn something from it."""


class SampleCommand(TyperCommand):
    """Names the faults in its help; they are loaded for nothing else."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, the faults and what each does below it."""
        from csc_warehouse.sample.faults import known_faults

        named = "\n".join(f"- {fault.name}: {fault.description}" for fault in known_faults().values())
        self.epilog = f"Faults:\n\n{named}"
        super().format_help(ctx, formatter)


def sample(  # noqa: PLR0917  (typer makes each one a named option)
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write the exports to.")],
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 1,
    authorities: Annotated[
        int, typer.Option(min=1, max=22, help="Further authorities are WCCIS only; a process writes each.")
    ] = 1,
    years: Annotated[
        int | None, typer.Option(min=0, help="Years of history before that of the end. Default: from April 2016.")
    ] = None,
    end: Annotated[str | None, typer.Option(metavar="DATE", help="Last business date. Default: 2018-12-31.")] = None,
    clean: Annotated[bool, typer.Option("--clean", help="Leave the mess of real life out.")] = False,
    successor_from: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="First day of the system after WCCIS. Default: it never comes."),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="NAME",
            help="Damage the exports; repeat it for several, in any order. The names stand below.",
        ),
    ] = None,
) -> None:
    """Write a synthetic council's exports: made-up children, real formats.

    Example: csc-warehouse sample --out exports --seed 7 --fault week_lost --fault contacts_duplicated
    """
    from csc_warehouse.sample import write_sample

    with shown_progress() as progress:
        summary = write_sample(
            out,
            seed=seed,
            authorities=authorities,
            years=years,
            end=parse_date(end) or datetime.date(2018, 12, 31),
            clean=clean,
            faults=tuple(fault or ()),
            successor_from=parse_date(successor_from),
            progress=progress,
        )
    OUT.print(str(summary))


Whole = Annotated[bool, typer.Option("--whole", help="Build also where nothing is new since the last release.")]


def run(exports: Exports = None, as_at: AsAt = None, whole: Whole = False) -> None:
    """Do a whole night: land what waits, build, check and publish; where nothing is new, say so and publish nothing.

    An as-at earlier than the published one is stored as a release and not published.

    Example: csc-warehouse run --exports exports --as-at 2018-12-17
    """
    from csc_warehouse import nightly

    settings = load_settings(exports=exports)
    date = parse_date(as_at)
    with shown_progress() as progress:
        result = nightly.run(settings=settings, as_at=date, is_whole=whole, progress=progress)
    _tell_landed(result["landed"])
    for sentence in result["built"]["rectifications"]:
        OUT.print(sentence, markup=False)
    if "nothing_new" in result["built"]:
        OUT.print(result["built"]["nothing_new"], markup=False)
    _end(result["published"], result["landed"])


def land(exports: Exports = None, as_at: AsAt = None) -> None:
    """Land every waiting delivery, in business-date order; a bad one is refused whole and changes nothing.

    Example: csc-warehouse land --exports exports
    """
    from csc_warehouse import nightly

    settings = load_settings(exports=exports)
    with shown_progress() as progress:
        landed = nightly.land(settings=settings, as_at=parse_date(as_at), progress=progress)
    _tell_landed(landed)
    if landed["refused"]:
        raise typer.Exit(ExitCode.REFUSED)


def build(as_at: AsAt = None, whole: Whole = False) -> None:
    """Build the candidate from what has landed; nothing that readers see changes.

    Where nothing is new since the last release, and readers see it, that is said and nothing is built.

    Example: csc-warehouse build --as-at 2018-12-17
    """
    from csc_warehouse import nightly

    with shown_progress() as progress:
        built = nightly.build(as_at=parse_date(as_at), is_whole=whole, progress=progress)
    if "nothing_new" in built:
        OUT.print(f"{built['nothing_new']} csc-warehouse build --whole builds it all the same.", markup=False)
        return
    for sentence in built["rectifications"]:
        OUT.print(sentence, markup=False)
    OUT.print(f"Release {built['release_id']} is built as a candidate: csc-warehouse check is next.")


def check() -> None:
    """Check the candidate and say for each authority whether it may be published.

    Example: csc-warehouse check
    """
    from csc_warehouse import nightly

    with shown_progress() as progress:
        checked = nightly.check(progress=progress)
    for authority, found in sorted(checked["verdicts"].items()):
        OUT.print(f"{authority}: {found['verdict']}. {found['reason']}", markup=False)
    if any(found["verdict"] == "held" for found in checked["verdicts"].values()):
        raise typer.Exit(ExitCode.HELD)


def publish(
    release: Annotated[int | None, typer.Option("--release", metavar="N", help="Default: the candidate.")] = None,
) -> None:
    """Publish what passed: store the release and move the pointer, in one transaction.

    Example: csc-warehouse publish
    """
    from csc_warehouse import nightly
    from csc_warehouse.reporting import arguments
    from csc_warehouse.warehouse import open_warehouse

    if release is not None:
        with open_warehouse(load_settings()).transaction() as connection:
            arguments.release(connection, release)
    _end(nightly.publish(release, published_by="command"), None)


def rollback(
    authority: Annotated[str | None, typer.Option("--authority", metavar="CODE", help="Default: all.")] = None,
) -> None:
    """Let readers see the release that was published before the current one.

    Example: csc-warehouse rollback --authority W06000006
    """
    from csc_warehouse import publication
    from csc_warehouse.warehouse import open_warehouse

    settings = load_settings()
    if authority is not None:
        authority = authority_of(settings, authority)
    for sentence in publication.rollback(open_warehouse(settings), authority_code=authority, by="command"):
        OUT.print(sentence, markup=False)


def sign_off(  # noqa: PLR0917  (typer makes each one a named option)
    release: Annotated[int, typer.Option("--release", metavar="N", help="A published release.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who signs, by name and role; it is recorded.")],
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="What was looked at, in a sentence; it is recorded.")
    ],
    authority: Annotated[str | None, typer.Option("--authority", metavar="CODE", help="Default: all in it.")] = None,
    revision_reason: Annotated[
        str | None, typer.Option("--revision-reason", metavar="TEXT", help="Why signed figures are revised.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing, as in a script.")] = False,
) -> None:
    """Freeze a published release's figures under a person's name; a held release cannot be signed.

    A release that readers no longer see is signed only after a question, or with --yes.

    Example: csc-warehouse sign-off --release 12 --by "A. Jones, Head of Service" --note "Quality summary seen"
    """
    from csc_warehouse import stewardship

    if authority is not None:
        authority = authority_of(load_settings(), authority)
    _ask(stewardship.doubts_about_signing(release, authority), note, is_sure=yes)
    count = stewardship.sign_off(release, by=by, note=note, authority_code=authority, revision_reason=revision_reason)
    OUT.print(f"{count:,} figures of release {release} are frozen, signed off by {by}.", markup=False)


def _ask(doubts: list[str], note: str, *, is_sure: bool) -> None:
    """Say what speaks against signing and ask whether to go on; raise UsageError where nobody is there to answer."""
    if len("".join(note.split())) < SHORTEST_NOTE:
        raise UsageError(f'--note "{note}" says too little: write in a sentence what you looked at.')
    if doubts and not is_sure and not sys.stdin.isatty():
        raise UsageError(f"{' '.join(doubts)} Nothing was signed: --yes signs it all the same.")
    for sentence in doubts:
        ERROR.print(sentence, markup=False, level="warning")
    if not doubts or is_sure:
        return
    if not typer.confirm("Sign it all the same?"):
        raise UsageError("Nothing was signed.")


def _tell_landed(landed: dict[str, Any]) -> None:
    OUT.print(
        f"Landed {landed['landed']} deliveries ({landed['rows_accepted']:,} rows accepted, "
        f"{landed['rows_quarantined']:,} quarantined); {len(landed['refused'])} refused."
    )
    waiting = few_sentences([*landed["not_there_yet"], *landed["not_taken"]], "deliveries and files not taken")
    for sentence in (*landed["notices"], *waiting):
        ERROR.print(sentence, markup=False)
    for sentence in landed["refused"]:
        ERROR.print(f"REFUSED: {sentence}", markup=False, level="error")
    if landed["refused"]:
        ERROR.print(
            "Nothing of what is refused was let in; the last good state stays. `csc-warehouse status` lists the"
            " deliveries, `csc-warehouse delivery N` names the section of docs/runbooks/refused-deliveries.md that says"
            " what to do.",
            markup=False,
        )


def _end(published: dict[str, Any], landed: dict[str, Any] | None) -> None:
    for sentence in published["sentences"]:
        OUT.print(sentence, markup=False)
    if published["held"]:
        raise typer.Exit(ExitCode.HELD)
    if landed and landed["refused"]:
        raise typer.Exit(ExitCode.REFUSED)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command(cls=SampleCommand)(sample)
    for command in (run, land, build, check, publish, rollback):
        app.command()(command)
    app.command("sign-off")(sign_off)
