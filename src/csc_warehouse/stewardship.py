"""What people decide and keep by day: explanations, sign-off, reports, the deadline.

The functions that both the DAGs and the commands call, beside `nightly`. Results are small and hold no value of a
child. Every decision goes into the journal beside the archive, so that it outlives the database.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.texts import CHOICES, LANGUAGES
from csc_warehouse.warehouse import Warehouse, open_warehouse

if TYPE_CHECKING:
    from csc_warehouse.quality import readings

APPROVE, REJECT = "Approve", "Reject"
"""The two answers of whoever is asked to sign."""
SIGNED_FIGURES = "signed"
"""Folder of the archive in which signed figures lie, a file per sign-off."""


def journal_decisions(warehouse: Warehouse) -> int:
    """Add every decision that the journal beside the archive lacks, signed figures included; return how many."""
    from csc_warehouse.landing.recording.journal import Journal
    from csc_warehouse.quality import decision_journal

    archive = warehouse.settings.archive
    journal = Journal(archive)
    known = {line["decision_id"] for line in journal.read() if line["event"] == "decision"}
    missing = [line for line in decision_journal.lines(warehouse) if line["decision_id"] not in known]
    for line in missing:
        if line["kind"] == "sign_off":
            decision_journal.keep_figures(warehouse, line["decision_id"], archive / SIGNED_FIGURES)
        journal.append({"event": "decision", **line})
    return len(missing)


def restore_decisions(warehouse: Warehouse) -> int:
    """Write what the journal holds and the database lacks: decisions, explanations, signed figures; return how many."""
    from csc_warehouse.landing.recording.journal import Journal
    from csc_warehouse.quality import decision_journal

    archive = warehouse.settings.archive
    lines = [line for line in Journal(archive).read() if line["event"] == "decision"]
    return decision_journal.restore(warehouse, lines, archive / SIGNED_FIGURES)


def missing_decisions(warehouse: Warehouse) -> list[dict[str, str]]:
    """Return, under `sentence`, what the journal knows and the database lacks, as after a way back; empty: nothing."""
    from csc_warehouse.landing.keeping import missing_decisions as of_landing
    from csc_warehouse.landing.recording.journal import Journal
    from csc_warehouse.quality import decision_journal

    found: dict[str, int] = {}
    # a decision that is being made stands in the journal a moment before it is committed
    for wait in (0, 1):
        time.sleep(wait)
        records = Journal(warehouse.settings.archive).read()
        found = of_landing.missing(warehouse, records) | decision_journal.missing(warehouse, records)
        if not found:
            break
    return [{"sentence": of_landing.sentence(found)}] if found else []


def require_decisions(settings: Settings | None) -> None:
    """Raise CscWarehouseError where the database lacks decisions: an erased child would be counted and shown again."""
    for row in missing_decisions(open_warehouse(settings or load_settings())):
        raise CscWarehouseError(f"{row['sentence']} Nothing was changed.")


def explain_failure(
    check_code: str,
    *,
    by: str,
    reason: str,
    until: datetime.date,
    authority_code: str | None = None,
    record_key: str | None = None,
    settings: Settings | None = None,
) -> int:
    """Explain a failing check, or one record of it, until a day; journal it and return its number.

    Raises CscWarehouseError when the check does not fail, is critical or broke.
    """
    from csc_warehouse.quality import explanations
    from csc_warehouse.reporting import arguments

    settings = settings or load_settings()
    warehouse = open_warehouse(settings)
    made = explanations.explain(
        warehouse,
        authority_code=arguments.authority(settings.config, authority_code, option="The authority"),
        check_code=check_code,
        by=by,
        reason=reason,
        until=until,
        record_key=record_key,
    )
    journal_decisions(warehouse)
    return made


def withdraw_explanation(explanation_id: int, *, by: str, reason: str, settings: Settings | None = None) -> None:
    """Take an explanation back and journal it; from the next build the failure counts again."""
    from csc_warehouse.quality import explanations

    warehouse = open_warehouse(settings or load_settings())
    explanations.withdraw(warehouse, explanation_id, by=by, reason=reason)
    journal_decisions(warehouse)


def sign_off(
    release_id: int,
    *,
    by: str,
    note: str,
    authority_code: str | None = None,
    revision_reason: str | None = None,
    airflow_account: str | None = None,
    settings: Settings | None = None,
) -> int:
    """Freeze a published release's figures under a person's name, journal it and return the number of figures.

    airflow_account: who was logged in to Airflow's pages, where it was signed there.
    Raises CscWarehouseError when the release was held or signed before, or revises figures without a reason.
    """
    from csc_warehouse.quality import sign_off as freezer
    from csc_warehouse.reporting import committee

    warehouse = open_warehouse(settings or load_settings())
    count = freezer.sign(
        warehouse,
        release_id,
        by=by,
        note=note,
        authority_code=authority_code,
        revision_reason=revision_reason,
        airflow_account=airflow_account,
    )
    journal_decisions(warehouse)
    committee.keep_layout(warehouse, release_id, authority_code)
    return count


def doubts_about_signing(
    release_id: int, authority_code: str | None = None, *, settings: Settings | None = None
) -> list[str]:
    """Return what somebody who signs a release by command must know first, a sentence each.

    Raises CscWarehouseError when there is no such release.
    """
    from csc_warehouse.quality import sign_off as freezer
    from csc_warehouse.reporting import arguments

    warehouse = open_warehouse(settings or load_settings())
    whom = arguments.name_of(warehouse.settings.config, authority_code) if authority_code else ""
    with warehouse.transaction() as connection:
        arguments.release(connection, release_id, authority_code, whom=whom)
    return freezer.doubts(warehouse, release_id, authority_code=authority_code)


def what_to_sign(
    release_id: int | None = None,
    authority_code: str | None = None,
    period: str | None = None,
    *,
    settings: Settings | None = None,
) -> dict[str, Any]:
    """Say what somebody signs, as a text in Markdown: verdict, grades, caveats and revisions of a release.

    Defaults: the release of the home authority that readers see, and the last half year that had ended. The report that
    would be frozen is written, so that it can be read first; the text links to it and to the night's quality report.
    Raises CscWarehouseError when the release was held or is not published: that is known before anybody is asked.
    """
    from csc_warehouse.quality import sign_off_summary
    from csc_warehouse.reporting import arguments, committee, page_locations

    settings = settings or load_settings()
    authority_code = arguments.authority(settings.config, authority_code, option="The authority")
    warehouse = open_warehouse(settings)
    if release_id is not None:
        with warehouse.transaction() as connection:
            whom = arguments.name_of(settings.config, authority_code)
            arguments.release(connection, release_id, authority_code, whom=whom)
    chosen = sign_off_summary.choose(warehouse, release_id, authority_code)
    page = committee.write(
        warehouse,
        period=period,
        out=page_locations.reports_to_sign(settings),
        release_id=chosen.release_id,
        authority_code=authority_code,
        languages=CHOICES[settings.config.report_language],
    )[0]
    quality = page_locations.quality_report(settings, chosen.as_at_date, authority_code)
    return sign_off_summary.write(
        warehouse,
        chosen.release_id,
        authority_code,
        period=committee.period_of(warehouse, period, chosen.release_id, authority_code),
        report=page_locations.address(settings, page),
        quality_report=page_locations.address(settings, quality) if quality.exists() else None,
    )


def answer(asked: dict[str, Any], response: dict[str, Any], *, settings: Settings | None = None) -> dict[str, Any]:
    """Do what the person who was asked to sign answered: freeze the figures, or journal why not.

    asked: what what_to_sign returned. response: chosen_options, params_input (name_and_role, note, revision_reason) and
    responded_by_user (name, the account). Returns is_signed and one sentence that says what happens next. Raises
    UsageError when nobody answered by name, or somebody who may not sign.
    """
    from csc_warehouse.quality import sign_off as freezer

    settings = settings or load_settings()
    person = str((response.get("responded_by_user") or {}).get("name") or "").strip()
    allowed = settings.config.sign_off.accounts
    if not person:
        raise UsageError("Nobody answered: a release is signed by a named person. Trigger the DAG again.")
    if allowed and person not in allowed:
        raise UsageError(f"{person} may not sign: sign_off.accounts names who does. Trigger the DAG again.")
    given = response.get("params_input") or {}
    signer = " ".join(str(given.get("name_and_role") or "").split())
    by = f"{signer} (account {person})" if signer else person
    note = str(given.get("note") or "").strip()
    release_id, code = int(asked["release_id"]), str(asked["authority_code"])
    if response["chosen_options"] == [APPROVE]:
        reason = str(given.get("revision_reason") or "").strip() or None
        figures = sign_off(
            release_id,
            by=signer or person,
            note=note,
            authority_code=code,
            revision_reason=reason,
            airflow_account=person,
            settings=settings,
        )
        said = f"{by} signed release {release_id} of {code}: {figures:,} figures are frozen."
        return {"is_signed": True, "release_id": release_id, "authority_code": code, "sentence": said}
    warehouse = open_warehouse(settings)
    freezer.reject(warehouse, release_id, by=signer or person, reason=note, authority_code=code, airflow_account=person)
    journal_decisions(warehouse)
    said = (
        f"{by} did not sign release {release_id} of {code}: nothing is frozen, readers still see it, and the reason"
        " is in the journal. Next: whoever the quality report names mends the records; after the night that shows it"
        " mended, trigger publish_report again."
    )
    return {"is_signed": False, "release_id": release_id, "authority_code": code, "sentence": said}


def write_report(
    period: str | None = None,
    out: Path | None = None,
    *,
    release_id: int | None = None,
    authority_code: str | None = None,
    language: str | None = None,
    formats: Sequence[str] | None = None,
    is_for_board: bool = False,
    settings: Settings | None = None,
) -> list[str]:
    """Write the committee report of a period from a release's reporting; return the paths of its files, pages first.

    Defaults: the last half year that had ended, the reports folder, the latest signed release (else the one that
    readers see), the home authority, the languages of the configuration, the page and its figures as data. A signed
    release gives the same bytes at any time, in each format. is_for_board: the safeguarding board's quarterly instead,
    of the last quarter that had ended; UsageError for a period that is no quarter or year.
    """
    from csc_warehouse.reporting import arguments, committee, papers
    from csc_warehouse.reporting.report.formats import USUAL

    settings = settings or load_settings()
    chosen = language or settings.config.report_language
    written = committee.write(
        open_warehouse(settings),
        period=period,
        out=out or settings.reports / "committee",
        release_id=release_id,
        authority_code=arguments.authority(settings.config, authority_code, option="The authority"),
        asked=USUAL if formats is None else formats,
        languages=CHOICES[arguments.choice(chosen, CHOICES, option="--language")],
        paper=papers.BOARD if is_for_board else papers.COMMITTEE,
    )
    return [str(path) for path in written]


def write_report_note(
    period: str,
    section: str,
    says: str,
    *,
    by: str,
    authority_code: str | None = None,
    is_removed: bool = False,
    language: str = "en",
    settings: Settings | None = None,
) -> dict[str, Any]:
    """Write the authors' paragraphs of a section of a report, or take them out, and journal it; return what was done.

    language: en or cy; a page shows those of its language, and where there are none those of the other, marked. They
    stand in every report of the period that is signed from then on. Raises UsageError for a section that the layout
    does not have, and for a period without figures.
    """
    from csc_warehouse.quality import report_notes
    from csc_warehouse.reporting import arguments, committee

    settings = settings or load_settings()
    warehouse = open_warehouse(settings)
    authority_code = arguments.authority(settings.config, authority_code)
    label, titles = committee.sections(warehouse, period, authority_code)
    section = arguments.choice(section, titles, option="--section")
    language = arguments.choice(language, LANGUAGES, option="--language")
    if is_removed:
        report_notes.require_standing(warehouse, authority_code, label, section, language)
    number = report_notes.write(
        warehouse,
        authority_code=authority_code,
        period=label,
        section=section,
        by=by,
        says=says,
        is_removed=is_removed,
        language=language,
    )
    journal_decisions(warehouse)
    return {"decision_id": number, "period": label, "section": section, "title": titles[section]}


def report_of_decision(
    decided: dict[str, Any], period: str | None = None, *, settings: Settings | None = None
) -> list[str]:
    """Write the papers for which a release was just signed in each configured format; of a rejected one, none."""
    from csc_warehouse.reporting import papers

    if not decided["is_signed"]:
        return []
    settings = settings or load_settings()
    asked = {"release_id": decided["release_id"], "authority_code": decided["authority_code"], "settings": settings}
    asked["formats"] = settings.config.report_formats
    return papers.each_of(period, lambda paper: write_report(period, is_for_board=paper is papers.BOARD, **asked))


def record_page_rights(
    held: Iterable[tuple[str, str, str]], *, by: str | None, settings: Settings | None = None
) -> list[str]:
    """Record who may do what in Airflow's pages now, and return what changed since the last look, a sentence each.

    held: kind (role, permission, password), account or role, and what is held. by: the account whose request may have
    changed it; None where it came another way.
    """
    from csc_warehouse.quality import page_rights

    warehouse = open_warehouse(settings or load_settings())
    # the names of kinds are checked by the table
    rights = [page_rights.Right(kind, subject, what) for kind, subject, what in held]  # type: ignore[arg-type]
    return page_rights.record(warehouse, rights, by=by)


def record_reading(
    kind: readings.Kind, place: str, *, reader: str, way: readings.Way, settings: Settings | None = None
) -> int:
    """Keep that somebody opens what names records of children; where this raises, nothing may be shown."""
    from csc_warehouse.quality import readings

    return readings.record(open_warehouse(settings or load_settings()), kind, place, reader=reader, way=way)


def check_deadline(at: datetime.datetime, *, settings: Settings | None = None) -> dict[str, Any]:
    """Say who was not published by the last deadline at or before an instant, and tell people; nobody twice.

    Returns the day of the deadline, the sentences, and whom could not be told.
    """
    from csc_warehouse import notification
    from csc_warehouse.quality import deadline

    settings = settings or load_settings()
    before = notification.tell_again(settings)
    found = deadline.punctuality(open_warehouse(settings), at)
    told = notification.tell(settings, "late", found.day.isoformat(), " ".join(found.late)) if found.late else []
    return {
        "day": found.day.isoformat(),
        "late": list(found.late),
        "told": [outcome.sentence for outcome in (*before, *told)],
    }


def tell_blind(at: datetime.datetime, *, settings: Settings | None = None) -> list[str]:
    """Tell people that nobody can see whether the night was in time; return what became of it, a sentence a channel."""
    from csc_warehouse import notification
    from csc_warehouse.quality import deadline

    day = deadline.latest_deadline(at)
    sentence = (
        f"Whether the figures were out by {deadline.PUBLISHED_BY:%H:%M} on {day:%d %B %Y} cannot be said:"
        " the warehouse cannot be reached, or the check of it broke. See watch_deadline in Airflow."
    )
    told = notification.tell(settings or load_settings(), "late", day.isoformat(), sentence)
    return [outcome.sentence for outcome in told]


def rotate_key(*, settings: Settings | None = None) -> int:
    """Put a new pseudonym key in force, record its fingerprint and return how many keys the key file then holds.

    Raises CscWarehouseError where the key file cannot be written.
    """
    from csc_warehouse.landing.recording.pseudonym_key import record_key
    from csc_warehouse.privacy import pseudonyms

    warehouse = open_warehouse(settings or load_settings())
    held = pseudonyms.rotate_key(warehouse.settings)
    record_key(warehouse)
    return held
