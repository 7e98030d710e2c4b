"""The example of single sign-on gives roles that there are, and no secret."""

from __future__ import annotations

import ast
import sys

from csc_warehouse.settings import PROJECT_DIRECTORY

sys.path.insert(0, str(PROJECT_DIRECTORY / "scripts"))
import airflow_accounts

EXAMPLE = PROJECT_DIRECTORY / "docs" / "runbooks" / "single_sign_on_config.py"


def test_example_when_it_maps_groups_then_to_the_roles_of_the_pages_anew_at_each_login() -> None:
    tree = ast.parse(EXAMPLE.read_text(encoding="utf-8"))
    given = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    mapped = {role for found in ast.literal_eval(given["AUTH_ROLES_MAPPING"]).values() for role in found}
    assert mapped == {"Admin", airflow_accounts.READER, airflow_accounts.MANAGER, airflow_accounts.REVIEWER}
    assert ast.literal_eval(given["AUTH_ROLES_SYNC_AT_LOGIN"]) is True
    # whoever the council's provider knows and we do not gets a role without rights
    assert ast.literal_eval(given["AUTH_USER_REGISTRATION_ROLE"]) == "Public"
