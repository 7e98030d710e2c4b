"""Make the secrets of docker-compose.yml as files, those that are missing; needs Python alone.

Keep pseudonym_key in a safe of its own: with another key every child gets another pseudonym.
"""

from __future__ import annotations

import base64
import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "secrets"
PLAIN = (
    "postgres_password",
    "warehouse_password",
    "airflow_password",
    "jwt_secret",
    "api_secret_key",
    "admin_password",
)
HOST = "postgres:5432"


def _random() -> str:
    # 32 bytes: what Airflow's fernet key must be, and letters that no URL and no shell takes for its own
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _write(name: str, value: str) -> bool:
    path = FOLDER / name
    if path.exists():
        return False
    path.write_text(value)
    # readable for the containers' users; the folder keeps everybody else of this machine out
    path.chmod(0o444)
    return True


def main() -> int:
    """Write what is missing and say what was written; nothing that exists is changed."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    FOLDER.chmod(0o700)
    made = [name for name in (*PLAIN, "fernet_key", "pseudonym_key") if _write(name, _random())]
    for name, driver in (("warehouse", "psycopg"), ("airflow", "psycopg2")):
        password = (FOLDER / f"{name}_password").read_text().replace("=", "%3D")
        if _write(f"{name}_url", f"postgresql+{driver}://{name}:{password}@{HOST}/{name}"):
            made.append(f"{name}_url")
    sys.stdout.write(f"{FOLDER}: made {', '.join(made) or 'nothing, all are there'}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
