"""Who may do what in Airflow's pages: what was seen last, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from sqlalchemy import text

from csc_warehouse.warehouse import Warehouse

Kind = Literal["role", "permission", "password"]
DAYS_TOLD = 30
"""How long `status` names a change."""

_LOCK = text("lock table quality.page_rights in exclusive mode")
_HELD = text("select kind, subject, held from quality.page_rights")
_ADD = text("insert into quality.page_rights (kind, subject, held) values (:kind, :subject, :held)")
_REMOVE = text("delete from quality.page_rights where kind = :kind and subject = :subject and held = :held")
_CHANGED = text(
    "insert into quality.page_right_changes (kind, subject, held, change, changed_by)"
    " values (:kind, :subject, :held, :change, :by)"
)
_CHANGES = text(
    "select kind, subject, held, change, changed_by, seen_at from quality.page_right_changes"
    " where seen_at >= now() - make_interval(days => :days) order by change_id desc limit 20"
)


class Right(NamedTuple):
    """One right: an account's role, a role's permission, or a fingerprint of an account's password."""

    kind: Kind
    subject: str
    held: str


def record(warehouse: Warehouse, seen: Iterable[Right], *, by: str | None) -> list[str]:
    """Set the rights that are held now against those that were seen last; keep and return each change as a sentence.

    by: the account whose request may have made the change; None where it came another way. The very first sighting is
    what later ones are compared with, and no change.
    """
    now = set(seen)
    with warehouse.transaction() as connection:
        connection.execute(_LOCK)
        before = {Right(row.kind, row.subject, row.held) for row in connection.execute(_HELD)}
        gone, come = sorted(before - now), sorted(now - before)
        for statement, rights in ((_REMOVE, gone), (_ADD, come)):
            if rights:
                connection.execute(statement, [right._asdict() for right in rights])
        changes = _changes(gone, come) if before else []
        if changes:
            connection.execute(_CHANGED, [{**change, "by": by} for change in changes])
    return [sentence({**change, "changed_by": by}) for change in changes]


def _changes(gone: list[Right], come: list[Right]) -> list[dict[str, Any]]:
    """Return what happened: a password that gave way to another was changed; a new account's first one is no news."""
    had_password = {right.subject for right in gone if right.kind == "password"}
    changes = [
        {"kind": right.kind, "subject": right.subject, "held": right.held, "change": change}
        for change, rights in (("taken", gone), ("given", come))
        for right in rights
        if right.kind != "password"
    ]
    changed = sorted(right.subject for right in come if right.kind == "password" and right.subject in had_password)
    return changes + [{"kind": "password", "subject": name, "held": None, "change": "changed"} for name in changed]


def changes(warehouse: Warehouse, days: int = DAYS_TOLD) -> list[dict[str, Any]]:
    """Return the newest changes of rights that were seen in so many days, newest first, each with its sentence."""
    with warehouse.transaction() as connection:
        found = [dict(row) for row in connection.execute(_CHANGES, {"days": days}).mappings()]
    return [{**row, "sentence": sentence(row)} for row in found]


def sentence(change: dict[str, Any]) -> str:
    """Say one change in words; no password and no fingerprint of one is in it."""
    by = change["changed_by"]
    how = f"by {by}, in Airflow's pages" if by else "not through Airflow's pages, so that nobody can say by whom"
    subject, held = change["subject"], change["held"]
    if change["kind"] == "password":
        return f"The password of account {subject} was changed {how}."
    whose = f"account {subject}" if change["kind"] == "role" else f"role {subject}"
    what = f"the role {held}" if change["kind"] == "role" else f'the right "{held}"'
    if change["change"] == "given":
        own = " (its own doing)" if by == subject else ""
        return f"{whose[0].upper()}{whose[1:]} was given {what} {how}{own}."
    return f"{what[0].upper()}{what[1:]} was taken from {whose} {how}."
