"""Where and how Airflow runs on this machine: its home below the warehouse's, its secrets, its environment."""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import PROJECT_DIRECTORY, Settings
from csc_warehouse.warehouse import cluster
from csc_warehouse.warehouse.home import make_private

DATABASE = "airflow"
"""Airflow's own metadata: a second database of the embedded cluster, also where the warehouse is a council's server."""
ACCOUNTS = {"admin": "Admin", "reviewer": "csc_reviewer"}
"""The first accounts of a home and their roles; their passwords are made at random, one file each."""
DEFAULT_PORT = 8080

QUIET_LOGGERS = {
    "airflow.dag_processing": "WARNING",
    "airflow.jobs": "WARNING",
    "airflow.models": "WARNING",
    "airflow.serialization": "WARNING",
    "airflow.provider": "WARNING",
    "airflow.settings": "WARNING",
    "airflow.utils": "WARNING",
    "airflow.www": "WARNING",
    "alembic": "WARNING",
    "flask_appbuilder": "WARNING",
    "great_expectations": "WARNING",
    "http.access": "WARNING",
    "py.warnings": "ERROR",
}
"""What is left in a log is what somebody who was woken by it needs."""


def airflow_home(settings: Settings) -> Path:
    """Return AIRFLOW_HOME: below the warehouse's home, so that two homes never meet."""
    return settings.home / "airflow"


def secret(settings: Settings, name: str) -> str:
    """Return a secret of this home, made on first use in a file that only its owner may read."""
    folder = airflow_home(settings) / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        value = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        partial = folder / f".{name}.{os.getpid()}"
        partial.touch(mode=0o600)
        partial.write_text(value)
        partial.rename(path)
    return path.read_text()


def environment(settings: Settings, *, port: int = DEFAULT_PORT, address: str | None = None) -> dict[str, str]:
    """Return the environment for every Airflow process of this home, starting the embedded cluster.

    address: of Airflow's metadata, as user@host:port/database; None: by the cluster's socket.
    Raises WarehouseUnavailableError when the cluster does not start.
    """
    sockets = cluster.start(settings.home, database=DATABASE).query["host"]
    address = address or f"postgres@localhost/{DATABASE}?host={sockets}"
    address_of_api = f"http://127.0.0.1:{port}"
    ours = {
        "AIRFLOW_HOME": str(airflow_home(settings)),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_DIRECTORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT_DIRECTORY / "dags" / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # each of LocalExecutor's slots is a process of 150 MB; the default of 32 fills a small machine
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__CORE__FERNET_KEY": secret(settings, "fernet_key"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address_of_api}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{address}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://{address}",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__API__BASE_URL": address_of_api,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__ENABLE_SWAGGER_UI": "False",
        "AIRFLOW__API__INSTANCE_NAME": "csc-warehouse",
        "AIRFLOW__API__SECRET_KEY": secret(settings, "api_secret_key"),
        "AIRFLOW__API_AUTH__JWT_SECRET": secret(settings, "jwt_secret"),
        # LocalExecutor does not renew a task's token, and a first load takes longer than the default ten minutes
        "AIRFLOW__EXECUTION_API__JWT_EXPIRATION_TIME": "86400",
        # a busy small machine answers late; five seconds would fail a task that only had to wait
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        # Airflow sets these modes itself, whatever the umask
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": " ".join(f"{name}={level}" for name, level in QUIET_LOGGERS.items()),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "PYTHONUTF8": "1",
        "CSC_WAREHOUSE_HOME": str(settings.home),
        "CSC_WAREHOUSE_EXPORTS": str(settings.exports),
    }
    return {**os.environ, **ours}


@contextmanager
def only_one(settings: Settings, what: str) -> Iterator[None]:
    """Hold this home's lock on Airflow; raise CscWarehouseError when another command holds it."""
    make_private(settings.home, holds_server=True)
    folder = airflow_home(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "command.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CscWarehouseError(
                f"Another make run, up, down or bi is at work on {settings.home}: wait until it ends, then {what}"
                " again."
            ) from error
        yield


def ensure_exports(settings: Settings) -> bool:
    """Write the synthetic council's exports where none are; return whether they were written.

    They appear whole or not at all: an interrupted writing must not look like a council that delivered half.
    """
    if "CSC_WAREHOUSE_EXPORTS" in os.environ or settings.exports.exists():
        return False
    from csc_warehouse.sample import write_sample

    partial = settings.exports.with_name(settings.exports.name + ".partial")
    if partial.exists():
        shutil.rmtree(partial)
    write_sample(partial)
    partial.rename(settings.exports)
    return True
