"""What each chart shows, in the words of the tests: which figures, and how they are asked for by SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTH, QUARTER = "month", "quarter"
AGES = {
    "0 (under 1)": "0",
    "1 to 4": "1-4",
    "5 to 9": "5-9",
    "10 to 15": "10-15",
    "16 to 17": "16-17",
    "Unborn": "unborn",
}


@dataclass(frozen=True)
class Shown:
    """Figures of a chart: indicators, breakdown, kind of period; whether it shows target and comparator beside."""

    codes: tuple[str, ...]
    breakdown: str
    period_type: str
    has_comparison: bool = False


OVER_TIME = {
    "contacts_by_month": Shown(("CON01",), "all", MONTH),
    "contacts_by_team": Shown(("CON01",), "team", MONTH),
    "contacts_decided_in_time": Shown(("CON03", "CON04"), "all", MONTH),
    "contacts_undecided": Shown(("CON08",), "all", MONTH),
    "contacts_going_on": Shown(("CON06", "CON07"), "all", QUARTER),
    "assessments_in_time": Shown(("PM24",), "all", QUARTER, has_comparison=True),
    "assessments_open": Shown(("ASM05", "ASM06"), "all", MONTH),
    "assessments_open_by_team": Shown(("ASM05",), "team", MONTH),
    "looked_after": Shown(("LAC01",), "all", MONTH),
    "looked_after_starts_and_ends": Shown(("LAC02", "LAC03"), "all", QUARTER),
    "looked_after_away": Shown(("LAC04", "LAC05"), "all", MONTH),
    "missing_episodes": Shown(("MIS01",), "all", MONTH),
    "reviews_in_time": Shown(("REV03", "REV04", "CPR04"), "all", QUARTER),
    "registered": Shown(("CPR01",), "all", MONTH),
    "registered_starts_and_ends": Shown(("CPR02", "CPR03"), "all", QUARTER),
}
BY_GROUP = {
    "contacts_by_source": Shown(("CON01",), "source", QUARTER),
    "contacts_by_outcome": Shown(("CON01",), "outcome", QUARTER),
    "assessments_in_time_by_team": Shown(("PM24",), "team", QUARTER),
    "looked_after_by_placement": Shown(("LAC01",), "placement_type", QUARTER),
    "looked_after_by_legal_status": Shown(("LAC01",), "legal_status", QUARTER),
    "looked_after_by_age": Shown(("LAC01",), "age_band", QUARTER),
    "registered_by_category": Shown(("CPR01",), "category", QUARTER),
    "registered_by_age": Shown(("CPR01",), "age_band", QUARTER),
}
ON_THE_SCORECARD = {
    "release_shown",
    "scorecard",
    "scorecard_grades",
    "scorecard_ratings",
    "scorecard_caveats",
    "scorecard_in_words",
}
FIGURES = """
    select period_start_date, period_label, indicator_code, title, breakdown_value, value, display, target, comparator
    from reporting.rpt_indicator_series
    where authority_code = %(authority)s and indicator_code = any(%(codes)s) and breakdown = %(breakdown)s
        and period_type = %(period_type)s
"""


def code_of(label: str) -> str:
    """Return the code of a group that a table names in words."""
    found = re.search(r"\(([A-Z0-9_]+)\)$", label)
    return found.group(1) if found else AGES.get(label, label)
