"""Airflow's pages behind a council's own OpenID Connect provider: what AIRFLOW__FAB__CONFIG_FILE names.

Copy it, put in the names of your groups, and give the three variables. It holds no secret.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from flask_appbuilder.const import AUTH_OAUTH

ISSUER = os.environ["OIDC_ISSUER"].rstrip("/")
AUTH_TYPE = AUTH_OAUTH
WTF_CSRF_ENABLED = True

# who may come in, and as what: groups of the provider, and roles of the pages. Roles are set anew at each login
AUTH_ROLES_MAPPING = {
    "csc-administrators": ["Admin"],
    "csc-reviewers": ["csc_reviewer"],
    "csc-managers": ["csc_manager"],
    "csc-readers": ["csc_reader"],
}
AUTH_ROLES_SYNC_AT_LOGIN = True
# somebody of the provider who is in none of these groups gets an account that sees nothing
AUTH_USER_REGISTRATION = True
AUTH_USER_REGISTRATION_ROLE = "Public"

OAUTH_PROVIDERS = [
    {
        "name": "council",
        "icon": "fa-key",
        "token_key": "access_token",
        "remote_app": {
            "client_id": os.environ["OIDC_CLIENT_ID"],
            "client_secret": Path(os.environ["OIDC_CLIENT_SECRET_FILE"]).read_text(encoding="utf-8").strip(),
            # addresses and signing keys come from the provider; the answer to each login is signed by it
            "server_metadata_url": f"{ISSUER}/.well-known/openid-configuration",
            "client_kwargs": {"scope": "openid profile email groups", "code_challenge_method": "S256"},
        },
    }
]


class CouncilSecurityManager(FabAirflowSecurityManagerOverride):  # type: ignore[misc]
    """Takes name and groups from the signed token of the login."""

    def get_oauth_user_info(self, _provider: str, resp: dict[str, Any]) -> dict[str, Any]:
        """Return account, names and groups; signature, issuer, audience and nonce were checked before."""
        claims = resp["userinfo"]
        return {
            "username": claims["preferred_username"],
            "first_name": claims.get("given_name", ""),
            "last_name": claims.get("family_name", ""),
            "email": claims.get("email", ""),
            "role_keys": claims.get("groups", []),
        }


SECURITY_MANAGER_CLASS = CouncilSecurityManager
