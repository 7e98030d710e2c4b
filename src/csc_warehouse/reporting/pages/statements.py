"""What the quality report reads: from quality, the ledger, stored reporting, and counts of the worklists. No child."""

from __future__ import annotations

from csc_warehouse.sql_files import statement

NIGHT = statement(__name__, "night")
FINDINGS = statement(__name__, "findings")
"""A check that is judged twice counts as it was judged last; the night before is an earlier day, not an earlier run."""
DOOR_FINDINGS = statement(__name__, "door_findings")
FIGURES = statement(__name__, "figures")
"""The newest ended quarter, or year where there are no quarters; as the council's committee sees it."""
GRADES = statement(__name__, "grades")
WORK = statement(__name__, "work")
HIDING = statement(__name__, "hiding")
DELIVERIES = statement(__name__, "deliveries")
REFUSED = statement(__name__, "refused")
TREND = statement(__name__, "trend")
