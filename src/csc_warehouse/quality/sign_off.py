"""Sign-off: a named person freezes a release's figures, or says why not."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.quality.decisions import act_for, told
from csc_warehouse.warehouse import Warehouse


def sign(
    warehouse: Warehouse,
    release_id: int,
    *,
    by: str,
    note: str,
    authority_code: str | None = None,
    revision_reason: str | None = None,
    airflow_account: str | None = None,
) -> int:
    """Freeze the figures of a published release and return the number of figures.

    airflow_account: who was logged in to Airflow's pages, where it was signed there; it stands beside the name.
    Raises CscWarehouseError when the release was held, was signed before, or revises signed figures without a reason.
    """
    parameters = {
        "release": release_id,
        "by": by,
        "note": note,
        "authority": authority_code,
        "reason": revision_reason,
    }
    try:
        with warehouse.transaction() as connection:
            act_for(connection, airflow_account)
            decision: int = connection.execute(
                text("select quality.sign_release(:release, :by, :note, :authority, :reason)"), parameters
            ).scalar_one()
            return int(
                connection.execute(
                    text("select count(*) from quality.signed_figures where decision_id = :decision"),
                    {"decision": decision},
                ).scalar_one()
            )
    except DBAPIError as error:
        raise told(error) from error


def reject(
    warehouse: Warehouse,
    release_id: int,
    *,
    by: str,
    reason: str,
    authority_code: str | None = None,
    airflow_account: str | None = None,
) -> int:
    """Journal that a person did not sign a release and return the decision's number."""
    try:
        with warehouse.transaction() as connection:
            act_for(connection, airflow_account)
            return int(
                connection.execute(
                    text("select quality.reject_release(:release, :by, :reason, :authority)"),
                    {"release": release_id, "by": by, "reason": reason, "authority": authority_code},
                ).scalar_one()
            )
    except DBAPIError as error:
        raise told(error) from error
