"""Sign-off: a named person freezes a release's figures, or says why not."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from csc_warehouse.quality.decision_journal import act_for, in_words
from csc_warehouse.warehouse import Warehouse

_NO_LONGER_SEEN = text(
    "select signed.authority_code, pointer.release_id as seen, shown.as_at_date from quality.publications as signed"
    " inner join release.pointer as pointer on pointer.authority_code = signed.authority_code"
    " inner join quality.publications as shown"
    " on shown.release_id = pointer.release_id and shown.authority_code = pointer.authority_code"
    " where signed.release_id = :release and pointer.release_id <> signed.release_id"
    " and (cast(:authority as text) is null or signed.authority_code = :authority)"
    " order by signed.authority_code"
)


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
        raise in_words(error) from error


def doubts(warehouse: Warehouse, release_id: int, *, authority_code: str | None = None) -> list[str]:
    """Return what somebody who signs a release must know first: of whom readers see another one by now."""
    names = {"release": release_id, "authority": authority_code}
    with warehouse.transaction() as connection:
        rows = connection.execute(_NO_LONGER_SEEN, names).all()
    configured = warehouse.settings.config.authorities
    return [
        f"Readers no longer see release {release_id} of"
        f" {configured[row.authority_code].name if row.authority_code in configured else row.authority_code}:"
        f" they see release {row.seen}, as at {row.as_at_date:%d %B %Y}."
        for row in rows
    ]


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
        raise in_words(error) from error
