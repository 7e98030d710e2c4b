"""The evening's upkeep: steps in order, each with its outcome kept; one that fails stops no other.

The functions that both the DAG and the commands call, beside `nightly` and `stewardship`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from csc_warehouse.errors import CscWarehouseError, listed
from csc_warehouse.privacy import roles
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.warehouse import Warehouse, kept_archive, maintenance, open_warehouse, sealing

BACKUP = "csc-warehouse-{stamp}.tar"
BY = "maintain_warehouse"
"""Who removes what upkeep removes, in its proofs."""
PARTS = 7
"""The archive is read anew within so many evenings, a part each evening."""

Outcome = Literal["done", "left out", "failed"]


@dataclass(frozen=True)
class Evening:
    """What a step works on. stamp: the day that names the evening and its backup, as 2018-12-31."""

    warehouse: Warehouse
    stamp: str

    @property
    def settings(self) -> Settings:
        """Return the settings of the warehouse."""
        return self.warehouse.settings

    @property
    def backup(self) -> Path | None:
        """Return where this evening's backup goes; None: none is made."""
        kept = self.settings.config.maintenance
        suffix = sealing.SUFFIX if kept.backup_key_file else ""
        return None if kept.backup_folder is None else kept.backup_folder / f"{BACKUP.format(stamp=self.stamp)}{suffix}"


@dataclass(frozen=True)
class StepDone:
    """What became of one step: its name, its outcome and one sentence."""

    step: str
    outcome: Outcome
    sentence: str


def _journal(evening: Evening) -> tuple[Outcome, str]:
    from csc_warehouse import stewardship

    return "done", f"{stewardship.journal_decisions(evening.warehouse)} decisions were added to the journal."


def _tell(evening: Evening) -> tuple[Outcome, str]:
    from csc_warehouse import notification

    told = notification.tell_again(evening.settings)
    return "done", " ".join(["Nobody was left to tell." if not told else "", *(o.sentence for o in told)]).strip()


def _releases(evening: Evening) -> tuple[Outcome, str]:
    from csc_warehouse import publication

    keep = evening.settings.config.maintenance.keep_releases
    expired = publication.expire(roles.under(evening.warehouse, "publish"), keep=keep)
    left = f" {len(expired.left)} tables that are being read go the next evening." if expired.left else ""
    return "done", f"{len(expired.expired)} releases expired.{left}"


def _stored(evening: Evening) -> tuple[Outcome, str]:
    from csc_warehouse import publication

    found = publication.check_stored(evening.warehouse)
    if found.release_id is None:
        return "left out", "No candidate stands by which a stored release could be told right."
    if found.differing:
        raise CscWarehouseError(
            f"Release {found.release_id} is not stored as it was checked: {listed(found.differing)}. Readers may see"
            " wrong figures: roll back to the release before (csc-warehouse rollback), and tell who maintains this."
        )
    return "done", f"Release {found.release_id} is stored as it was checked, in {found.compared} relations."


def _deliveries(evening: Evening) -> tuple[Outcome, str]:
    from csc_warehouse import landing

    removed = landing.expire(roles.under(evening.warehouse, "land"), by=BY)
    if removed.is_postponed:
        return "left out", "Deliveries were being landed: nothing was removed from the archive."
    return "done", f"{len(removed.files)} files were removed from the archive."


def _archive(evening: Evening) -> tuple[Outcome, str]:
    from csc_warehouse.landing.recording.archive import Archive

    part = datetime.date.fromisoformat(evening.stamp).toordinal() % PARTS
    archive = Archive(evening.settings.archive)
    # whatever is gone is found at once, by its name; whether what is there is right, within a week
    kept = kept_archive.look(evening.warehouse)
    read, damaged = archive.verify(part, PARTS)
    said = [] if kept.is_whole else [f"The archive {archive.root} lacks {kept}. {kept_archive.NEXT_STEP}"]
    if damaged:
        said.append(
            f"{len(damaged)} of {read} archived files are damaged, first {damaged[0].name}: take them from a backup."
        )
    if said:
        raise CscWarehouseError(" ".join(said))
    return "done", (
        f"Each of the {kept.needed} archived files that deliveries need is there; {read} were read, part {part + 1} of"
        f" {PARTS}: each is as it was stored."
    )


def _vacuum(evening: Evening) -> tuple[Outcome, str]:
    cleaned = maintenance.vacuum_by_need(evening.warehouse)
    return ("done", f"{len(cleaned)} tables were cleaned.") if cleaned else ("left out", "No table needed it.")


def _backup(evening: Evening) -> tuple[Outcome, str]:
    from csc_warehouse import landing
    from csc_warehouse.warehouse.backup import backup, dated

    if evening.backup is None:
        return "left out", "maintenance.backup_folder names no folder: no backup is made here."
    kept = evening.settings.config.maintenance.keep_backups
    written = backup(evening.warehouse, evening.backup)
    old = dated(evening.backup.parent)[:-kept]
    rule = f"maintenance.keep_backups = {kept}"
    gone = landing.expire_backups(roles.under(evening.warehouse, "land"), old, rule=rule, by=BY).files
    return "done", f"{written.name} was written, and {len(gone)} older backups were removed."


def _drill(evening: Evening) -> tuple[Outcome, str]:
    from csc_warehouse.warehouse import drill

    drill.forget_unfinished(evening.settings)
    days = evening.settings.config.maintenance.drill_days
    if evening.backup is None or days == 0:
        return "left out", "No backup is made here, or maintenance.drill_days is 0: none is tried."
    if not evening.backup.exists():
        return "left out", "This evening's backup was not made: none is tried."
    if not drill.is_possible(evening.warehouse):
        return (
            "left out",
            "The server is newer than the embedded one: docs/runbooks/upkeep.md says how a backup is tried.",
        )
    last = maintenance.last_done(evening.warehouse, "restore drill")
    day = datetime.date.fromisoformat(evening.stamp)
    if last is not None and (day - last).days < days:
        return "left out", f"The last one was for {last}: the next is due {days} days after it."
    return "done", drill.restore_and_compare(evening.warehouse, evening.backup)


def _log(evening: Evening) -> tuple[Outcome, str]:
    from csc_warehouse.warehouse import kept_log

    found = kept_log.read(evening.warehouse)
    if found is None:
        return "left out", "The server does not hand over its log: docs/runbooks/recovery.md says how."
    if faults := kept_log.faults(found, maintenance.now(evening.warehouse)):
        raise CscWarehouseError(" ".join(faults))
    copy = "" if found.copy is None else f" The newest copy beside it is of {found.copy:%Y-%m-%d}."
    return "done", f"The server hands over its log.{copy}"


STEPS: dict[str, Callable[[Evening], tuple[Outcome, str]]] = {
    "journal": _journal,
    "messages": _tell,
    "stored release": _stored,
    "releases": _releases,
    "deliveries": _deliveries,
    "archive check": _archive,
    "vacuum": _vacuum,
    "backup": _backup,
    "restore drill": _drill,
    "log": _log,
}
"""The steps in their order, by the names that status, the metrics and docs/runbooks/upkeep.md have for them."""


def maintain(stamp: str, *, settings: Settings | None = None) -> list[dict[str, Any]]:
    """Do every step of the evening, keep what became of each, and return it: step, outcome, sentence.

    stamp: the day that names the evening, as 2018-12-31. Safe to call at any time and again. Raises CscWarehouseError
    at the end, naming each step that failed; the others were done all the same.
    """
    evening = Evening(open_warehouse(settings or load_settings()), stamp)
    done = [_do(name, step, evening) for name, step in STEPS.items()]
    failed = [step for step in done if step.outcome == "failed"]
    if failed:
        raise CscWarehouseError(
            f"Of the upkeep of {stamp} {listed(step.step for step in failed)} failed; the other steps were done. "
            + " ".join(f"{step.step}: {step.sentence}" for step in failed)
        )
    return [vars(step) for step in done]


def _do(name: str, step: Callable[[Evening], tuple[Outcome, str]], evening: Evening) -> StepDone:
    began = maintenance.now(evening.warehouse)
    outcome: Outcome
    try:
        outcome, sentence = step(evening)
    except (CscWarehouseError, OSError) as error:
        outcome, sentence = "failed", " ".join(str(error).split())
    except (SQLAlchemyError, psycopg.Error) as error:
        # what the server says may quote a value: its kind alone is kept, and the log has the rest
        outcome, sentence = "failed", f"The database answered with {type(error).__name__}: see its log."
    maintenance.keep_step(
        evening.warehouse, stamp=evening.stamp, step=name, outcome=outcome, sentence=sentence, began=began
    )
    return StepDone(name, outcome, sentence)
