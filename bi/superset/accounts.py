"""Bring Superset's own database up to date and make its roles and first accounts; nothing that exists is changed.

Runs with Superset's own interpreter, in the environment of a Superset process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

READER = "Reader"
"""Who looks at the dashboards and may not change them, nor write SQL."""
LOOKS_AT = (
    ("can_read", "Chart"),
    ("can_read", "CurrentUserRestApi"),
    ("can_read", "Dashboard"),
    ("can_read", "DashboardFilterStateRestApi"),
    ("can_write", "DashboardFilterStateRestApi"),
    ("can_read", "DashboardPermalinkRestApi"),
    ("can_read", "Dataset"),
    ("can_read", "ExploreFormDataRestApi"),
    ("can_write", "ExploreFormDataRestApi"),
    ("can_csv", "Superset"),
    ("can_dashboard", "Superset"),
    ("can_explore_json", "Superset"),
    ("can_log", "Superset"),
    ("can_view_chart_as_table", "Dashboard"),
    ("can_recent_activity", "Log"),
    ("can_read", "SecurityRestApi"),
    ("can_time_range", "Api"),
    ("menu_access", "Dashboards"),
)


def _make_role(rights: Iterable[tuple[str, str]]) -> None:
    """Give the role what it may do, and make it where it is not there."""
    from superset import security_manager

    role = security_manager.find_role(READER) or security_manager.add_role(READER)
    for action, what in rights:
        right = security_manager.find_permission_view_menu(action, what)
        if right is None:
            raise LookupError(f"Superset has no right {action} on {what}.")
        security_manager.add_permission_role(role, right)


def _prepare(application: Any, accounts: list[str]) -> None:
    """Bring the database up to date, and make the roles and accounts that are missing."""
    import superset
    from flask_migrate import upgrade
    from superset import security_manager

    upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    application.appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    _make_role(LOOKS_AT)
    for account in accounts:
        name, role, password_file = account.split(":", 2)
        if security_manager.find_user(username=name) is None:
            password = Path(password_file).read_text(encoding="utf-8")
            found = security_manager.find_role(role)
            if not security_manager.add_user(name, "Local", role, f"{name}@localhost", found, password):
                raise RuntimeError(f"The account {name} could not be made.")


def grant(connection: str) -> None:
    """Let those who look at the dashboards read what a connection reads."""
    from superset import db
    from superset.models.core import Database

    found = db.session.query(Database).filter_by(database_name=connection).one()
    _make_role([("database_access", found.perm)])
    db.session.commit()


def main(arguments: list[str]) -> int:
    """Obey `prepare NAME:ROLE:PASSWORD_FILE ...` or `grant CONNECTION`; return the exit code."""
    from superset.app import create_app

    application = create_app()
    with application.app_context():
        if arguments[0] == "prepare":
            _prepare(application, arguments[1:])
        else:
            grant(arguments[1])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
