"""From a release's recorded results to what the quality report says of each authority."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.reporting.pages import laid_over, statements
from csc_warehouse.reporting.pages.quality_report_model import (
    Delivery,
    Duty,
    Figure,
    Finding,
    Hiding,
    NightPoint,
    NightReport,
    Work,
)
from csc_warehouse.reporting.pages.render import british
from csc_warehouse.version import Origin
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import Catalogue, RecordRule, RegisteredIndicators, load_catalogue
from expectations.grading import load_rule

PROFILE = "committee"
SUMS_UP_THE_DOOR = "SRC06"
"""The exit's reminder of warnings at the door, which the report tells one by one."""
RETURNS = "corporate"
_SYSTEMS = """
select distinct entities.source_name, entities.source_title, coalesce(systems.is_live, false) as is_live
from staging.case_entities as entities
left join staging.run_systems as systems
    on entities.source_name = systems.source_name and systems.authority_code = :authority_code
"""
NO_TEAM = "No team recorded"
FORGOTTEN_DAYS = 31
"""A case system that fell silent so long ago was given up, and is not listed among what arrived."""
_DOOR_CODE = re.compile(r"\((?:DOOR[0-9]+)(?:: )?")
_HIDDEN = "[c]"


def collect(warehouse: Warehouse, release_id: int) -> list[NightReport]:
    """Return the report of every authority that a release was judged for; empty when it was not published or held."""
    catalogue = load_catalogue()
    reports = []
    with warehouse.transaction() as connection:
        connection.execute(text("set transaction isolation level repeatable read"))
        titles = _titles(connection)
        for night in _rows(connection, statements.NIGHT, release_id=release_id):
            configured = warehouse.settings.config.authorities.get(night["authority_code"])
            name = configured.name if configured else night["authority_code"]
            reports.append(_report(connection, catalogue, titles, night, name))
    return reports


def indicator_titles(warehouse: Warehouse) -> dict[str, str]:
    """Return the titles of the register's indicators by code."""
    with warehouse.transaction() as connection:
        return {code: title for code, (_, title) in _titles(connection).items()}


def registered_indicators(warehouse: Warehouse) -> RegisteredIndicators:
    """Return the candidate's register, and whose caveats a council's own indicators share."""
    with warehouse.transaction() as connection:
        shared: dict[str, set[str]] = defaultdict(set)
        # a candidate that was built before there was such a table has no indicator of a council's own
        if connection.execute(text("select to_regclass('staging.caveats_shared')")).scalar() is not None:
            for row in _rows(connection, "select local_code, shipped_code from staging.caveats_shared"):
                shared[row["local_code"]].add(row["shipped_code"])
        return RegisteredIndicators(tuple(_titles(connection)), shared)


def _rows(connection: Connection, statement: str, **parameters: Any) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.execute(text(statement), parameters).mappings()]


def _titles(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return each indicator's reference, as committees know it, and its title, by code."""
    rows = _rows(connection, "select code, local_code, title from marts_candidate.indicators")
    return {row["code"]: (row["local_code"] or row["code"], row["title"]) for row in rows}


def _report(
    connection: Connection,
    catalogue: Catalogue,
    titles: dict[str, tuple[str, str]],
    night: Mapping[str, Any],
    authority_name: str,
) -> NightReport:
    names = {"release_id": night["release_id"], "authority_code": night["authority_code"]}
    day = {"authority_code": night["authority_code"], "as_at_date": night["as_at_date"]}
    results = _rows(connection, statements.FINDINGS, **names)
    door = _rows(connection, statements.DOOR_FINDINGS, **day)
    at_the_door = _door_findings(catalogue, door, night["last_night"])
    findings = [*_findings(catalogue, results), *at_the_door]
    rules = [rule.code for rule in catalogue.rules if rule.is_on_worklists]
    urgent = [rule.code for rule in catalogue.rules if rule.severity != "info"]
    seen = night["seen_release_id"]
    grave = {
        code
        for row in results
        if row["severity"] == "critical" and row["status"] != "passed"
        for code in row["indicators"]
    }
    is_hidden = any(row["gate"] == "disclosure" and row["status"] != "passed" for row in results)
    said = _source_names(connection, night["authority_code"])
    return NightReport(
        authority_code=night["authority_code"],
        authority_name=authority_name,
        release_id=night["release_id"],
        as_at_date=night["as_at_date"],
        verdict=night["verdict"],
        reason=in_words(_reason(catalogue, night["reason"] or "", at_the_door), titles),
        seen_date=night["seen_date"],
        is_seen=seen == night["release_id"],
        findings=findings,
        figures=[
            replace(figure, caveat=_reason(catalogue, figure.caveat, at_the_door))
            for figure in _figures(connection, titles, night, grave, is_hidden=is_hidden)
        ],
        teams=_teams(connection, urgent, day),
        duties=_duties(findings),
        deliveries=_deliveries(connection, day, said),
        refused=[
            f"{said.get(row['source'], row['source'])}, {british(row['business_date'])}: "
            f"{in_words(_DOOR_CODE.sub('(', row['reason'] or 'refused'), titles)}"
            for row in _rows(connection, statements.REFUSED, **day)
        ],
        trend=[
            NightPoint(row["as_at_date"], row["verdict"], row["critical"], row["warnings"], int(row["records"]))
            for row in _rows(connection, statements.TREND, **day, rules=rules)
        ],
        grade_rules=[(level.letter, level.words) for level in load_rule().grades],
        checks_made=len(results),
        origin=Origin(night["code_version"], night["code_address"]),
        laid_over=laid_over.sentences(connection, **names),
        is_first_night=night["last_night"] is None,
        hiding=[
            Hiding(*row.values())
            for row in _rows(
                connection,
                statements.HIDING,
                release_id=night["release_id"],
                authority_code=night["authority_code"],
            )
        ],
    )


def _reason(catalogue: Catalogue, reason: str, at_the_door: Sequence[Finding]) -> str:
    """Return the sentence of the verdict, with what was found at the door in place of the reminder of it."""
    reminder = next((check.otherwise for check in catalogue.exit if check.code == SUMS_UP_THE_DOOR), "")
    meanings = [finding.meaning for finding in at_the_door if finding.change != "mended"]
    return reason.replace(reminder, meanings[0]) if reminder and meanings else reason


def in_words(sentence: str, titles: Mapping[str, tuple[str, str]]) -> str:
    """Return a sentence with the titles of indicators in place of their codes."""
    return re.sub(
        r"\b[A-Z]{2,3}[0-9]{2,3}[A-Z]?\b",
        lambda found: f"“{titles[found.group()][1]}”" if found.group() in titles else found.group(),
        sentence,
    )


def _finding(catalogue: Catalogue, row: Mapping[str, Any], change: Any) -> Finding:
    check = next((check for check in catalogue if check.code == row["check_code"]), None)
    is_broken = row["status"] == "broken"
    meaning = check.meaning(row.get("failing_subjects") or ()) if check else ""
    return Finding(
        sentence=row["sentence"],
        meaning="This could not be checked, and nothing is taken on trust." if is_broken else meaning,
        severity=row["severity"],
        owner=row["owner"],
        change=change,
        is_broken=is_broken,
        failed=row["failed"],
        checked=row["checked"],
        since=row["since_date"],
        indicators=tuple(row["indicators"]),
        is_about_records=isinstance(check, RecordRule),
        explained=_explained(row),
    )


def _explained(row: Mapping[str, Any]) -> str:
    """Say who explained a failure, and until when; why is a person's own text and stays out of the page."""
    by = row.get("explained_by")
    return f"{by}, until {british(row['expires_on'])}" if by and row["status"] != "passed" else ""


def _findings(catalogue: Catalogue, results: Sequence[Mapping[str, Any]]) -> list[Finding]:
    findings = []
    for row in results:
        was_failing = row["status_before"] not in (None, "passed")
        if row["status"] != "passed" and row["check_code"] != SUMS_UP_THE_DOOR:
            findings.append(_finding(catalogue, row, "still failing" if was_failing else "newly failing"))
        elif row["status"] == "passed" and was_failing:
            findings.append(_finding(catalogue, row, "mended"))
    return findings


def _door_findings(
    catalogue: Catalogue, rows: Sequence[Mapping[str, Any]], last_night: datetime.date | None
) -> list[Finding]:
    """Return what was odd about the deliveries that the figures rest on; a delivery of before is no news."""
    findings = []
    for row in rows:
        is_old = last_night is not None and row["business_date"] <= last_night
        if row["status"] != "passed":
            findings.append(_finding(catalogue, row, "still failing" if is_old else row["change"]))
        elif not is_old:
            findings.append(_finding(catalogue, row, "mended"))
    return findings


def _figures(
    connection: Connection,
    titles: Mapping[str, tuple[str, str]],
    night: Mapping[str, Any],
    grave: Collection[str],
    *,
    is_hidden: bool,
) -> list[Figure]:
    """Return the figures that readers see with their grades; where nothing is published, this night's grades alone.

    grave: codes that a critical failure of the night can distort.
    """
    # periods that had ended when what readers see was made: the same ones of both releases, none of them provisional
    ended = night["seen_date"] or night["as_at_date"]
    key = {"authority_code": night["authority_code"], "profile": PROFILE}
    has_stored = bool(
        connection.execute(text("select to_regclass('release.reporting__rpt_scorecard') is not null")).scalar()
    )

    def shown(release_id: int | None, day: datetime.date) -> dict[str, Mapping[str, Any]]:
        if not has_stored or release_id is None:
            return {}
        rows = _rows(connection, statements.FIGURES, release_id=release_id, as_at_date=day, **key)
        return {row["indicator_code"]: row for row in rows}

    seen = night["seen_release_id"]
    is_held = night["verdict"] == "held"
    figures = shown(seen, ended)
    tonight = shown(night["release_id"], ended) if is_held and not is_hidden else {}
    is_new = seen == night["release_id"] and night["replaced_date"] is not None
    replaced = shown(night["replaced_release_id"], night["replaced_date"]) if is_new else {}
    found = []
    for row in _rows(
        connection,
        statements.GRADES,
        release_id=seen if seen is not None else night["release_id"],
        authority_code=night["authority_code"],
    ):
        code = row["indicator_code"]
        reference, title = titles.get(code, (code, code))
        figure = figures.get(code, {})
        found.append(
            Figure(
                code=reference,
                title=title,
                period_label=figure.get("period_label", ""),
                display=figure.get("display", ""),
                grade=row["grade"],
                caveat=in_words(row["caveat"] or "", titles),
                bounds=_bounds(figure),
                tonight=_differing(figure, tonight.get(code)),
                before=_differing(figure, replaced.get(code)),
                is_distorted=code in grave,
            )
        )
    return found


def _differing(figure: Mapping[str, Any], other: Mapping[str, Any] | None) -> str:
    """Return what another release says of a figure, where it says something else of the same period."""
    if not figure or not other or figure["period_label"] != other["period_label"]:
        return ""
    return "" if figure["display"] == other["display"] else str(other["display"])


def _bounds(figure: Mapping[str, Any]) -> str:
    """Return where a figure could lie; nothing where its terms are hidden, for how far one case moves it tells them."""
    is_open = figure.get("display") not in (None, "", _HIDDEN) and figure["denominator"] is not None
    return figure["bounds"] or "" if is_open else ""


def _teams(connection: Connection, urgent: Sequence[str], day: Mapping[str, Any]) -> list[Work]:
    return [
        Work(
            who=row["team_name"] or NO_TEAM,
            open_count=row["open_count"],
            new_count=row["new_count"],
            mended_count=row["mended_count"],
            urgent_count=row["urgent_count"],
            oldest=row["oldest"],
            workers=row["workers"],
        )
        for row in _rows(connection, statements.WORK, **day, urgent=list(urgent))
        if row["open_count"] or row["mended_count"]
    ]


def _duties(findings: Sequence[Finding]) -> list[Duty]:
    """Return what each owner has to look at besides single records, gravest first."""
    by_owner: dict[str, list[str]] = defaultdict(list)
    for severity in ("critical", "warning"):
        for finding in findings:
            if finding.severity != severity or finding.change == "mended" or finding.explained:
                continue
            records = f" ({finding.failed:,} records)" if finding.is_about_records else ""
            by_owner[finding.owner].append(f"{finding.meaning.rstrip('.')}{records}.")
    return [Duty(owner, tuple(dict.fromkeys(sentences))) for owner, sentences in by_owner.items()]


def _source_names(connection: Connection, authority_code: str) -> dict[str, str]:
    """Return what a reader calls each source: the system that is live, those before it, and the returns."""
    systems = connection.execute(text(_SYSTEMS), {"authority_code": authority_code}).all()
    names = {
        row.source_name: f"{row.source_title}, {'the' if row.is_live else 'an earlier'} case system" for row in systems
    }
    return {**names, RETURNS: "Corporate returns"}


def _deliveries(connection: Connection, day: Mapping[str, Any], names: Mapping[str, str]) -> list[Delivery]:
    return [
        Delivery(
            source=names.get(row["source"], row["source"]),
            business_date=row["business_date"],
            rows=row["rows_in_files"],
            quarantined=row["rows_quarantined"],
            days_old=(day["as_at_date"] - row["business_date"]).days,
        )
        for row in _rows(connection, statements.DELIVERIES, **day, forgotten_days=FORGOTTEN_DAYS)
    ]
