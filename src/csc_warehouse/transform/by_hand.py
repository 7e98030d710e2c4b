"""dbt as a person types it: the home's connection, and schemas of its own (dev_*), never the candidate of a night."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from csc_warehouse import overlay
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import DEFAULT_HOME, PROJECT_DIRECTORY
from csc_warehouse.transform import runner
from csc_warehouse.warehouse import Warehouse, cluster

TARGET = "dev"
NO_SERVER_YET = "/nowhere-before-make-run"
_PIPELINE_TARGET = "warehouse"
_READS_ONLY = ("docs", "ls", "list", "parse", "compile", "show")
"""Commands that build nothing: they may look at the nightly build's own relations."""

_PROFILE = """\
# Written by the installation for whoever types dbt in this checkout: the default home's embedded server, and the target
# dev (schemas dev_*). Each value gives way to the environment. For another home or server: csc-warehouse dbt ARGS...
csc_warehouse:
  target: dev
  outputs:
    dev:
      type: postgres
      host: "{{{{ env_var('DBT_HOST', '{host}') }}}}"
      port: "{{{{ env_var('DBT_PORT', '5432') | as_number }}}}"
      user: "{{{{ env_var('DBT_USER', 'postgres') }}}}"
      password: "{{{{ env_var('DBT_ENV_SECRET_PASSWORD', '') }}}}"
      dbname: "{{{{ env_var('DBT_DATABASE', '{database}') }}}}"
      sslmode: "{{{{ env_var('DBT_SSLMODE', 'prefer') }}}}"
      schema: intermediate
      threads: 4
"""


def write_profile(project: Path = PROJECT_DIRECTORY, home: Path = DEFAULT_HOME) -> list[Path]:
    """Write the profile for dbt by hand, git-ignored, into the checkout and into its dbt project; return the files.

    It names the socket of the default home's embedded server, as libpq takes only an absolute path, and no secret.
    Before the home has a server it names none that answers: nothing that asks no server needs one.
    """
    host = cluster.socket_folder(home) or NO_SERVER_YET
    text = _PROFILE.format(host=host, database=cluster.DATABASE)
    paths = [project / "profiles.yml", project / "dbt_project" / "profiles.yml"]
    for path in paths:
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return paths


def run(warehouse: Warehouse, arguments: Sequence[str]) -> int:
    """Run dbt with a home's connection and the target dev, and return its exit code: 0 done, 1 failed, 2 wrong use.

    The project is the one that a night would build now: the shipped one with the overlay laid over it. Raises
    UsageError where it is to build into the nightly candidate, and where the overlay has a fault.
    """
    from dbt.cli.main import dbtRunner

    given = list(arguments)
    target = _given_target(given)
    builds = not given or given[0] not in _READS_ONLY
    if target == _PIPELINE_TARGET and builds:
        raise UsageError(
            "By hand nothing is built into the candidate of a night: leave --target out (dev, schemas dev_*), or use"
            " csc-warehouse build."
        )
    state = warehouse.settings.home / "dbt" / "by_hand"
    state.mkdir(parents=True, exist_ok=True)
    project = overlay.present(warehouse.settings)
    command = [*given, "--project-dir", str(project), "--profiles-dir", str(runner.PROFILES)]
    command += ["--target-path", str(state / "target"), "--log-path", str(state / "logs")]
    if target is None:
        command += ["--target", TARGET]
    with runner.lent_environment(runner.connection_parameters(warehouse) | _nightly_build(warehouse)):
        outcome = dbtRunner().invoke(command)
    if outcome.exception is not None:
        return 2
    return 0 if outcome.success else 1


def _nightly_build(warehouse: Warehouse) -> dict[str, str]:
    """Return what lets dbt read from the last nightly build whatever was not built by hand (dbt's defer)."""
    state = warehouse.settings.home / "dbt" / "target"
    if not (state / "manifest.json").is_file():
        return {}
    return {"DBT_DEFER": "true", "DBT_STATE": str(state)}


def write_documentation(warehouse: Warehouse, path: Path) -> Path:
    """Write dbt's documentation with its lineage into one file that needs no server and no network; return the file.

    It describes the relations of the nightly build and builds none. Raises UsageError where dbt cannot write it.
    """
    code = run(warehouse, ["docs", "generate", "--static", "--quiet", "--target", _PIPELINE_TARGET])
    made = warehouse.settings.home / "dbt" / "by_hand" / "target" / "static_index.html"
    if code or not made.is_file():
        raise UsageError("dbt could not write its documentation: its own words stand above.")
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made, path)
    return path


def _given_target(arguments: Sequence[str]) -> str | None:
    for place, argument in enumerate(arguments):
        if argument in ("--target", "-t") and place + 1 < len(arguments):
            return arguments[place + 1]
        if argument.startswith("--target="):
            return argument.partition("=")[2]
    return None
