"""Group roles on the server: given what grants.py says and no more; logins are made by an administrator and put in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, Self, TypeVar

from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.privacy import grant_changes, ownership, safeguards
from csc_warehouse.privacy.grants import (
    ANALYST,
    FUNCTIONS,
    GRANTS,
    LOADER,
    OWNER,
    PUBLIC,
    PUBLISHER,
    READER,
    RECORDED,
    REVIEWER,
    ROLES,
    STEP_ROLES,
    TRANSFORMER,
    VERDICTS_AND_GRADES,
    Step,
)
from csc_warehouse.settings import Settings

__all__ = [
    "ANALYST",
    "LOADER",
    "OWNER",
    "PUBLIC",
    "PUBLISHER",
    "READER",
    "REVIEWER",
    "TRANSFORMER",
    "Step",
    "apply_grants",
    "assign_authority",
    "under",
    "withdraw_authority",
]


class OpenWarehouse(Protocol):
    """What this module needs of a warehouse; privacy imports no other room of the house."""

    @property
    def settings(self) -> Settings:
        """Return the settings that name the home authority and what may be waived."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """Open one transaction."""

    def acting_as(self, role: str | None) -> Self:
        """Return the same warehouse with sessions of a group role; None: of the login itself."""


Opened = TypeVar("Opened", bound=OpenWarehouse)


def under(warehouse: Opened, step: Step) -> Opened:
    """Return the warehouse as a step of the night is to use it: with sessions of the role that the step has.

    Grants are brought up to date first. Raises CscWarehouseError, saying what the server's administrator is to do,
    where this login may not act as the roles; `safeguards.without_roles` lets the steps work as the login itself.
    """
    login = warehouse.acting_as(None)
    with login.transaction() as connection:
        lacking = safeguards.lacking_roles(connection)
    if lacking and not warehouse.settings.config.safeguards.without_roles:
        raise CscWarehouseError(safeguards.refusal(lacking))
    # of other roles' relations a step keeps off: another step may just be making them
    apply_grants(login, of=frozenset({STEP_ROLES[step]}))
    return login if lacking else login.acting_as(STEP_ROLES[step])


def apply_grants(warehouse: OpenWarehouse, *, of: frozenset[str] = frozenset(ROLES)) -> int:
    """Give each role what it lacks, take what it is not to have, and return how many changes that took.

    of: the roles that this is about; default: all.

    Safe to call at any time; the login does it, whoever the sessions act as. Grants follow objects, so this runs after
    objects were made. Roles that the server does not have are left out, and so is what belongs to somebody else, with
    a warning: whether what must be hidden is hidden is for the safeguards to say, before anything is published.
    """
    login = warehouse.acting_as(None)
    made = ownership.hand_over(login, of)
    with login.transaction() as connection:
        connection.execute(text(ownership.IN_TURN))
        existing: set[str] = set(
            connection.execute(text("select rolname from pg_roles where rolname = any(:roles)"), {"roles": list(ROLES)})
            .scalars()
            .all()
        )
        # rows are limited before anybody may read them
        if existing >= {ANALYST, TRANSFORMER, LOADER}:
            for relation in VERDICTS_AND_GRADES:
                made += grant_changes.limit_rows(connection, "quality", relation, existing)
        for grant in GRANTS:
            if grant.role in existing & of:
                made += grant_changes.give(connection, grant)
        if TRANSFORMER in existing:
            for relation in RECORDED:
                made += grant_changes.record_readers(connection, relation)
        for role in sorted(FUNCTIONS.keys() & existing & of):
            made += grant_changes.give_functions(connection, role)
        if REVIEWER in existing & of:
            made += grant_changes.give_columns(connection)
        made += grant_changes.withdraw_excess(connection, existing & of)
        made += grant_changes.close_to_public(connection, existing)
        # the council's own analysts see the council's rows without further ado; other authorities are assigned
        connection.execute(
            text(
                "insert into release.analyst_authorities (role_name, authority_code) select :role, :authority"
                " where not exists (select from release.analyst_authorities)"
            ),
            {"role": ANALYST, "authority": warehouse.settings.config.home_authority},
        )
    return made


def assign_authority(warehouse: OpenWarehouse, role: str, authority_code: str) -> None:
    """Let a login or group read the rows of one authority (it must be in csc_analyst to read anything).

    Raises UsageError when the server has no such role.
    """
    with warehouse.transaction() as connection:
        known = connection.execute(text("select count(*) from pg_roles where rolname = :role"), {"role": role}).scalar()
        if not known:
            raise UsageError(
                f"The server has no role {role}: create it first (create role {role} login in role {ANALYST})."
            )
        connection.execute(
            text(
                "insert into release.analyst_authorities (role_name, authority_code) values (:role, :authority)"
                " on conflict do nothing"
            ),
            {"role": role, "authority": authority_code},
        )


def withdraw_authority(warehouse: OpenWarehouse, role: str, authority_code: str) -> bool:
    """Take an authority's rows from a role again; return whether it had them."""
    with warehouse.transaction() as connection:
        done = connection.execute(
            text("delete from release.analyst_authorities where role_name = :role and authority_code = :authority"),
            {"role": role, "authority": authority_code},
        )
    return bool(done.rowcount)
