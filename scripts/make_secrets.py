"""Make the secrets of docker-compose.yml as files, those that are missing; needs Python alone.

With --renew NAME one of them is made anew while the services are up, and what is still to be done is printed. Keep
pseudonym_key in a safe of its own: with another key every child gets another pseudonym, and its renewal is a command.
"""

from __future__ import annotations

import argparse
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
DRIVERS = {"warehouse": "psycopg", "airflow": "psycopg2"}
RESTART = "docker-compose up -d --force-recreate --no-deps {services}"
SERVICES = "api-server scheduler dag-processor triggerer"
TELL_SERVER = (
    "docker-compose exec -T postgres psql --username postgres --quiet --set ON_ERROR_STOP=1 < {file} && rm {file}"
)
"""The server reads the new password from a file that goes with the command: among arguments everybody could see it."""


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


def _url(name: str) -> str:
    password = (FOLDER / f"{name}_password").read_text().replace("=", "%3D")
    return f"postgresql+{DRIVERS[name]}://{name}:{password}@{HOST}/{name}"


def _replace(name: str, value: str) -> None:
    """Put another value in a secret's file, whole or not at all."""
    unfinished = FOLDER / f".{name}.new"
    unfinished.write_text(value)
    unfinished.chmod(0o444)
    unfinished.replace(FOLDER / name)


def renew(name: str) -> list[str]:
    """Make one secret anew; return the commands that are still to be given, in their order.

    Raises ValueError, saying how it is renewed, for one that is not a matter of this file alone.
    """
    if name in {"jwt_secret", "api_secret_key"}:
        _replace(name, _random())
        return [RESTART.format(services=SERVICES)]
    if name == "fernet_key":
        newest, *_ = (FOLDER / name).read_text().split(",")
        # both, the new one first: what is encrypted with the old one stays readable until it is encrypted anew
        _replace(name, f"{_random()},{newest}")
        rotate = "docker-compose exec scheduler sh docker/entrypoint.sh airflow rotate-fernet-key"
        return [RESTART.format(services=SERVICES), rotate]
    role = {"warehouse_password": "warehouse", "airflow_password": "airflow", "postgres_password": "postgres"}.get(name)
    if role is None:
        how = {
            "pseudonym_key": "csc-warehouse rotate-key, then a copy of the file into the safe",
            "admin_password": "airflow users reset-password, or the account's own page",
        }.get(name, f"there is none of that name; these can be: {', '.join(RENEWABLE)}")
        raise ValueError(f"{name} is not renewed here: {how}.")
    _replace(name, _random())
    statement = FOLDER / f"renew_{role}.sql"
    statement.touch(mode=0o600)
    statement.write_text(f"alter role {role} password '{(FOLDER / name).read_text()}';\n")
    if role == "postgres":
        return [TELL_SERVER.format(file=statement)]
    _replace(f"{role}_url", _url(role))
    return [TELL_SERVER.format(file=statement), RESTART.format(services=SERVICES)]


RENEWABLE = (
    "warehouse_password",
    "airflow_password",
    "postgres_password",
    "jwt_secret",
    "api_secret_key",
    "fernet_key",
)


def main(arguments: list[str] | None = None) -> int:
    """Write what is missing and say what was written; nothing that exists is changed but what is to be renewed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--renew", metavar="NAME", help=f"one of {', '.join(RENEWABLE)}")
    asked = parser.parse_args([] if arguments is None else arguments)
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    FOLDER.chmod(0o700)
    if asked.renew:
        try:
            left = renew(asked.renew)
        except (ValueError, FileNotFoundError) as error:
            sys.stderr.write(f"{error}\n")
            return 2
        sys.stdout.write("\n".join([f"{asked.renew} is new. Now, in this order:", *left]) + "\n")
        return 0
    made = [name for name in (*PLAIN, "fernet_key", "pseudonym_key") if _write(name, _random())]
    made += [f"{name}_url" for name in DRIVERS if _write(f"{name}_url", _url(name))]
    sys.stdout.write(f"{FOLDER}: made {', '.join(made) or 'nothing, all are there'}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
