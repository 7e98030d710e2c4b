"""What the proof reads of the candidate, and where it writes what it decided."""

from __future__ import annotations

from csc_warehouse.sql_files import statement

FIGURES = statement(__name__, "figures")
RECALL = statement(__name__, "recall")
KEEP = statement(__name__, "keep")
FORGET = statement(__name__, "forget")
HIDE = statement(__name__, "hide")
AUDIT = statement(__name__, "audit")
OUTCOME = statement(__name__, "outcome")
FORGET_REASONS = statement(__name__, "forget_reasons")
