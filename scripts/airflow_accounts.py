"""Make the roles of those who read Airflow's pages, and the first accounts; nothing that exists is changed.

Called with one argument per account: NAME:ROLE:PASSWORD_FILE. Needs the environment of an Airflow process.
"""

from __future__ import annotations

import sys
from pathlib import Path

from csc_warehouse.commands.console import ERROR, OUT

READER, MANAGER, REVIEWER = "csc_reader", "csc_manager", "csc_reviewer"
"""Who sees the pages; who also sees the weekly pack; who also sees the worklists and answers when a release is to be
signed."""


def main(accounts: list[str]) -> int:
    """Make what is missing and say what was made."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
    from airflow.providers.fab.www.security import permissions as names

    # the entries of the navigation come with the list of plugins, which Airflow's own Viewer may not read
    reads = [*FabAirflowSecurityManagerOverride.VIEWER_PERMISSIONS, (names.ACTION_CAN_READ, names.RESOURCE_PLUGIN)]
    # answering is an edit, and Airflow asks for the same right on the DAG
    answers = [
        *reads,
        (names.ACTION_CAN_ACCESS_MENU, names.RESOURCE_HITL_DETAIL),
        (names.ACTION_CAN_EDIT, names.RESOURCE_HITL_DETAIL),
        (names.ACTION_CAN_EDIT, names.resource_name("publish_report", names.RESOURCE_DAG)),
    ]
    made = []
    with get_application_builder() as builder:
        manager = builder.sm
        for role, rights in ((READER, reads), (MANAGER, reads), (REVIEWER, answers)):
            if manager.find_role(role) is None:
                manager.bulk_sync_roles([{"role": role, "perms": rights}])
                made.append(f"role {role}")
        for account in accounts:
            name, role, password_file = account.split(":", 2)
            if manager.find_user(username=name) is not None:
                continue
            password = Path(password_file).read_text(encoding="utf-8").strip()
            added = manager.add_user(name, "Local", role, f"{name}@localhost", manager.find_role(role), password)
            if not added:
                ERROR.print(f"The account {name} could not be made.", markup=False)
                return 1
            made.append(f"account {name}")
    OUT.print(f"Made: {', '.join(made) or 'nothing, all are there'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
