"""The quality report: may last night's figures be used, which may not, and who must mend what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from csc_warehouse.reporting import page_locations
from csc_warehouse.reporting.pages import charts, quality_report_reading, render
from csc_warehouse.reporting.pages.quality_report_model import Finding, NightReport
from csc_warehouse.warehouse import Warehouse

HEADS = {
    "published": "The figures are published.",
    "caveats": "The figures are published with caveats.",
    "held": "The figures were held back.",
}
SHORT = {"published": "Published", "caveats": "Published with caveats", "held": "Held"}


def write_quality_reports(warehouse: Warehouse, release_id: int, out: Path | None = None) -> list[Path]:
    """Write the quality report of each authority that a release was judged for, and return the pages.

    They lie below the home's reports, in a folder per night and authority; `out` names another folder. A held night
    has its report too. A night that is judged again replaces its page.
    """
    written = []
    titles = quality_report_reading.indicator_titles(warehouse)
    for night in quality_report_reading.collect(warehouse, release_id):
        path = page_locations.quality_report(warehouse.settings, night.as_at_date, night.authority_code)
        if out is not None:
            path = out / path.relative_to(page_locations.quality_reports(warehouse.settings))
        written.append(render.write(path, quality_page(night, titles)))
    return written


def quality_page(night: NightReport, titles: dict[str, str]) -> str:
    """Return the page of one night; titles are those of the indicators, by code."""
    trend = list(night.trend)
    drawn = len(trend) > 1
    return render.page(
        "quality.html.j2",
        origin=night.origin,
        night=night,
        heads=HEADS,
        heads_short=SHORT,
        words=dict(night.grade_rules),
        seen_sentence=_seen(night),
        is_anything_seen=night.seen_date is not None or night.verdict != "held",
        of_which=_of_which(night),
        busiest=max(night.teams, key=lambda team: team.open_count, default=None),
        touched=_touched(titles),
        serious_rules=lambda change: [f for f in night.changed(change, about_records=True) if f.severity != "info"],
        noted=[
            f
            for f in night.findings
            if f.is_about_records and f.severity == "info" and f.change != "mended" and not f.explained
        ],
        corrections_chart=charts.corrections(trend) if drawn else "",
        failing_chart=charts.failing(trend) if drawn else "",
        direction_of_corrections=charts.direction([point.records for point in trend]) if drawn else "",
        direction_of_checks=charts.direction([point.critical + point.warnings for point in trend]) if drawn else "",
    )


def _seen(night: NightReport) -> str:
    """Say which figures readers see after this night."""
    if night.seen_date is None:
        return "Nothing is published yet."
    if night.is_seen:
        return f"Readers see the figures as at {render.british(night.seen_date)}."
    if night.verdict == "held":
        return f"Readers still see the figures as at {render.british(night.seen_date)}."
    return f"Readers see the figures as at {render.british(night.seen_date)}; these are kept beside them."


def _of_which(night: NightReport) -> str:
    """Say whose figures are counted by grade: on a held night those of an earlier one."""
    if night.verdict == "held" and night.seen_date is not None:
        return f"of the figures as at {render.british(night.seen_date)}"
    return "figures"


def _touched(titles: dict[str, str]) -> Callable[[Finding], str]:
    def touched(finding: Finding) -> str:
        if not finding.indicators:
            return "None"
        if len(finding.indicators) >= len(titles) > 1:
            return "All figures"
        return render.enough([titles.get(code, code) for code in finding.indicators], most=3)

    return touched
