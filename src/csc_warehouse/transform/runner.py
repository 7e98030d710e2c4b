"""Run dbt in this process, one layer of the warehouse at a time, and keep what each node did."""

from __future__ import annotations

import errno
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from csc_warehouse.errors import CscWarehouseError, NoSpaceError
from csc_warehouse.overlay import digest_of
from csc_warehouse.register import load_register
from csc_warehouse.settings import shipped
from csc_warehouse.transform import authority_tests, code_labels, column_tests, failures, messages
from csc_warehouse.transform.authority_tests import AuthorityTest
from csc_warehouse.transform.lean_sessions import lean_sessions
from csc_warehouse.warehouse import Warehouse
from csc_warehouse.warehouse.cluster import DATABASE

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

LOGGER = logging.getLogger(__name__)
DBT_PROJECT = shipped("dbt_project")
PROFILES = DBT_PROJECT / "profiles"
"""The profile of the nightly build; whoever types dbt has one of their own beside dbt_project.yml."""
THREADS = 4
"""More than cores: half of a node is this process's work and half the server's, and one waits for the other."""
ATTEMPTS = 3
"""Siblings that are replaced at once can deadlock in the server; the same statement passes when tried again."""
PAUSE_SECONDS = 0.5
SECONDS_BETWEEN_LINES = 2.0

PREPARED_PARSE = Path(sys.prefix) / "share" / "csc_warehouse" / "partial_parse.msgpack"
"""The project as it was parsed at installation; dbt parses anew only the files that differ since."""
_PARSE = Path("target", "partial_parse.msgpack")
_PARSED = Path("target", "parsed_project.sha256")
"""Which project the home's parse is of: that of an upgrade, or with another overlay, begins anew."""

PLANNER = "-c enable_nestloop=off -c enable_mergejoin=off -c jit=off -c work_mem=64MB"
"""How dbt's sessions plan. Every build reads whole tables, and staging's expressions have no statistics: the planner
expects one row where a hundred thousand come, and compares each with each. Hashing is right for all sizes here; where
only a loop can join (ranges), it is still used."""

Layer = Literal["identity", "indicators", "reporting"]
Progress = Callable[[int, int], object]
"""Called as each node begins, with its number and of how many."""

_IDENTITY = ("path:models/staging", "+int_children")
LAYERS: dict[Layer, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "identity": (("resource_type:seed", *_IDENTITY), ()),
    "indicators": (("path:models/intermediate", "path:models/marts/core", "path:models/marts/indicators"), _IDENTITY),
    "reporting": (("path:models/marts/reporting", "path:models/marts/restricted"), ()),
}
"""What is built in one go, by selected and excluded nodes: pseudonyms are assigned after the first, and the candidate
is checked and graded before the last. Each start of dbt costs as much as thirty models."""

_lock = threading.Lock()
_manifests: dict[tuple[Path, Path], Manifest] = {}
"""By home and dbt project."""


@dataclass(frozen=True)
class NodeResult:
    """What one model, seed or test did. `message` holds no value of a record."""

    name: str
    resource_type: str
    status: str
    seconds: float
    message: str
    authority_test: AuthorityTest | None = None
    """A test that holds the authorities it names, and lets the others be published."""
    unique_id: str = ""
    """How dbt knows the node; empty for a test that was not asked by dbt."""

    @property
    def is_failed(self) -> bool:
        """Tell whether this node stops the build: a warning does, unless it is the gate's to read."""
        return self.status in ("error", "fail", "runtime error") or (
            self.status == "warn" and self.authority_test is None
        )


@dataclass(frozen=True)
class LayerResult:
    """One layer's build: its nodes in the order in which they ended, and how long all of it took."""

    layer: str
    nodes: tuple[NodeResult, ...]
    seconds: float
    attempts: int


def build_layer(
    warehouse: Warehouse, layer: Layer, *, project: Path | None = None, progress: Progress | None = None
) -> LayerResult:
    """Build and test one layer of the dbt project; a deadlock is tried again, twice.

    project: the project with an overlay in it; None: the shipped one. What a test says of one authority alone is kept
    for the gate. Raises CscWarehouseError naming the first failed model or test, or what is wrong with the register,
    WarehouseUnavailableError when the server is lost.
    """
    selected, excluded = LAYERS[layer]
    started = time.monotonic()
    if layer == "identity":
        load_register((project or DBT_PROJECT) / "seeds")
        code_labels.check((project or DBT_PROJECT) / "seeds")
    done: dict[str, NodeResult] = {}
    attempt = 1
    while True:
        results = _build(warehouse, selected, excluded, progress, project)
        done.update({node.name: node for node in results})
        failed = [node for node in results if node.is_failed]
        if not failed:
            break
        if attempt == ATTEMPTS or not all(failures.is_tried_again(node.message) for node in failed):
            raise failures.of_nodes([*_failed_columns(warehouse, done, failed, project), *failed])
        again = [node.name for node in results if node.is_failed or node.status == "skipped"]
        LOGGER.info("Trying %s nodes of the layer %s again after a deadlock.", len(again), layer)
        selected = tuple(again)
        attempt += 1
        time.sleep(PAUSE_SECONDS)
    asked = _ask_columns(warehouse, done, project)
    if wrong := [node for node in asked if node.is_failed]:
        raise failures.of_nodes(wrong)
    done.update({node.name: node for node in asked})
    tests = [node.authority_test for node in done.values() if node.authority_test is not None]
    authority_tests.write(warehouse, layer, tests)
    return LayerResult(layer, tuple(done.values()), time.monotonic() - started, attempt)


def _ask_columns(warehouse: Warehouse, done: Mapping[str, NodeResult], project: Path | None) -> list[NodeResult]:
    """Ask the tests of columns about the models and seeds that were built."""
    built = {node.unique_id for node in done.values() if node.status == "success"}
    answers = column_tests.ask(warehouse, column_tests.find(parse_project(warehouse, project), built), PLANNER)
    return [NodeResult(each.name, "test", each.status, 0.0, messages.plain(each.message)) for each in answers]


def _failed_columns(
    warehouse: Warehouse, done: Mapping[str, NodeResult], failed: Sequence[NodeResult], project: Path | None
) -> list[NodeResult]:
    """Return the tests of columns that fail beside what failed: a wrong column is why a model upon it fails."""
    if any(failures.is_lost(node.message) for node in failed):
        return []
    return [node for node in _ask_columns(warehouse, done, project) if node.status == "fail"]


def parse_project(warehouse: Warehouse, project: Path | None = None) -> Manifest:
    """Parse the dbt project, or read the parse that this process already has, and return its manifest.

    project: as build_layer takes it.

    Raises CscWarehouseError with dbt's reason when the project does not parse.
    """
    home = warehouse.settings.home
    key = (home, project or DBT_PROJECT)
    with _lock:
        if key not in _manifests:
            database = warehouse.url.database or DATABASE
            try:
                _manifests[key] = _parse(_state_folder(warehouse), database, project)
            except OSError as error:
                is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
                raise (NoSpaceError if is_full else CscWarehouseError)(
                    f"dbt cannot work in {home}: {error.strerror}. Free space or correct the mode of that folder, then"
                    " run the command again; what was published stays as it is."
                ) from error
        return _manifests[key]


def write_manifest(warehouse: Warehouse, project: Path | None = None) -> Path:
    """Parse the dbt project as parse_project does, and return the file into which dbt writes its manifest."""
    parse_project(warehouse, project)
    return _state_folder(warehouse) / "target" / "manifest.json"


def prepare_parse(path: Path = PREPARED_PARSE) -> None:
    """Parse the dbt project and keep the parse where every home finds it; without a database, for an installation.

    Raises CscWarehouseError with dbt's reason when the project does not parse.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        _parse(Path(folder), DATABASE)
        made = Path(folder) / _PARSE
        # dbt writes none where the one that is there is still right
        if made.exists():
            made.replace(path)


def _parse(state: Path, database: str, project: Path | None = None) -> Manifest:
    changed_at, digest = _changed_at(project or DBT_PROJECT), digest_of(project or DBT_PROJECT)
    if (state / _PARSED).is_file() and (state / _PARSED).read_text(encoding="ascii") != digest:
        (state / _PARSE).unlink(missing_ok=True)
    known = [path for path in (state / _PARSE, PREPARED_PARSE) if path.is_file() and path.stat().st_mtime > changed_at]
    arguments = ["parse"]
    if known:
        arguments += ["--partial-parse-file-path", str(max(known, key=lambda path: path.stat().st_mtime))]
    else:
        # of a parse from before a change dbt keeps tests without what their YAML says of them, and moved ones twice
        (state / _PARSE).unlink(missing_ok=True)
    # nothing is asked of a server, and a parse is of use to all homes only if it names none
    nowhere = _parameters(host="localhost", port=5432, user="postgres", password="", database=database)
    outcome = _invoke(state, nowhere, None, arguments, project=project)
    if isinstance(outcome.exception, OSError):
        raise outcome.exception
    if not outcome.success:
        raise CscWarehouseError(f"The dbt project does not parse: {messages.plain(str(outcome.exception))}.")
    (state / _PARSED).parent.mkdir(parents=True, exist_ok=True)
    (state / _PARSED).write_text(digest, encoding="ascii")
    manifest: Manifest = outcome.result
    return manifest


def _changed_at(project: Path) -> float:
    """Return when a file of the project was last written, as seconds since 1970."""
    folders = [project / name for name in ("macros", "models", "seeds", "tests")]
    files = [project / "dbt_project.yml", *(path for folder in folders for path in folder.rglob("*"))]
    return max((path.stat().st_mtime for path in files if path.exists()), default=0.0)


def run_unit_tests(
    warehouse: Warehouse, selected: Sequence[str] = (), *, project: Path | None = None
) -> tuple[NodeResult, ...]:
    """Run the unit tests of the models selected (default: all) and return their results, failed ones among them.

    The relations that the models read must exist, with or without rows: dbt takes the columns of a fixture from them.
    project: a trial copy of the dbt project; None: the shipped one.
    """
    patterns = [f"{name},test_type:unit" for name in selected] or ["test_type:unit"]
    arguments = ["test", "--select", *patterns]
    if project is None:
        manifest, state = parse_project(warehouse), _state_folder(warehouse)
    else:
        # a copy changes between two trials, and its state is none of the nights'
        state = _state_folder(warehouse) / "trial"
        manifest = _parse(state, warehouse.url.database or DATABASE, project)
    return _results(_invoke(state, connection_parameters(warehouse), manifest, arguments, project=project))


def _build(
    warehouse: Warehouse,
    selected: Sequence[str],
    excluded: Sequence[str],
    progress: Progress | None,
    project: Path | None,
) -> tuple[NodeResult, ...]:
    manifest = parse_project(warehouse, project)
    arguments = ["build", "--select", *selected, "--exclude-resource-type", "unit_test"]
    # these are asked together, after the layer
    excluded = [*excluded, *(f"test_name:{kind}" for kind in column_tests.kinds_asked_here(manifest))]
    if excluded:
        arguments += ["--exclude", *excluded]
    state, parameters = _state_folder(warehouse), connection_parameters(warehouse)
    return _results(_invoke(state, parameters, manifest, arguments, progress, project=project))


def _state_folder(warehouse: Warehouse) -> Path:
    """Return where dbt keeps its state: below the home, so that two homes can build at once."""
    return warehouse.settings.home / "dbt"


def _invoke(
    state: Path,
    parameters: dict[str, str],
    manifest: Manifest | None,
    arguments: Sequence[str],
    progress: Progress | None = None,
    *,
    project: Path | None = None,
) -> Any:
    """Call dbt as its command line would."""
    from dbt.cli.main import dbtRunner  # imported here: four seconds that no other command should wait for

    state.mkdir(parents=True, exist_ok=True)
    # logs and run results would keep database messages, which may quote a record: only the manifest is written
    command = [
        "--quiet", "--no-use-colors", "--log-level", "none", "--log-level-file", "none",
        "--log-path", str(state / "logs"),
        "--write-json" if arguments[0] == "parse" else "--no-write-json",
        *arguments,
        "--project-dir", str(project or DBT_PROJECT), "--profiles-dir", str(PROFILES),
        "--target-path", str(state / "target"),
    ]  # fmt: skip
    if arguments[0] != "parse":
        command += ["--threads", str(THREADS)]
    with lent_environment(parameters), lean_sessions():
        return dbtRunner(manifest=manifest, callbacks=[_teller(progress)] if progress else []).invoke(command)


def _teller(progress: Progress) -> Callable[[Any], None]:
    """Return what passes dbt's start lines on as progress, so seldom that a log stays one that can be read."""
    told_at = float("-inf")

    def tell(event: Any) -> None:
        nonlocal told_at
        if event.info.name == "LogStartLine" and time.monotonic() - told_at >= SECONDS_BETWEEN_LINES:
            told_at = time.monotonic()
            progress(event.data.index, event.data.total)

    return tell


def connection_parameters(warehouse: Warehouse) -> dict[str, str]:
    """Return what profiles.yml reads of a warehouse's connection."""
    url = warehouse.url
    return _parameters(
        host=str(url.query.get("host") or url.host or "localhost"),
        port=url.port or 5432,
        user=url.username or "postgres",
        password=str(url.password or ""),
        database=url.database or DATABASE,
        sslmode=str(url.query.get("sslmode") or "prefer"),
        options=warehouse.session_options,
    )


def _parameters(
    *,
    host: str,
    port: int,
    user: str,
    password: str,
    database: str,
    sslmode: str = "prefer",
    options: str = "",
) -> dict[str, str]:
    """Return what profiles.yml reads; dbt masks the value of whatever begins with DBT_ENV_SECRET_."""
    return {
        "DBT_HOST": host,
        "DBT_PORT": str(port),
        "DBT_USER": user,
        "DBT_ENV_SECRET_PASSWORD": password,
        "DBT_DATABASE": database,
        "DBT_SSLMODE": sslmode,
        "PGOPTIONS": f"{PLANNER} {options}".strip(),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def indicator_models(project: Path | None = None) -> list[str]:
    """List the models that yield an indicator's records, by their files.

    project: the dbt project; None: the shipped one.
    """
    folder = (project or DBT_PROJECT) / "models" / "marts" / "indicators"
    return sorted(path.stem for path in folder.rglob("ind_*.sql"))


@contextmanager
def lent_environment(variables: dict[str, str]) -> Iterator[None]:
    """Lend dbt its parameters: a profile can read them from the process environment only."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _results(outcome: Any) -> tuple[NodeResult, ...]:
    """Turn dbt's outcome into typed results; raise when dbt itself failed before any node ran."""
    if outcome.result is None or not hasattr(outcome.result, "results"):
        raise failures.before_any_node(messages.plain(str(outcome.exception)))
    return tuple(
        NodeResult(
            name=result.node.name,
            resource_type=str(result.node.resource_type),
            status=str(result.status),
            seconds=float(result.execution_time or 0),
            message=messages.kept(str(result.node.resource_type), str(result.status), str(result.message or "")),
            authority_test=authority_tests.of_node(result.node, is_failed=str(result.status) == "warn"),
            unique_id=str(result.node.unique_id),
        )
        for result in outcome.result.results
    )
