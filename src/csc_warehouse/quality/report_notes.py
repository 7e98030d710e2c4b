"""Authors' paragraphs beside the figures of a report: kept as decisions, so that a regenerated report has them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.errors import CscWarehouseError, UsageError, printable
from csc_warehouse.quality.decision_journal import act_for, in_words
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

LONGEST = 5_000
NAMES = {"en": "English", "cy": "Welsh"}
_WRITE = text("select quality.write_report_note(:authority, :period, :section, :by, :text, :is_removed, :language)")
_LISTING = text(statement(__name__, "listing"))


def write(
    warehouse: Warehouse,
    *,
    authority_code: str,
    period: str,
    section: str,
    by: str,
    says: str,
    is_removed: bool = False,
    language: str = "en",
) -> int:
    """Write the paragraphs of a section, in place of those before, or take them out; return the decision's number.

    says: paragraphs, parted by empty lines; of a removal its reason. language: en or cy, each in a place of its own.
    Raises UsageError for a text that is too long, and
    CscWarehouseError where a name is missing, or the login does not decide for the authority.
    """
    if len(says) > LONGEST:
        raise UsageError(f"The text has {len(says):,} characters; a report takes {LONGEST:,}. Shorten it.")
    parameters = {
        "authority": authority_code,
        "period": period,
        "section": section,
        "by": printable(by),
        "text": printable(says.replace("\r\n", "\n"), kept="\n"),
        "is_removed": is_removed,
        "language": language,
    }
    try:
        with warehouse.transaction() as connection:
            act_for(connection, None)
            return int(connection.execute(_WRITE, parameters).scalar_one())
    except DBAPIError as error:
        raise in_words(error) from error


def listing(warehouse: Warehouse, authority_code: str | None = None) -> list[dict[str, Any]]:
    """Return every note that stands, by authority, period and section; authority_code None: of all."""
    with warehouse.transaction() as connection:
        rows = connection.execute(_LISTING, {"authority": authority_code}).mappings()
        return [dict(row) for row in rows if not row["is_removed"]]


def require_standing(
    warehouse: Warehouse, authority_code: str, period: str, section: str, language: str = "en"
) -> None:
    """Raise CscWarehouseError where a section has no note that could be taken out, naming those that have."""
    there = [
        (row["section"], row["note_language"]) for row in listing(warehouse, authority_code) if row["period"] == period
    ]
    if (section, language) not in there:
        named = ", ".join(f"{section} ({language})" for section, language in there)
        has = f"there is one of {named}" if there else "there is none"
        raise CscWarehouseError(f"No note stands at the section {section} of {period} in {NAMES[language]}: {has}.")
