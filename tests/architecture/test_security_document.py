"""The threat model: each threat names tests that are there, and every role and secret has its row."""

from __future__ import annotations

import ast
import re
import typing

import pytest
import yaml
from pydantic import SecretStr

from csc_warehouse import configuration
from csc_warehouse.privacy.grants import ROLES
from csc_warehouse.settings import PROJECT_DIRECTORY, Config

DOCS = PROJECT_DIRECTORY / "docs"
TEXT = (DOCS / "security.md").read_text(encoding="utf-8")
THREATS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.partition("## Threats")[2].partition("\n## ")[0].splitlines()
    if line.startswith("| ") and not line.startswith("| who |")
]
NAMED = re.compile(r"\[(test_\w+)\]\(([^)]+)\)")


def _tests(path: str) -> set[str]:
    tree = ast.parse((DOCS / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_threats_when_listed_then_each_says_who_what_how_and_by_which_test() -> None:
    assert len(THREATS) > 20
    for threat in THREATS:
        assert len(threat) == 4, threat
        assert all(threat), threat
        assert NAMED.search(threat[3]), threat
        # nothing but tests stands in the last column
        assert NAMED.sub("", threat[3]).strip(" ,|") == "", threat


@pytest.mark.parametrize("threat", THREATS, ids=lambda threat: f"{threat[0]} {threat[1]}"[:60])
def test_test_when_a_threat_names_it_then_is_in_that_file(threat: list[str]) -> None:
    assert [name for name, path in NAMED.findall(threat[3]) if name not in _tests(path)] == []


def test_rights_when_listed_then_every_role_has_its_line() -> None:
    listed = TEXT.partition("## Rights of services and accounts")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(csc_\w+)`", listed)) == set(ROLES)


def test_secrets_of_the_containers_when_listed_then_each_can_be_changed() -> None:
    compose = yaml.safe_load((PROJECT_DIRECTORY / "docker-compose.yml").read_text(encoding="utf-8"))
    listed = TEXT.partition("## Secrets, and how each is changed")[2].partition("\n## ")[0]
    words = {
        "pseudonym_key": "key of the pseudonyms",
        "admin_password": "account of the pages",
        "fernet_key": "fernet key",
        "jwt_secret": "`jwt_secret`",
        "api_secret_key": "`api_secret_key`",
        "postgres_password": "database's accounts",
        "warehouse_password": "database's accounts",
        "airflow_password": "database's accounts",
        "warehouse_url": "the new address into `secrets/`",
        "airflow_url": "the new address into `secrets/`",
    }
    assert set(words) <= set(compose["secrets"])
    assert [name for name, said in words.items() if said not in listed] == []


def test_secrets_when_listed_then_every_key_of_the_configuration_and_every_other_holder_has_a_row() -> None:
    listed = TEXT.partition("## Secrets, and how each is changed")[2].partition("\n## ")[0]
    rows = [line for line in listed.splitlines() if line.startswith("| ") and line.count(" | ") == 2]
    secret = {
        name
        for name, _, _, field in configuration.keys(Config)
        if SecretStr in (field.annotation, *typing.get_args(field.annotation))
    }
    assert {"sftp.password", "replicas.NAME.url", "notification.webhook_url"} <= secret
    elsewhere = {"notification.smtp_password_file", "sftp.key_file", "OIDC_CLIENT_SECRET_FILE", "superset"}
    assert [key for key in sorted(secret | elsewhere) if not any(f"`{key}`" in row for row in rows)] == []
    # as scripts/airflow_home.py makes them
    home = (PROJECT_DIRECTORY / "scripts" / "airflow_home.py").read_text(encoding="utf-8")
    made = set(re.findall(r'secret\(settings, "(\w+)"\)', home))
    of_a_home = [row for row in rows if "a home of `make up`" in row]
    assert len(made) == 3
    assert [name for name in sorted(made) if not any(f"`{name}`" in row for row in of_a_home)] == []
