"""Make the secrets of docker-compose.yml as files, those that are missing; needs Python, openssl and ssh-keygen.

With --renew NAME one of them is made anew while the services are up, and what is still to be done is printed. Keep
pseudonym_key in a safe of its own: with another key every child gets another pseudonym, and its renewal is a command.
"""

from __future__ import annotations

import argparse
import base64
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "secrets"
PLAIN = (
    "postgres_password",
    "warehouse_password",
    "airflow_password",
    "jwt_secret",
    "api_secret_key",
    "admin_password",
    "redis_password",
    "superset_secret_key",
    "superset_admin_password",
    "superset_reader_password",
)
HOST = "postgres:5432"
DRIVERS = {"warehouse": "psycopg", "airflow": "psycopg2"}
CERTIFICATE = ("database_key", "database_certificate")
"""The server's key, and its certificate: signed by itself, and the one that whoever connects is told to expect."""
HOST_KEY = "sftp_host_key"
SOURCES_KEYS = "sftp_keys"
"""Folder of the public keys that each source may come in by: a file of its name, as in OpenSSH's authorized_keys."""
RESTART = "docker-compose up -d --force-recreate --no-deps {services}"
SERVICES = "api-server scheduler dag-processor triggerer"
DASHBOARDS = "docker-compose up -d --force-recreate --no-deps superset   # where the profile bi is on"
WORKERS = "docker-compose up -d --force-recreate --no-deps worker   # where the profile scale is on"
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


def _make_certificate() -> None:
    """Make the database server's key and its certificate for ten years, both or neither."""
    key, certificate = (FOLDER / f".{name}.new" for name in CERTIFICATE)
    _call(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", "3650", "-subj", "/CN=postgres", "-addext", "subjectAltName=DNS:postgres"),
        *("-keyout", str(key), "-out", str(certificate)),
    )
    for name, made in zip(CERTIFICATE, (key, certificate), strict=True):
        made.chmod(0o444)
        made.replace(FOLDER / name)


def _make_host_key() -> None:
    """Make the key by which the SFTP drop is known to the suppliers."""
    made = FOLDER / f".{HOST_KEY}.new"
    made.unlink(missing_ok=True)
    _call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "csc-warehouse", "-f", str(made))
    made.with_name(f"{made.name}.pub").replace(FOLDER / f"{HOST_KEY}.pub")
    made.chmod(0o444)
    made.replace(FOLDER / HOST_KEY)


def _call(*command: str) -> None:
    """Call a program; raise ValueError where it is not there, or does not do it."""
    if shutil.which(command[0]) is None:
        raise ValueError(
            f"{command[0]} is not installed here: install it (Debian: apt-get install openssl openssh-client)."
        )
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (our own arguments)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ValueError(f"{command[0]} failed: {last}")


def _broker_url() -> str:
    password = (FOLDER / "redis_password").read_text().replace("=", "%3D")
    return f"redis://:{password}@redis:6379/0"


def _name_folder() -> None:
    """Tell compose, which starts nothing without it, where the secrets are."""
    path = FOLDER.parent / ".env"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if not any(line.startswith("CSC_SECRETS=") for line in lines):
        path.write_text("\n".join([*lines, "CSC_SECRETS=./secrets"]) + "\n", encoding="utf-8")


def _replace(name: str, value: str) -> None:
    """Put another value in a secret's file, whole or not at all."""
    unfinished = FOLDER / f".{name}.new"
    unfinished.write_text(value)
    unfinished.chmod(0o444)
    unfinished.replace(FOLDER / name)


def _renew_random(name: str) -> None:
    _replace(name, _random())


def _renew_redis(name: str) -> None:
    _renew_random(name)
    _replace("broker_url", _broker_url())


def _renew_certificate(_name: str) -> None:
    _make_certificate()


_ANEW: dict[str, tuple[Callable[[str], None], str]] = {
    "jwt_secret": (_renew_random, SERVICES),
    "api_secret_key": (_renew_random, SERVICES),
    "redis_password": (_renew_redis, f"redis {SERVICES}"),
    "database_certificate": (_renew_certificate, f"postgres {SERVICES}"),
    "superset_secret_key": (_renew_random, "superset"),
}
"""What is made by itself, how, and the services that read it at their start."""


def renew(name: str) -> list[str]:
    """Make one secret anew; return the commands that are still to be given, in their order.

    Raises ValueError, saying how it is renewed, for one that is not a matter of this file alone.
    """
    if name in _ANEW:
        make, services = _ANEW[name]
        make(name)
        commands = [RESTART.format(services=services), *([WORKERS] if SERVICES in services else [])]
        # dashboards verify the server by the same file
        return [*commands, DASHBOARDS] if name == "database_certificate" else commands
    if name == HOST_KEY:
        _make_host_key()
        return [RESTART.format(services="sftp"), f"ssh-keygen -l -f {FOLDER / HOST_KEY}.pub   # tell the suppliers"]
    if name == "fernet_key":
        # all, the new one first: nothing here tells whether what was encrypted with an old one is encrypted anew yet
        _replace(name, f"{_random()},{(FOLDER / name).read_text().strip()}")
        rotate = "docker-compose exec scheduler sh docker/entrypoint.sh airflow rotate-fernet-key"
        then = f"# only after that ended without an error: from the first comma on, what is in {FOLDER / name} may go"
        return [RESTART.format(services=SERVICES), WORKERS, rotate, then]
    role = {"warehouse_password": "warehouse", "airflow_password": "airflow", "postgres_password": "postgres"}.get(name)
    if role is None:
        how = {
            "pseudonym_key": "csc-warehouse rotate-key, then a copy of the file into the safe",
            "admin_password": "airflow users reset-password, or the account's own page",
            "superset_admin_password": "the account's own page in Superset",
            "superset_reader_password": "the account's own page in Superset",
        }.get(name, f"there is none of that name; these can be: {', '.join(RENEWABLE)}")
        raise ValueError(f"{name} is not renewed here: {how}.")
    _replace(name, _random())
    statement = FOLDER / f"renew_{role}.sql"
    statement.touch(mode=0o600)
    statement.write_text(f"alter role {role} password '{(FOLDER / name).read_text()}';\n")
    if role == "postgres":
        return [TELL_SERVER.format(file=statement)]
    _replace(f"{role}_url", _url(role))
    return [TELL_SERVER.format(file=statement), RESTART.format(services=SERVICES), WORKERS]


RENEWABLE = ("warehouse_password", "airflow_password", "postgres_password", "fernet_key", HOST_KEY, *_ANEW)


def _make_missing() -> list[str]:
    """Make what is not there yet; return the names of what was made."""
    made = [name for name in (*PLAIN, "fernet_key", "pseudonym_key") if _write(name, _random())]
    made += [f"{name}_url" for name in DRIVERS if _write(f"{name}_url", _url(name))]
    made += ["broker_url"] if _write("broker_url", _broker_url()) else []
    if not all((FOLDER / name).exists() for name in CERTIFICATE):
        _make_certificate()
        made += CERTIFICATE
    if not (FOLDER / HOST_KEY).exists():
        _make_host_key()
        made.append(HOST_KEY)
    # public keys, which the containers read as an account of their own
    (FOLDER / SOURCES_KEYS).mkdir(exist_ok=True)
    (FOLDER / SOURCES_KEYS).chmod(0o755)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Write what is missing and say what was written; nothing that exists is changed but what is to be renewed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--renew", metavar="NAME", help=f"one of {', '.join(RENEWABLE)}")
    asked = parser.parse_args([] if arguments is None else arguments)
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    FOLDER.chmod(0o700)
    try:
        left = renew(asked.renew) if asked.renew else []
        made = [] if asked.renew else _make_missing()
    except (ValueError, FileNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if asked.renew:
        sys.stdout.write("\n".join([f"{asked.renew} is new. Now, in this order:", *left]) + "\n")
        return 0
    _name_folder()
    sys.stdout.write(f"{FOLDER}: made {', '.join(made) or 'nothing, all are there'}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
