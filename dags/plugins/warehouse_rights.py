"""See who may do what in Airflow's pages; have every change of it, and who opens lists of records, kept."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from http.cookies import CookieError, SimpleCookie
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.utils.session import create_session
from flask_appbuilder.const import AUTH_DB
from jwt import InvalidTokenError
from sqlalchemy import text
from starlette.datastructures import Headers
from starlette.types import Scope

LOGGER = logging.getLogger(__name__)
EVERY_SECONDS = 60
"""How often rights are looked at when nobody changes them through the pages."""

_ROLES = text(
    "select u.username, r.name"
    " from (select user_id, role_id from ab_user_role"
    "   union select ug.user_id, gr.role_id from ab_user_group as ug"
    "   inner join ab_group_role as gr on gr.group_id = ug.group_id) as held"
    " inner join ab_user as u on u.id = held.user_id inner join ab_role as r on r.id = held.role_id"
)
_PERMISSIONS = text(
    "select r.name, p.name as action, m.name as resource from ab_role as r"
    " inner join ab_permission_view_role as held on held.role_id = r.id"
    " inner join ab_permission_view as pv on pv.id = held.permission_view_id"
    " inner join ab_permission as p on p.id = pv.permission_id inner join ab_view_menu as m on m.id = pv.view_menu_id"
    " where r.name in ('csc_manager', 'csc_reader', 'csc_reviewer')"
)
_PASSWORDS = text("select username, password from ab_user where password is not null")


class Watch:
    """Looks at Airflow's accounts and roles, and hands what is held to the warehouse."""

    def __init__(self) -> None:
        """Have seen nothing yet."""
        self._looking = threading.Lock()
        self._next = 0.0

    def look(self, by: str | None) -> None:
        """Look now; what cannot be recorded is an error in the log, and is recorded by a later look."""
        from csc_warehouse import stewardship

        try:
            with self._looking:
                for sentence in stewardship.record_page_rights(held(), by=by):
                    LOGGER.warning("Rights changed: %s", sentence)
                self._next = time.monotonic() + EVERY_SECONDS
        except Exception:
            # a page must not fail because its warehouse is away; the comparison with what was seen last loses nothing
            LOGGER.exception("Whether rights have changed could not be recorded; the next look does it")

    def look_when_due(self) -> None:
        """Look when the last look is long enough ago."""
        if time.monotonic() >= self._next:
            self.look(None)


WATCH = Watch()
"""One for the whole API server: the pages and the guard share what was seen."""


def keep_reading(kind: Any, name: str, reader: str) -> None:
    """Have it kept in the warehouse that an account opens a list of records; what it raises means: show nothing."""
    from csc_warehouse import stewardship

    stewardship.record_reading(kind, name, reader=reader, way="pages")


def held() -> list[tuple[str, str, str]]:
    """Return every role of an account, every permission of the warehouse's own roles, and passwords' fingerprints."""
    with create_session() as session:
        roles = [("role", row.username, row.name) for row in session.execute(_ROLES)]
        permissions = [
            ("permission", row.name, f"{row.action.replace('_', ' ')} on {row.resource}")
            for row in session.execute(_PERMISSIONS)
        ]
        passwords = [
            ("password", row.username, hashlib.sha256(row.password.encode()).hexdigest()[:16])
            for row in session.execute(_PASSWORDS)
        ]
    return [*roles, *permissions, *passwords]


def takes_passwords() -> bool:
    """Say whether accounts come in by passwords of these pages, and not by a provider of the council's.

    Asked of the pages' own configuration as it is read. Where it is not known: no.
    """
    app = getattr(get_auth_manager(), "flask_app", None)
    return app is not None and app.config.get("AUTH_TYPE") == AUTH_DB


async def account_of(scope: Scope) -> str | None:
    """Return the name of the account whose request this is; None where it carries no valid token."""
    headers = Headers(scope=scope)
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        token = _cookies(headers).get(COOKIE_NAME_JWT_TOKEN, "")
    if not token:
        return None
    try:
        user: Any = await get_auth_manager().get_user_from_token(token)
    except InvalidTokenError:
        return None
    return str(user.get_name())


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}
