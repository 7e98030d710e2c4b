"""The server's compose file: readable by the oldest compose in use, and without a secret or an open door in it."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml

from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.support.debian import needs_program

FILE = PROJECT_DIRECTORY / "docker-compose.yml"
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load(FILE.read_text())


@needs_program("docker-compose", package="docker-compose")
def test_compose_file_when_read_by_compose_then_is_valid() -> None:
    command = ["docker-compose", "--file", str(FILE), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT_DIRECTORY)  # noqa: S603
    assert done.returncode == 0, done.stderr


def test_services_when_listed_then_are_postgres_and_airflows_four(compose: Any) -> None:
    assert set(compose["services"]) == {"postgres", "prepare", *AIRFLOW}
    assert all("healthcheck" in compose["services"][name] for name in ("postgres", *AIRFLOW))


def test_secrets_when_given_then_as_files(compose: Any) -> None:
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    environment = compose["x-airflow"]["environment"] | compose["services"]["postgres"]["environment"]
    for name, value in environment.items():
        if any(word in name for word in ("PASSWORD", "SECRET", "KEY", "SQL_ALCHEMY_CONN")):
            assert "/run/secrets/" in value, name
    used = {secret for service in compose["services"].values() for secret in service["secrets"]}
    assert used == set(compose["secrets"])


def test_secrets_when_made_then_are_those_of_the_compose_file(compose: Any, tmp_path: Any) -> None:
    import runpy

    script = runpy.run_path(str(PROJECT_DIRECTORY / "scripts" / "make_secrets.py"))
    names = {*script["PLAIN"], "fernet_key", "pseudonym_key", "warehouse_url", "airflow_url"}
    assert names == set(compose["secrets"])


def test_ports_when_published_then_to_this_machine_alone(compose: Any) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_networks_when_joined_then_only_the_pages_have_a_way_out(compose: Any) -> None:
    assert compose["networks"]["inside"] == {"internal": True}
    outside = {name for name, service in compose["services"].items() if set(service["networks"]) - {"inside"}}
    assert outside == {"api-server"}
