"""The command that rehearses a cut-over: in a home of its own, beside the live one, which it only reads."""

from __future__ import annotations

import dataclasses
import datetime
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from csc_warehouse.commands.console import OUT, Authority, authority_of, shown_progress
from csc_warehouse.errors import CscWarehouseError, UsageError, offer
from csc_warehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    from csc_warehouse.nightly import Progress


def rehearse(
    system: Annotated[str, typer.Option(metavar="NAME", help="The new case system, as its contract calls it.")],
    exports: Annotated[Path, typer.Option(metavar="DIR", help="Folder with the new system's first full.")],
    authority: Authority = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for page and spreadsheet. Default: among the reports.")
    ] = None,
) -> None:
    """Tell what would differ if a case system went live with the first full that lies in a folder.

    The warehouse's archive is landed again in a home of its own, the same day is built without the new system and with
    it, and both are compared, by entity and indicator, with the records. Nothing that readers see changes.

    Example: csc-warehouse rehearse --system cofnod --exports trial-exports
    """
    from csc_warehouse.reporting.pages import rehearsal as page
    from csc_warehouse.reporting.rehearsal import rehearsal_of
    from csc_warehouse.warehouse import open_warehouse

    live = load_settings()
    code = authority_of(live, authority)
    if not live.archive.is_dir():
        raise UsageError("Nothing has been landed yet: there is no live system to compare with.")
    home = live.home / "rehearsals" / system
    # the folder that is named is looked at, wherever deliveries come from by night
    config = live.config.model_copy(update={"sftp": None, "replicas": {}})
    trial = live.model_copy(
        update={"home": home, "database_url": None, "exports": exports.absolute(), "config": config}
    )
    title = _title(trial, system)
    with shown_progress() as progress:
        _begin(live, trial)
        try:
            warehouse = open_warehouse(trial)
            day, landed, releases = _both(trial, system, code, progress)
            found = rehearsal_of(warehouse, system, title, code, day, releases, landed)
            paths = page.write(out or live.reports / "rehearsals" / system, found, live.config)
        finally:
            _end(trial)
    for sentence in found.answer:
        OUT.print(sentence, markup=False)
    for path in paths:
        OUT.print(str(path), markup=False)


def _title(settings: Settings, system: str) -> str:
    from csc_warehouse.contracts import load_contracts

    contracts = load_contracts(settings.config.sources)
    systems = [name for name, contract in contracts.items() if contract.person_entity is not None]
    if system not in systems:
        raise UsageError(f"{system} is no case system in use: {offer(system, systems)}")
    return contracts[system].title


def _begin(live: Settings, trial: Settings) -> None:
    """Begin with an empty home and the live archive's files: what an earlier rehearsal left is removed."""
    _end(trial)
    trial.home.mkdir(parents=True, mode=0o700)
    shutil.copytree(live.archive, trial.archive, copy_function=_taken_over)


def _taken_over(source: str, target: str) -> None:
    """Link a file of the archive, which never changes, and copy the journal, which grows."""
    if Path(source).parent.parent.name == "objects":
        try:
            os.link(source, target)
        except OSError:
            # the rehearsal's home lies on another disk
            shutil.copy2(source, target)
    else:
        shutil.copy2(source, target)


def _both(
    trial: Settings, system: str, authority_code: str, progress: Progress
) -> tuple[datetime.date, list[str], tuple[int, int]]:
    """Land the archive, build the day, land the new system's first full, and build the day again."""
    from csc_warehouse import landing, nightly, stewardship
    from csc_warehouse.contracts import load_contracts
    from csc_warehouse.contracts.check import describe_differences
    from csc_warehouse.landing.dry_run import try_landing
    from csc_warehouse.reporting.rehearsal import kind_of
    from csc_warehouse.warehouse import open_warehouse

    warehouse = open_warehouse(trial)
    landing.rebuild(warehouse, progress=progress)
    stewardship.restore_decisions(warehouse)
    waiting = [
        delivery
        for delivery in landing.look(trial, source=system, stable_seconds=0, warehouse=warehouse).deliveries
        if delivery.authority_code == authority_code
    ]
    if not waiting:
        raise UsageError(f"{trial.exports} holds no delivery of {system} for {authority_code} that waits to be landed.")
    first = waiting[0]
    before = nightly.store_as_at(first.business_date, settings=trial, progress=progress)
    live_from_then = live_from(trial, system, authority_code, first.business_date)
    warehouse = dataclasses.replace(warehouse, settings=live_from_then)
    summary = landing.land(warehouse, [first], progress=progress)
    if summary.refused or summary.not_there_yet:
        raise CscWarehouseError(" ".join([*summary.refused, *summary.not_there_yet]))
    if kind_of(warehouse, summary.landed[0]) != "full":
        raise UsageError(f"{first.label} holds changes alone: a rehearsal needs the first full of {system}.")
    contract = load_contracts(trial.config.sources)[system]
    folder = Path(first.location)
    # what was set apart, and what the contract does not know, with the first row of each
    said = [*try_landing(folder, contract, trial)[0], *describe_differences(folder, {system: contract})]
    counted = f"{summary.rows_accepted:,} rows were accepted and {summary.rows_quarantined:,} quarantined."
    after = nightly.store_as_at(first.business_date, settings=live_from_then, progress=progress)
    return first.business_date, list(dict.fromkeys([counted, *summary.notices, *said])), (before, after)


def live_from(settings: Settings, system: str, authority_code: str, day: datetime.date) -> Settings:
    """Return the settings under which a system is an authority's last one, live from a day at the latest.

    Whatever day is planned, a rehearsal shows the figures as they would be with the full that is there.
    """
    from csc_warehouse.authority_config import AuthorityConfig, SystemConfig

    known = settings.config.authorities.get(authority_code) or AuthorityConfig(name=authority_code)
    planned = next((named.first_day for named in known.systems if named.source == system), None)
    if planned is not None and planned <= day:
        return settings
    others = tuple(named for named in known.systems if named.source != system)
    changed = known.model_copy(update={"systems": (*others, SystemConfig(source=system, first_day=day))})
    authorities = {**settings.config.authorities, authority_code: changed}
    return settings.model_copy(update={"config": settings.config.model_copy(update={"authorities": authorities})})


def _end(trial: Settings) -> None:
    """Stop the rehearsal's server and remove its home."""
    from csc_warehouse.warehouse import cluster

    if trial.home.exists():
        cluster.stop(trial.home)
        shutil.rmtree(trial.home)


def register(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command()(rehearse)
