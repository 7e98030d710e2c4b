"""Superset as `make bi` runs it: for this machine alone, reading as one login of the warehouse, and asking nobody else.

Read by Superset itself (SUPERSET_CONFIG_PATH); what this home decides is in the folder that CSC_SUPERSET_HOME names.
"""

from __future__ import annotations

import ipaddress
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

HOME = Path(os.environ["CSC_SUPERSET_HOME"])
LOGINS = HOME / "logins"
"""A file per login of the warehouse that Superset may connect as: its name, and in it the password."""


def _secret(name: str) -> str:
    return (HOME / "secrets" / name).read_text(encoding="utf-8")


# ---- nothing leaves this machine


_ADDRESS_STANDS = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}
"""Which argument of what Python is about to do says with whom."""


def _refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what Python would open to another machine, or ask of its name; raise PermissionError."""
    if event not in _ADDRESS_STANDS:
        return
    told = arguments[_ADDRESS_STANDS[event]]
    host = told[0] if isinstance(told, tuple) else told
    if event in {"socket.connect", "socket.sendto"} and not isinstance(told, tuple):
        # a socket of this machine, by its path
        return
    if host is None or host in {"", b"", "localhost", b"localhost"}:
        return
    words = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    try:
        is_local = ipaddress.ip_address(words.partition("%")[0]).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise PermissionError(f"Superset of this home connects to no other machine, and was to connect to {words}.")


sys.addaudithook(_refuse_other_machines)

_OWN = ["'self'"]
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": _OWN,
        "default-src": _OWN,
        "img-src": [*_OWN, "blob:", "data:"],
        "worker-src": [*_OWN, "blob:"],
        "connect-src": _OWN,
        "object-src": "'none'",
        "style-src": [*_OWN, "'unsafe-inline'"],
        "font-src": _OWN,
        "form-action": _OWN,
        "frame-ancestors": "'none'",
        "script-src": [*_OWN, "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "frame_options": "DENY",
    "referrer_policy": "same-origin",
    # this machine alone, by http: a proxy that people come through brings its own certificate
    "force_https": False,
    "session_cookie_secure": False,
}
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []
ENABLE_UI_THEME_ADMINISTRATION = False
MAPBOX_API_KEY = ""
DATASET_IMPORT_ALLOWED_DATA_URLS: list[str] = []

# ---- what it keeps

SECRET_KEY = _secret("secret_key")
# one process with a few threads: a file does; who wants more gives Superset a database of its own
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}"
SQLALCHEMY_ENGINE_OPTIONS = {"connect_args": {"timeout": 30}}
DATA_DIR = str(HOME)
UPLOAD_FOLDER = str(HOME / "uploads") + "/"

# ---- who comes in

TRUSTED_HOSTS = ["127.0.0.1", "localhost"]
AUTH_USER_REGISTRATION = False
PUBLIC_ROLE_LIKE = None
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "20 per minute"
RATELIMIT_ENABLED = True
# a page of thirty charts asks for hundreds of files at once
RATELIMIT_APPLICATION = "1000 per second"
WTF_CSRF_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
PERMANENT_SESSION_LIFETIME = timedelta(hours=8)
GUEST_ROLE_NAME = "Public"
# nobody knows these: no guest, no background queries
GUEST_TOKEN_JWT_SECRET = _secret("guest_token_secret")
GLOBAL_ASYNC_QUERIES_JWT_SECRET = _secret("async_queries_secret")
FEATURE_FLAGS = {
    "ALERT_REPORTS": False,
    "EMBEDDED_SUPERSET": False,
    "ENABLE_TEMPLATE_PROCESSING": False,
    "GLOBAL_ASYNC_QUERIES": False,
    "SQLLAB_BACKEND_PERSISTENCE": False,
    "THUMBNAILS": False,
}

# ---- what it may connect to

PREVENT_UNSAFE_DB_CONNECTIONS = True
SQLALCHEMY_EXAMPLES_URI = SQLALCHEMY_DATABASE_URI


def _warehouse() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((HOME / "warehouse.json").read_text(encoding="utf-8"))
    return told


def _require_warehouse(uri: Any) -> None:
    """Raise ValueError unless an address is the warehouse's port on this machine, as a login that was made for it.

    The server's socket lets in whoever owns the home as superuser: an address that leads there is refused like any
    other.
    """
    told = _warehouse()
    logins = {path.name for path in LOGINS.iterdir()}
    is_ours = (
        uri.drivername == "postgresql+psycopg2"
        and (uri.host, uri.port, uri.database) == (told["host"], told["port"], told["database"])
        and uri.username in logins
        and not uri.query
    )
    if not is_ours:
        raise ValueError(
            "Superset of this home connects to its warehouse alone: postgresql+psycopg2://LOGIN@"
            f"{told['host']}:{told['port']}/{told['database']}, LOGIN one of {', '.join(sorted(logins))}."
        )


def DB_SQLA_URI_VALIDATOR(uri: Any) -> None:  # noqa: N802  (Superset's own name for it)
    """Refuse an address before a connection is kept."""
    _require_warehouse(uri)


def SQLALCHEMY_CUSTOM_PASSWORD_STORE(uri: Any) -> str | None:  # noqa: N802  (Superset's own name for it)
    """Return the password of an address's login from its file: Superset's own database holds none."""
    name = str(uri.username)
    known = {path.name for path in LOGINS.iterdir()}
    return (LOGINS / name).read_text(encoding="utf-8") if name in known else None


def DB_CONNECTION_MUTATOR(  # noqa: N802  (Superset's own name for it)
    uri: Any, params: dict[str, Any], username: str, security_manager: Any, source: Any
) -> tuple[Any, dict[str, Any]]:
    """Refuse an address at each connection, and what was set beside it: it could lead elsewhere."""
    del username, security_manager, source
    _require_warehouse(uri)
    return uri, {**params, "connect_args": {"application_name": "superset", "connect_timeout": 10}}


# ---- how it looks

APP_NAME = "Children's services"
D3_TIME_FORMAT = {
    "dateTime": "%d/%m/%Y, %H:%M:%S",
    "date": "%d/%m/%Y",
    "time": "%H:%M:%S",
    "days": ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    "shortDays": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    "months": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "shortMonths": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "csc_warehouse",
        "description": "Told apart by people who see colours differently, and 3:1 on white",
        "label": "csc-warehouse",
        "isDefault": True,
        "colors": ["#12436D", "#F46A25", "#28A197", "#801650", "#3D3D3D", "#A285D1"],
    }
]
