"""A night, step by step: the functions that both the DAGs and the commands call.

Order (architecture.md): land, context, identity, keys, facts and indicators, exit checks, grades, reporting, disclosure
check, store, publish. Each can be killed at any instant and called again; results are small, and hold no child's value.
"""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import text

from csc_warehouse.errors import CscWarehouseError, UsageError, few_sentences
from csc_warehouse.privacy import roles
from csc_warehouse.privacy.grants import Step
from csc_warehouse.settings import Settings, SftpConfig, load_settings
from csc_warehouse.version import digests, origin
from csc_warehouse.warehouse import Warehouse, locks, open_warehouse

if TYPE_CHECKING:
    from csc_warehouse import landing

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""

BROKEN_OFF = "Broken off before publication: readers keep the last release. See the red task."


def _no_progress(what: str, done: int, of: int) -> None:
    del what, done, of


def _open(settings: Settings | None, step: Step) -> Warehouse:
    """Open the warehouse as a step of the night is to use it: brought up to date by the login, used by its role."""
    return roles.under(open_warehouse(settings or load_settings()), step)


def _one_build_at_a_time(warehouse: Warehouse) -> AbstractContextManager[None]:
    """Hold the build lock; raise WarehouseBusyError, naming who has it, when another build runs."""
    return locks.held(
        warehouse,
        locks.BUILD,
        what="Another build is running on this warehouse",
        remedy="wait until it ends (csc-warehouse status) and run again.",
    )


def with_sftp(settings: Settings, sftp: Mapping[str, Any] | None) -> Settings:
    """Return settings that fetch deliveries from an SFTP server; as they were where none is given.

    Raises UsageError naming the key that is wrong; it holds no value, as one of them is a password.
    """
    if sftp is None:
        return settings
    try:
        server = SftpConfig.model_validate(dict(sftp))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"The SFTP connection has a wrong value at {key}: {first['msg']}.") from None
    return settings.model_copy(update={"config": settings.config.model_copy(update={"sftp": server})})


def find_waiting_tickets(
    source: str,
    *,
    settings: Settings | None = None,
    as_at: datetime.date | None = None,
    is_scheduled: bool = True,
    sftp: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """List a source's deliveries that wait to be landed, in business-date order, as small JSON-able tickets.

    What lies there and is not taken is named in the log. Raises UsageError when the exports folder does not exist: a
    share that is gone must not look like a quiet night.
    """
    found = _look(source, with_sftp(settings or load_settings(), sftp), as_at, is_scheduled=is_scheduled)
    for sentence in few_sentences([*found.not_there_yet, *found.ignored], "deliveries and files not taken"):
        logging.getLogger("csc_warehouse.landing").warning(sentence)
    return [delivery.ticket() for delivery in found.deliveries]


def _look(source: str, settings: Settings, as_at: datetime.date | None, *, is_scheduled: bool) -> landing.Waiting:
    from csc_warehouse import landing

    thresholds = settings.config.landing
    stable_seconds = thresholds.stable_seconds_scheduled if is_scheduled else thresholds.stable_seconds_command
    return landing.look(
        settings, source=source, as_at=as_at, stable_seconds=stable_seconds, warehouse=_open(settings, "land")
    )


def land_tickets(
    tickets: Sequence[dict[str, Any]],
    *,
    settings: Settings | None = None,
    progress: Progress = _no_progress,
    sftp: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Land deliveries in the order given, each in one transaction, each through the door.

    Returns counts of deliveries and rows, the refusals' sentences, notices and the last business date tried.
    """
    from csc_warehouse import landing, stewardship
    from csc_warehouse.quality import door

    stewardship.require_decisions(settings)
    warehouse = _open(with_sftp(settings or load_settings(), sftp), "land")
    deliveries = [landing.Delivery.from_ticket(ticket) for ticket in tickets]
    keeper = door.Doorkeeper(warehouse, _shared_caveats(warehouse.settings))
    summary = landing.land(warehouse, deliveries, door=keeper, progress=progress)
    return {
        "landed": len(summary.landed),
        "delivery_ids": list(summary.landed),
        "refused": list(summary.refused),
        "unchanged": len(summary.unchanged),
        "not_there_yet": list(summary.not_there_yet),
        "notices": list(summary.notices),
        "rows_accepted": summary.rows_accepted,
        "rows_quarantined": summary.rows_quarantined,
        "business_date": max((ticket["business_date"] for ticket in tickets), default=None),
    }


def _shared_caveats(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Return whose caveats a council's own indicators share; a fault of the overlay is told, and stops no landing."""
    from csc_warehouse import overlay

    try:
        laid = overlay.in_force(settings)
    except UsageError as error:
        logging.getLogger("csc_warehouse.landing").warning(str(error))
        return {}
    return laid.shared_caveats if laid else {}


def latest_business_date(source: str, *, settings: Settings | None = None) -> str | None:
    """Return the newest business date accepted from a source, as 2018-12-31; None before its first delivery."""
    warehouse = _open(settings, "land")
    with warehouse.transaction() as connection:
        latest: datetime.date | None = connection.execute(
            text("select max(business_date) from landing.deliveries where source = :source and status = 'accepted'"),
            {"source": source},
        ).scalar()
    return latest.isoformat() if latest else None


def land(
    *,
    settings: Settings | None = None,
    as_at: datetime.date | None = None,
    sources: Sequence[str] | None = None,
    progress: Progress = _no_progress,
) -> dict[str, Any]:
    """Land every waiting delivery up to a date, of the sources in use, in business-date order.

    Returns the same as land_tickets, and under `not_taken` a sentence for each thing that lies there and is not taken.
    Raises UsageError when the exports folder does not exist.
    """
    settings = settings or load_settings()
    found = [_look(source, settings, as_at, is_scheduled=False) for source in sources or settings.config.sources]
    tickets = [delivery.ticket() for waiting in found for delivery in waiting.deliveries]
    tickets.sort(key=lambda ticket: str(ticket["business_date"]))
    not_taken = [sentence for waiting in found for sentence in (*waiting.not_there_yet, *waiting.ignored)]
    in_folders = [name for name in settings.config.sources if name not in settings.config.replicas]
    if settings.config.sftp is None and in_folders and not any((settings.exports / n).is_dir() for n in in_folders):
        not_taken.append(
            f"{settings.exports} holds none of the folders {', '.join(in_folders)}: it is empty, or not the exports"
            " folder."
        )
    return {**land_tickets(tickets, settings=settings, progress=progress), "not_taken": not_taken}


def build(
    *,
    settings: Settings | None = None,
    as_at: datetime.date | None = None,
    is_whole: bool = True,
    progress: Progress = _no_progress,
) -> dict[str, Any]:
    """Build the candidate as at a date (default: the latest landed) and return its release_id and run_id.

    Under `rectifications` stands a sentence for each whose state has changed, such as one that the source ended.

    is_whole: False: where nothing of what the last release was built from has changed, and readers see it, nothing is
    built; what is returned is that release, with the sentence that says so under `nothing_new`.

    Raises UsageError, before anything is built, where the overlay has a fault; CscWarehouseError when nothing has
    landed or a model fails, naming it.
    """
    from csc_warehouse import landing, overlay, publication, stewardship, transform
    from csc_warehouse.privacy import pseudonyms

    settings = settings or load_settings()
    stewardship.require_decisions(settings)
    laid = overlay.in_force(settings)
    # a system of which nothing has landed yet is read as one that has no rows
    landing.sync_tables(_open(settings, "land"))
    warehouse = _open(settings, "build")
    run_id = uuid.uuid4().hex
    with _one_build_at_a_time(warehouse):
        said = {
            **digests(settings.config),
            "overlay": laid.digest if laid else "none",
            "keys": pseudonyms.digest_of_keys(settings),
        }
        if not is_whole and (found := publication.standing(warehouse, said, as_at)).is_nothing_new:
            publication.note_quiet_night(warehouse, found)
            return {**found.as_built(), "rectifications": []}
        inputs = publication.read_inputs(warehouse, said)
        context = transform.set_context(warehouse, as_at, run_id)
        rectified = transform.apply_rectifications(warehouse)
        code = origin(settings.config)
        release_id = publication.open_release(warehouse, run_id, requested_date=as_at, code_version=code.version)
        publication.note_inputs(warehouse, release_id, inputs)
        publication.note_origin(
            warehouse,
            release_id,
            code_address=code.address,
            overlay_digest=laid.digest if laid else None,
            overlay_files=[
                publication.OverlayFile(f.name, f.sha256, f.count("added"), f.count("replaced"), f.count("removed"))
                for f in (laid.said if laid else ())
            ],
        )
        project = overlay.compose(settings, laid) if laid else None
        transform.forget_removed_indicators(warehouse, project)
        transform.build_layer(
            warehouse, "identity", project=project, progress=partial(progress, "building the children")
        )
        progress("giving children their pseudonyms", 0, 1)
        pseudonyms.assign_keys(warehouse)
        transform.build_layer(
            warehouse, "indicators", project=project, progress=partial(progress, "building facts and indicators")
        )
    return {
        "release_id": release_id,
        "run_id": run_id,
        "as_at": {row.authority_code: row.as_at_date.isoformat() for row in context},
        "rectifications": rectified,
    }


def check(
    release_id: int | None = None,
    *,
    settings: Settings | None = None,
    is_standing: bool = False,
    progress: Progress = _no_progress,
) -> dict[str, Any]:
    """Judge the candidate: exit checks, grades and caveats, then reporting and the attack on its suppression.

    is_standing: the release is out, of a night that has nothing new: its verdicts are read, and not made again.

    Returns one verdict (published, caveats, held) and one sentence per authority.
    """
    from csc_warehouse import overlay, publication, transform
    from csc_warehouse.disclosure import step as hiding
    from csc_warehouse.quality import disclosure, door_docs, exit_checks, failing_records, grades, verdict
    from csc_warehouse.register import load_register

    warehouse = _open(settings, "check")
    release_id = release_id or candidate_release(warehouse)
    if is_standing:
        return {"release_id": release_id, "verdicts": verdict.read(warehouse, release_id)}
    with _one_build_at_a_time(warehouse):
        _require_candidate(warehouse, release_id)
        progress("checking the candidate", 0, 5)
        exit_checks.check(warehouse, release_id)
        # here, where Great Expectations is loaded: a landing would pay for each page
        door_docs.write(warehouse)
        progress("grading the indicators", 1, 5)
        grades.grade(warehouse, release_id)
        # what the candidate was built with, whatever has been put into the overlay since
        project = overlay.of_release(warehouse.settings, publication.overlay_digest(warehouse, release_id))
        register = load_register(project / "seeds")
        progress("proving what is hidden", 2, 5)
        hiding.hide(warehouse, register)
        progress("building the scorecard", 2, 5)
        transform.build_layer(
            warehouse, "reporting", project=project, progress=partial(progress, "building the scorecard")
        )
        progress("attacking the suppression", 3, 5)
        disclosure.check(warehouse, release_id, register)
        progress("listing the records to mend", 4, 5)
        failing_records.refresh(warehouse)
        publication.seal(warehouse, release_id)
        progress("checked", 5, 5)
    return {"release_id": release_id, "verdicts": verdict.read(warehouse, release_id)}


def publish(
    release_id: int | None = None, *, settings: Settings | None = None, published_by: str = "nightly"
) -> dict[str, Any]:
    """Store the candidate as a release and move the pointer of every authority that passed, in one transaction.

    Raises CscWarehouseError when its checks were not made, or broken off, or the candidate has changed since.
    """
    from csc_warehouse import publication
    from csc_warehouse.quality import verdict

    warehouse = _open(settings, "publish")
    release_id = release_id or candidate_release(warehouse)
    with _one_build_at_a_time(warehouse):
        verdict.require_all_gates(warehouse, release_id)
        if not publication.is_stored(warehouse, release_id):
            _require_candidate(warehouse, release_id)
            publication.require_unchanged(warehouse, release_id)
            publication.store(warehouse, release_id)
        summary = publication.publish(
            warehouse, release_id, verdict.read(warehouse, release_id), published_by=published_by
        )
    return summary.as_dict()


def candidate_release(warehouse: Warehouse) -> int:
    """Return the release_id of the candidate that was built last.

    Raises CscWarehouseError when nothing has been built yet.
    """
    with warehouse.transaction() as connection:
        release_id = connection.execute(
            text(
                "select release_id from release.releases"
                " where run_id in (select run_id from staging.run_context) order by release_id desc limit 1"
            )
        ).scalar()
    if release_id is None:
        raise CscWarehouseError("Nothing has been built yet: run csc-warehouse build (or run) first.")
    return int(release_id)


def _require_candidate(warehouse: Warehouse, release_id: int) -> None:
    """Raise CscWarehouseError unless what lies in the candidate schemas is this release's."""
    if candidate_release(warehouse) != release_id:
        raise CscWarehouseError(
            f"Release {release_id} is no longer the candidate (a later build replaced it):"
            " check or publish the later one."
        )


def write_pages(release_id: int | None = None, *, settings: Settings | None = None) -> dict[str, Any]:
    """Write what people read of a night, held or published: quality reports, catalogue of checks and worklists.

    Returns how many of each; the worklists go into the restricted area of the home alone.
    """
    from csc_warehouse.reporting import lineage, pages

    warehouse = _open(settings, "tell")
    release_id = release_id or candidate_release(warehouse)
    pages.write_catalogue(warehouse)
    reports, worklists = pages.write_quality_reports(warehouse, release_id), pages.write_worklists(warehouse)
    lineage.tell(warehouse, release_id, (settings or load_settings()).config)
    return {"quality_reports": len(reports), "worklists": len(worklists)}


def report_verdict(release_id: int, *, settings: Settings | None = None) -> dict[str, Any]:
    """Say for each authority, in one sentence, what became of a release; exit code 3 where one was held."""
    from csc_warehouse.quality import verdict

    return verdict.told(_open(settings, "tell"), release_id)


def notify(release_id: int | None, occasion: str, *, settings: Settings | None = None) -> list[str]:
    """Tell by mail and webhook, as configured, that a release was held; or (None) that a night was broken off.

    occasion: what names the night that was broken off, so that nobody is told of it twice. Returns one sentence per
    channel; a message that could not be sent is recorded and never fails the night.
    """
    from csc_warehouse import notification

    settings = settings or load_settings()
    before = notification.tell_again(settings)
    if release_id is None:
        outcomes = notification.tell(settings, "broken off", occasion, BROKEN_OFF)
    else:
        held = report_verdict(release_id, settings=settings)["held_sentences"]
        outcomes = notification.tell(settings, "held", f"release {release_id}", " ".join(held)) if held else []
    return [outcome.sentence for outcome in (*before, *outcomes)]


def run(
    *,
    settings: Settings | None = None,
    as_at: datetime.date | None = None,
    is_whole: bool = False,
    progress: Progress = _no_progress,
) -> dict[str, Any]:
    """Do the night in one process: land, build, check, publish; is_whole: also where nothing is new."""
    settings = settings or load_settings()
    landed = land(settings=settings, as_at=as_at, progress=progress)
    built = build(settings=settings, as_at=as_at, is_whole=is_whole, progress=progress)
    checked = check(built["release_id"], settings=settings, is_standing="nothing_new" in built, progress=progress)
    published = publish(built["release_id"], settings=settings)
    write_pages(built["release_id"], settings=settings)
    notify(built["release_id"], built["run_id"], settings=settings)
    return {"landed": landed, "built": built, "checked": checked, "published": published}


def store_as_at(
    as_at: datetime.date | None, *, settings: Settings | None = None, progress: Progress = _no_progress
) -> int:
    """Build, check and store a release as at a date without publishing it; return its release_id."""
    from csc_warehouse import publication

    settings = settings or load_settings()
    built = build(settings=settings, as_at=as_at, progress=progress)
    release_id = int(built["release_id"])
    check(release_id, settings=settings, progress=progress)
    warehouse = _open(settings, "publish")
    with _one_build_at_a_time(warehouse):
        publication.store(warehouse, release_id)
    return release_id
