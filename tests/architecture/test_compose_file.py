"""The server's compose file: readable by the oldest compose in use, and without a secret or an open door in it."""

from __future__ import annotations

import re
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from csc_warehouse.contracts.nights import nights
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.warehouse.cluster import LOGGING
from tests.support.debian import needs_program

FILE = PROJECT_DIRECTORY / "docker-compose.yml"
DOCKERFILES = (
    PROJECT_DIRECTORY / "Dockerfile",
    PROJECT_DIRECTORY / "docker" / "superset" / "Dockerfile",
    PROJECT_DIRECTORY / "docker" / "sftp" / "Dockerfile",
)
OVERRIDES = ("docker/own-folder.yml", "docker/way-out.yml", "docker/point-in-time.yml")
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer", "worker")
ONCE = ("prepare", "superset-login")
PROFILES = {"redis": "scale", "worker": "scale", "superset-login": "bi", "superset": "bi", "mail": "trial"}
ROOT_RIGHTS_OF_SFTP = {"SYS_CHROOT", "SETUID", "SETGID", "KILL"}


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def services(compose: Any) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def _config(folder: Path, *files: str, how: str = "--quiet", **variables: str) -> subprocess.CompletedProcess[str]:
    # whatever .env whoever runs the tests has in the checkout
    empty = folder / "empty.env"
    empty.touch()
    command = ["docker-compose", "--env-file", str(empty), "--file", str(FILE)]
    command += [word for name in files for word in ("--file", str(PROJECT_DIRECTORY / name))]
    return subprocess.run(  # noqa: S603  (compose and our own files)
        [*command, "config", *how.split()],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT_DIRECTORY,
        # no more of this machine than where its programs are
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), **variables},
    )


@needs_program("docker-compose", package="docker-compose")
def test_compose_file_when_read_by_compose_then_is_valid_with_each_override(tmp_path: Path) -> None:
    for files in ((), *((name,) for name in OVERRIDES)):
        done = _config(
            tmp_path, *files, CSC_SECRETS="./secrets", CSC_EXPORTS="/srv/exports", CSC_DATABASE_COPIES="/srv/copies"
        )
        assert done.returncode == 0, done.stderr


@needs_program("docker-compose", package="docker-compose")
def test_compose_file_when_no_secrets_were_made_then_refuses_and_says_how_to_make_them(tmp_path: Path) -> None:
    for variables in ({}, {"CSC_SECRETS": ""}):
        done = _config(tmp_path, **variables)
        assert done.returncode != 0
        assert "make them first with python3 scripts/make_secrets.py" in done.stderr


def test_services_when_listed_then_each_is_there_with_its_profile(services: dict[str, Any]) -> None:
    assert set(services) == {"postgres", "sftp", *AIRFLOW, *ONCE, *PROFILES}
    assert {name: service["profiles"] for name, service in services.items() if "profiles" in service} == {
        name: [profile] for name, profile in PROFILES.items()
    }


def test_update_when_it_is_documented_then_builds_every_image(services: dict[str, Any]) -> None:
    text = (PROJECT_DIRECTORY / "docs" / "runbooks" / "on-a-server.md").read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("docker-compose build --pull "))
    command, _, remark = line.partition("#")
    built = {name for name, service in services.items() if "build" in service}
    assert set(command.split()[3:]) == built - set(PROFILES)
    assert {PROFILES[name] for name in built & set(PROFILES)} == {"bi"}
    assert all(name in remark for name in built & set(PROFILES))
    # whoever has the image of one that is built runs what was built
    images = {services[name]["image"] for name in built}
    assert {service["image"] for service in services.values() if "csc-warehouse" in service["image"]} == images


@needs_program("docker-compose", package="docker-compose")
def test_image_when_the_server_is_of_another_version_then_is_built_with_its_client_programs(tmp_path: Path) -> None:
    for variables, package in (
        ({}, "postgresql-client"),
        ({"POSTGRES_CLIENT": "postgresql-client-16"}, "postgresql-client-16"),
    ):
        done = _config(tmp_path, how="", CSC_SECRETS="./secrets", **variables)
        assert yaml.safe_load(done.stdout)["services"]["prepare"]["build"]["args"]["POSTGRES_CLIENT"] == package
    dockerfile = DOCKERFILES[0].read_text(encoding="utf-8")
    assert "\nARG POSTGRES_CLIENT=postgresql-client\n" in dockerfile
    assert re.search(r"apt-get install [^&]*\"\$\{POSTGRES_CLIENT\}\"", dockerfile)


def test_services_when_they_go_on_then_have_a_health_check_and_begin_anew(services: dict[str, Any]) -> None:
    for name, service in services.items():
        if name in ONCE:
            assert service["restart"] == "no", name
        else:
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_services_when_started_then_wait_for_what_they_need_to_be_well(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if needed in ONCE else "service_healthy"
            assert how == {"condition": expected}, (name, needed)
    assert set(services["worker"]["depends_on"]) == {"prepare", "api-server", "redis"}
    assert set(services["scheduler"]["depends_on"]) == {"prepare", "api-server"}


def test_services_when_run_then_have_limits_a_closed_root_and_no_right_of_roots(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["mem_limit"], name
        assert service["pids_limit"] > 0, name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"]["max-size"], name
        assert not service.get("privileged"), name
        assert not {"pid", "ipc", "devices", "network_mode"} & set(service), name


def test_services_when_run_then_none_is_root_but_the_one_that_shuts_suppliers_in(services: dict[str, Any]) -> None:
    root = {name for name, service in services.items() if service.get("user", "root").split(":")[0] in {"root", "0"}}
    assert root == {"sftp"}
    assert {name: set(service["cap_add"]) for name, service in services.items() if "cap_add" in service} == {
        "sftp": ROOT_RIGHTS_OF_SFTP
    }


def test_sftp_when_configured_then_takes_keys_alone_for_files_alone_in_a_folder_of_its_own() -> None:
    text = (PROJECT_DIRECTORY / "docker" / "sftp" / "sshd_config").read_text(encoding="utf-8")
    told = dict(line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#"))
    assert told["AuthenticationMethods"] == "publickey"
    assert {told[name] for name in ("PasswordAuthentication", "KbdInteractiveAuthentication", "PermitRootLogin")} == {
        "no"
    }
    assert told["ChrootDirectory"] == "/drop/%u"
    assert told["ForceCommand"].startswith("internal-sftp ")
    assert told["ForceCommand"].endswith(" -P symlink,hardlink")
    assert (told["DisableForwarding"], told["PermitTTY"]) == ("yes", "no")


def test_drop_when_shared_out_then_every_source_has_its_folder_everywhere(services: dict[str, Any]) -> None:
    sources = sorted(nights())
    sftp = (PROJECT_DIRECTORY / "docker" / "sftp" / "sshd_config").read_text(encoding="utf-8")
    assert re.search(r"^AllowUsers (.+)$", sftp, re.MULTILINE).group(1).split() == sources  # type: ignore[union-attr]
    for dockerfile in (DOCKERFILES[0], DOCKERFILES[2]):
        assert f"for source in {' '.join(sources)};" in dockerfile.read_text(encoding="utf-8")
    for source in sources:
        assert f"drop_{source}:/drop/{source}/deliveries" in services["sftp"]["volumes"]
        for name in ("scheduler", "worker"):
            assert f"drop_{source}:/srv/csc/exports/{source}:ro" in services[name]["volumes"]
    own = yaml.safe_load((PROJECT_DIRECTORY / "docker" / "own-folder.yml").read_text(encoding="utf-8"))
    assert sorted(own["volumes"]) == [f"drop_{source}" for source in sources]


def test_secrets_when_given_then_as_files_of_a_folder_that_has_to_be_named(compose: Any) -> None:
    for name, secret in compose["secrets"].items():
        folder, _, file = secret["file"].rpartition("/")
        assert file == name
        assert folder.startswith("${CSC_SECRETS:?")
    used = {secret for service in compose["services"].values() for secret in service.get("secrets", ())}
    assert used == set(compose["secrets"])


def test_secrets_when_configured_then_no_variable_holds_one_or_has_one_by_default(compose: Any) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if any(word in variable for word in ("PASSWORD", "SECRET", "KEY", "SQL_ALCHEMY_CONN", "BROKER_URL")):
                assert "/run/secrets/" in value, (name, variable)
    text = FILE.read_text(encoding="utf-8")
    assert not re.search(r"\$\{\w*(PASSWORD|SECRET_KEY|TOKEN)\w*:?-", text)


def test_secrets_when_made_then_are_those_of_the_compose_file(compose: Any) -> None:
    script = runpy.run_path(str(PROJECT_DIRECTORY / "scripts" / "make_secrets.py"))
    names = {*script["PLAIN"], "fernet_key", "pseudonym_key", "warehouse_url", "airflow_url", "broker_url"}
    assert {*names, *script["CERTIFICATE"], script["HOST_KEY"]} == set(compose["secrets"])


def test_secrets_when_handed_out_then_to_who_needs_them(services: dict[str, Any]) -> None:
    holders = {
        secret: {name for name, service in services.items() if secret in service.get("secrets", ())}
        for secret in ("postgres_password", "database_key", "admin_password", "sftp_host_key", "superset_secret_key")
    }
    assert holders == {
        "postgres_password": {"postgres"},
        "database_key": {"postgres"},
        "admin_password": {"prepare"},
        "sftp_host_key": {"sftp"},
        "superset_secret_key": {"superset"},
    }
    assert "pseudonym_key" not in services["superset-login"]["secrets"]


def test_images_when_they_read_secrets_then_refuse_an_empty_one_in_a_sentence() -> None:
    for name in ("entrypoint.sh", "postgres/serve.sh", "redis/serve.sh", "sftp/serve.sh", "superset/start.sh"):
        text = (PROJECT_DIRECTORY / "docker" / name).read_text(encoding="utf-8")
        assert "is missing or empty: python3 scripts/make_secrets.py makes it" in text, name
        assert "exit 78" in text, name


def test_database_when_connected_to_then_by_tls_with_the_servers_own_certificate(services: dict[str, Any]) -> None:
    for name in (*AIRFLOW, *ONCE, "superset"):
        environment = services[name]["environment"]
        assert environment["PGSSLMODE"] == "${CSC_DATABASE_TLS:-verify-full}", name
        assert "/run/secrets/database_certificate" in environment["PGSSLROOTCERT"], name
        assert "database_certificate" in services[name]["secrets"], name
    rules = (PROJECT_DIRECTORY / "docker" / "postgres" / "pg_hba.conf").read_text(encoding="utf-8")
    kinds = [line.split()[0] for line in rules.splitlines() if line and not line.startswith("#")]
    assert kinds == ["local", "local", "hostssl"]
    assert "-c ssl=on" in (PROJECT_DIRECTORY / "docker" / "postgres" / "serve.sh").read_text(encoding="utf-8")


def test_database_when_it_logs_then_holds_what_the_embedded_servers_log_holds() -> None:
    script = (PROJECT_DIRECTORY / "docker" / "postgres" / "serve.sh").read_text(encoding="utf-8")
    assert dict(re.findall(r"-c (log_\w+)=(\S+)", script)) == LOGGING


def test_database_when_its_log_is_kept_then_is_served_as_otherwise(services: dict[str, Any]) -> None:
    kept = yaml.safe_load((PROJECT_DIRECTORY / "docker" / "point-in-time.yml").read_text(encoding="utf-8"))
    usual, told = services["postgres"]["command"], kept["services"]["postgres"]["command"]
    assert told[: len(usual)] == usual
    assert {word.partition("=")[0] for word in told[len(usual) :]} == {
        "-c", "archive_mode", "archive_command", "archive_timeout",
    }  # fmt: skip


def test_ports_when_published_then_to_this_machine_alone(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports
    # the drop has suppliers on other machines: whoever runs it may ask for another address, and nobody gets it unasked
    assert all(port.startswith(("127.0.0.1:", "${CSC_SFTP_ADDRESS:-127.0.0.1}:")) for port in ports)
    inner = [int(port.rpartition(":")[2]) for port in ports]
    assert min(inner) > 1023


def test_networks_when_joined_then_only_the_pages_have_a_way_out(compose: Any) -> None:
    networks = compose["networks"]
    assert networks["inside"] == {"internal": True}
    outside = {name for name, service in compose["services"].items() if set(service["networks"]) - {"inside"}}
    assert outside == {"api-server", "sftp", "superset", "mail"}
    for name in set(networks) - {"inside"}:
        assert networks[name]["driver_opts"] == {"com.docker.network.bridge.enable_ip_masquerade": "false"}
    # who can be reached by suppliers reaches neither the databases nor the pages
    assert compose["services"]["sftp"]["networks"] == ["drop"]


def test_images_when_built_then_from_the_locks_alone_and_leave_the_tools_behind() -> None:
    for dockerfile, lock in zip(DOCKERFILES[:2], ("${LOCK}", "requirements-bi.lock"), strict=True):
        building, _, running = dockerfile.read_text(encoding="utf-8").rpartition("\nFROM ")
        # uv itself, with its exact version, then what the lock names with their hashes, then this package alone
        installs = re.findall(r"(?:pip install|pip sync) .*", building)
        assert installs[0].endswith('--target /opt/uv "uv==${UV_VERSION}"')
        assert "--require-hashes" in installs[1]
        assert installs[1].endswith(f" {lock}")
        assert all("--no-deps" in line for line in installs[2:])
        assert not re.search(r"pip (install|sync)|gcc|build-essential|-dev\b", running)
        assert "-name 'pip'" in running
        user = re.findall(r"^USER (\S+)$", running, re.MULTILINE)
        assert user == ["50000:50000"]


def test_lock_of_the_image_when_none_is_named_then_is_that_of_production() -> None:
    assert "ARG LOCK=requirements.lock\n" in DOCKERFILES[0].read_text(encoding="utf-8")


def test_uv_when_images_are_built_then_is_of_the_version_of_the_makefile() -> None:
    makefile = (PROJECT_DIRECTORY / "Makefile").read_text(encoding="utf-8")
    version = re.search(r"^UV_VERSION := (\S+)$", makefile, re.MULTILINE)
    assert version is not None
    for dockerfile in DOCKERFILES[:2]:
        assert f"ARG UV_VERSION={version.group(1)}\n" in dockerfile.read_text(encoding="utf-8")
