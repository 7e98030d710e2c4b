"""The values for Airflow's chart: parsed, without a secret, and with the settings of the compose file."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from csc_warehouse.settings import PROJECT_DIRECTORY

FILE = PROJECT_DIRECTORY / "docs" / "helm" / "values.yaml"
README = FILE.with_name("README.md")
OF_COMPOSE_ALONE = {
    # who answers where, and what the chart sets itself
    ("core", "executor"),
    ("core", "execution_api_server_url"),
    ("scheduler", "enable_health_check"),
    ("celery", "worker_concurrency"),
    ("logging", "namespace_levels"),
}


@pytest.fixture(scope="module")
def values() -> Any:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def test_values_when_read_then_say_that_they_were_not_run(values: Any) -> None:
    assert FILE.read_text(encoding="utf-8").startswith("# Not run")
    assert values["executor"] == "KubernetesExecutor"
    locked = re.search(
        r"^apache-airflow==(\S+)", (PROJECT_DIRECTORY / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert locked is not None
    assert values["airflowVersion"] == locked.group(1)


def test_settings_when_compared_with_compose_then_are_the_same(values: Any) -> None:
    compose = yaml.safe_load((PROJECT_DIRECTORY / "docker-compose.yml").read_text(encoding="utf-8"))
    environment = compose["x-airflow"]["environment"]
    settings = {
        (section.lower(), key.lower()): re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", str(value))
        for name, value in environment.items()
        if name.startswith("AIRFLOW__") and not name.endswith("_CMD")
        for section, key in [name.removeprefix("AIRFLOW__").split("__")]
    }
    told = {(section, key): str(value) for section, keys in values["config"].items() for key, value in keys.items()}
    expected = {name: value for name, value in settings.items() if name not in OF_COMPOSE_ALONE}
    # compose is tried on a machine of its own; a cluster's pages are people's, and their cookies are for https alone
    assert told.pop(("api", "base_url")).startswith("https://")
    assert expected.pop(("api", "base_url")).startswith("http://127.0.0.1")
    assert {name: told.get(name) for name in expected} == expected
    variables = {entry["name"]: entry["value"] for entry in values["env"]}
    for name in ("DBT_SEND_ANONYMOUS_USAGE_STATS", "DO_NOT_TRACK", "GX_ANALYTICS_ENABLED"):
        assert variables[name] == environment[name]
    assert environment["PGSSLMODE"].endswith(f":-{variables['PGSSLMODE']}}}")


def test_secrets_when_mounted_then_beside_the_pods_own_account_and_where_programs_look(values: Any) -> None:
    (folder,) = (mount["mountPath"] for mount in values["volumeMounts"] if mount["name"] == "csc-secrets")
    # Kubernetes mounts /run/secrets/kubernetes.io itself, which it cannot make below a mount that is read-only
    assert not Path("/run/secrets").is_relative_to(folder)
    variables = {entry["name"]: entry["value"] for entry in values["env"]}
    assert variables["CSC_SECRETS_FOLDER"] == folder
    assert variables["CSC_WAREHOUSE_KEY_FILE"] == f"{folder}/pseudonym_key"
    assert variables["PGSSLROOTCERT"] == f"{folder}/database_certificate"
    assert not [value for value in variables.values() if str(value).startswith("/run/secrets")]


def test_variables_when_compared_with_compose_then_none_is_left_out(values: Any) -> None:
    compose = yaml.safe_load((PROJECT_DIRECTORY / "docker-compose.yml").read_text(encoding="utf-8"))
    ours = {name for name in compose["x-airflow"]["environment"] if not name.startswith("AIRFLOW__")}
    variables = {entry["name"]: entry["value"] for entry in values["env"]}
    assert set(variables) == ours | {"CSC_SECRETS_FOLDER"}
    assert all(variables.values())


def test_configuration_when_mounted_then_is_the_councils_and_made_by_a_step(values: Any) -> None:
    (volume,) = (volume for volume in values["volumes"] if volume["name"] == "csc-config")
    (folder,) = (mount["mountPath"] for mount in values["volumeMounts"] if mount["name"] == "csc-config")
    (named,) = (entry["value"] for entry in values["env"] if entry["name"] == "CSC_WAREHOUSE_CONFIG")
    assert Path(named).parent == Path(folder)
    step = f"kubectl create configmap {volume['configMap']['name']} --from-file={Path(named).name}\n"
    assert step in README.read_text(encoding="utf-8")


def test_pages_when_behind_a_proxy_then_its_word_is_looked_at(values: Any) -> None:
    compose = yaml.safe_load((PROJECT_DIRECTORY / "docker-compose.yml").read_text(encoding="utf-8"))
    for command in (values["apiServer"]["args"], compose["services"]["api-server"]["command"]):
        assert command[:2] == ["airflow", "api-server"]
        assert "--proxy-headers" in command


def test_steps_when_they_read_a_secret_then_an_earlier_one_has_made_it(values: Any) -> None:
    text = README.read_text(encoding="utf-8")
    (folder,) = (mount["mountPath"] for mount in values["volumeMounts"] if mount["name"] == "csc-secrets")
    (made,) = re.findall(r"create secret generic csc-warehouse ((?:--from-file=\S+[\s\\]*)+)", text)
    held = set(re.findall(r"--from-file=secrets/(\S+)", made))
    read = set(re.findall(rf"{folder}/([\w.]*)", text + FILE.read_text(encoding="utf-8")))
    assert read <= held
    assert read >= {"admin_password", "pseudonym_key", "database_certificate"}
    assert "warehouse_url" in held  # the entry point's


def test_claims_when_logs_are_kept_then_the_steps_say_what_they_need(values: Any) -> None:
    assert values["logs"]["persistence"]["enabled"] is True
    assert "`logs.persistence.storageClassName`" in README.read_text(encoding="utf-8")
    assert "existingClaim" not in values["logs"]["persistence"]


@pytest.mark.parametrize("is_empty", [False, True])
def test_entry_point_when_secrets_lie_in_a_folder_of_their_own_then_reads_them_there(
    tmp_path: Path, is_empty: bool
) -> None:
    (tmp_path / "warehouse_url").write_text("postgresql://somewhere")
    (tmp_path / "pseudonym_key").write_text("" if is_empty else "a key")
    done = subprocess.run(  # noqa: S603  (our own program)
        ["/bin/sh", str(PROJECT_DIRECTORY / "docker" / "entrypoint.sh"), "printenv", "CSC_WAREHOUSE_URL"],
        env={"PATH": os.environ["PATH"], "CSC_SECRETS_FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if is_empty:
        assert done.returncode == 78
        assert done.stderr.startswith("The secret pseudonym_key is missing or empty")
    else:
        assert (done.returncode, done.stdout.strip()) == (0, "postgresql://somewhere")


def test_secrets_when_looked_for_then_are_named_and_none_is_written_down(values: Any) -> None:
    names = {values[key] for key in ("fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName")}
    assert names | {values["data"]["metadataSecretName"]} == {"csc-warehouse-airflow"}
    assert set(values["data"]) == {"metadataSecretName"}
    assert not {"fernetKey", "apiSecretKey", "jwtSecret", "webserverSecretKey"} & set(values)
    assert values["createUserJob"]["defaultUser"]["enabled"] is False


def test_pods_when_run_then_have_limits_a_closed_root_and_no_right_of_roots(values: Any) -> None:
    pod, container = values["securityContexts"]["pod"], values["securityContexts"]["containers"]
    assert (pod["runAsNonRoot"], pod["runAsUser"]) == (True, 50000)
    assert (container["readOnlyRootFilesystem"], container["allowPrivilegeEscalation"]) == (True, False)
    assert container["capabilities"] == {"drop": ["ALL"]}
    for name in ("apiServer", "scheduler", "dagProcessor", "triggerer", "workers"):
        assert values[name]["resources"]["limits"]["memory"], name
    assert {mount["name"] for mount in values["volumeMounts"]} == {volume["name"] for volume in values["volumes"]}
    assert next(mount for mount in values["volumeMounts"] if mount["name"] == "csc-exports")["readOnly"] is True
