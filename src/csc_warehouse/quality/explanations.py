"""Explanations: a named person says why a failure is right as it is, and until when; then it returns."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.errors import UsageError, offer
from csc_warehouse.quality.decision_journal import in_words
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

_FAILURES = text(statement(__name__, "failures"))
_EXPLANATIONS = text(
    "select explanation_id, authority_code, check_code, record_key, reason, explained_by, database_user,"
    " airflow_account, explained_at, as_at_date, expires_on, withdrawn_by, withdrawn_at from quality.explanations"
    " where cast(:authority as text) is null or authority_code = :authority order by explanation_id desc"
)
_CHECKS = text("select distinct check_code from quality.check_results order by check_code")


def explain(
    warehouse: Warehouse,
    *,
    authority_code: str,
    check_code: str,
    by: str,
    reason: str,
    until: datetime.date,
    record_key: str | None = None,
) -> int:
    """Explain a failing check of an authority, or one record of it, and return the explanation's number.

    From the day of figures that failed up to, and without, the day `until` the failure puts no caveat on a figure;
    the next build shows it. Raises UsageError for a code that no check has, and CscWarehouseError for a check that does
    not fail, is critical or broke, for a day beyond the next year, and without a name and a reason.
    """
    check_code = check_code.strip().upper()
    parameters = {
        "authority": authority_code,
        "check": check_code,
        "by": by,
        "reason": reason,
        "until": until,
        "record": record_key,
    }
    try:
        with warehouse.transaction() as connection:
            known: list[str] = list(connection.execute(_CHECKS).scalars())
            if check_code not in known:
                raise UsageError(
                    f"{check_code} is no check that was made: {offer(check_code, known)} csc-warehouse quality failures"
                    " lists what fails."
                )
            return int(
                connection.execute(
                    text("select quality.explain_failure(:authority, :check, :by, :reason, :until, :record)"),
                    parameters,
                ).scalar_one()
            )
    except DBAPIError as error:
        raise in_words(error) from error


def withdraw(warehouse: Warehouse, explanation_id: int, *, by: str, reason: str) -> None:
    """Take an explanation back: from the next build the failure counts again. Raises CscWarehouseError."""
    try:
        with warehouse.transaction() as connection:
            connection.execute(
                text("select quality.withdraw_explanation(:explanation, :by, :reason)"),
                {"explanation": explanation_id, "by": by, "reason": reason},
            )
    except DBAPIError as error:
        raise in_words(error) from error


def failures(warehouse: Warehouse, authority_code: str | None = None, *, is_past: bool = False) -> list[dict[str, Any]]:
    """Return what fails by each check's latest judgement, gravest first, and who explained it: a dict a check.

    is_past: instead what figures no longer rest on (a delivery that was replaced, a source that is no longer in use),
    and why that is so: past_because.
    """
    parameters = {"authority": authority_code, "is_past": is_past}
    with warehouse.transaction() as connection:
        return [dict(row) for row in connection.execute(_FAILURES, parameters).mappings()]


def listing(warehouse: Warehouse, authority_code: str | None = None) -> list[dict[str, Any]]:
    """Return every explanation, newest first, those that expired or were withdrawn included: a dict each."""
    with warehouse.transaction() as connection:
        return [dict(row) for row in connection.execute(_EXPLANATIONS, {"authority": authority_code}).mappings()]
