"""The semantic layer: metrics asked by name, reckoned by MetricFlow from the published marts, as an analyst."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from csc_warehouse import overlay
from csc_warehouse.errors import CscWarehouseError, UsageError, listed, offer
from csc_warehouse.register import semantics
from csc_warehouse.transform import runner
from csc_warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest

TARGET = "dev"
_PARSED = "parsed_project.sha256"
_REFUSAL = re.compile(rf'"([^"]*{semantics.NOT_ADDED}[^"]*)"')
_NOT_COPIED = shutil.ignore_patterns("target", "logs", "profiles.yml", "__pycache__")


@dataclass(frozen=True)
class Answer:
    """What a metric was found to be: the names of the columns, and the rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Metric:
    """A metric that may be asked, with what it says of itself and by what it may be grouped."""

    name: str
    label: str
    description: str
    group_by: tuple[str, ...]


class SemanticLayer:
    """The metrics of one warehouse; its statements can only read, and see what the warehouse's role sees."""

    def __init__(self, warehouse: Warehouse) -> None:
        """Take a warehouse that acts as an analyst; parse the project of a night where it is not the one parsed last.

        Raises UsageError where MetricFlow is not installed, CscWarehouseError where the project does not parse.
        """
        if find_spec("metricflow") is None:
            raise UsageError(
                "MetricFlow is not in this installation: the extra semantic brings it (pip install"
                " csc-warehouse[semantic]); a checkout's make install has it."
            )
        self._warehouse = warehouse
        self._engine = _engine(_parsed(warehouse))

    def metrics(self) -> list[Metric]:
        """List the metrics by name, without what serves only to reckon or check another."""
        return [
            Metric(metric.name, metric.label or "", metric.description or "", self._ways(metric.name))
            for metric in self._engine.list_metrics(include_dimensions=False)
            if not metric.name.endswith(semantics.CHECKS)
        ]

    def query(
        self,
        metrics: Sequence[str],
        group_by: Sequence[str] = (),
        *,
        where: Sequence[str] = (),
        order_by: Sequence[str] = (),
        limit: int | None = None,
    ) -> Answer:
        """Return the metrics by what they are grouped by; figures exact, as the server reckons them.

        group_by: as MetricFlow writes it, metric_time__quarter or figure__group. where: conditions in its words,
        "{{ Dimension('figure__group') }} = 'SPOA'".

        Raises UsageError where a metric cannot be asked so, naming what would be right.
        """
        statement = self.statement(metrics, group_by, where=where, order_by=order_by, limit=limit)
        try:
            with self._warehouse.raw_connection() as connection:
                connection.read_only = True
                cursor = connection.execute(statement.encode())
                columns = tuple(column.name for column in cursor.description or ())
                return Answer(columns, cursor.fetchall())
        except psycopg.errors.DataError as error:
            refused = _REFUSAL.search(str(error))
            if refused is None:
                raise
            raise UsageError(f"{refused[1]}.") from error
        except psycopg.errors.UndefinedTable as error:
            raise CscWarehouseError(
                "There is nothing to read yet: csc-warehouse status tells what has landed and what is published."
            ) from error
        except (psycopg.ProgrammingError, psycopg.errors.ReadOnlySqlTransaction) as error:
            first = str(error).splitlines()[0]
            raise UsageError(f"The server cannot answer that ({first}): look at --where.") from error

    def statement(
        self,
        metrics: Sequence[str],
        group_by: Sequence[str] = (),
        *,
        where: Sequence[str] = (),
        order_by: Sequence[str] = (),
        limit: int | None = None,
    ) -> str:
        """Return the statement by which a question is answered. Raises UsageError as query does."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest
        from metricflow_semantics.errors.error_classes import InvalidQueryException

        known = [
            metric.name
            for metric in self._engine.list_metrics(include_dimensions=False)
            if not metric.name.endswith(semantics.CHECKS)
        ]
        for name in metrics:
            if name not in known:
                raise UsageError(f"{name} is no metric: {offer(name, known)} csc-warehouse mf list names all.")
        request: MetricFlowQueryRequest = MetricFlowQueryRequest.create(
            metric_names=list(metrics),
            group_by_names=list(group_by),
            where_constraints=list(where) or None,
            order_by_names=list(order_by or group_by),
            limit=limit,
        )
        try:
            return self._engine.explain(mf_request=request).sql_statement.without_descriptions.sql
        except InvalidQueryException as error:
            ways = sorted(set.intersection(*(set(self._ways(name)) for name in metrics))) if metrics else []
            raise UsageError(
                f"{listed(metrics)} cannot be asked by {listed(group_by) or 'nothing'}"
                f"{' where ' + listed(where) if where else ''}: it can be grouped by {listed(ways, most=len(ways))}."
            ) from error

    def _ways(self, metric: str) -> tuple[str, ...]:
        dimensions = self._engine.simple_dimensions_for_metrics([metric])
        entities = [entity.name for entity in self._engine.entities_for_metrics([metric])]
        return tuple(sorted({*(dimension.dunder_name for dimension in dimensions), *entities}))


def _parsed(warehouse: Warehouse) -> Path:
    """Return the semantic manifest of the project as it is now, with its metrics written anew from the register."""
    from dbt.cli.main import dbtRunner

    project = overlay.present(warehouse.settings)
    place = warehouse.settings.home / "dbt" / "semantic"
    manifest = place / "target" / "semantic_manifest.json"
    digest = overlay.digest_of(project)
    if manifest.is_file() and (place / _PARSED).is_file() and (place / _PARSED).read_text(encoding="ascii") == digest:
        return manifest
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(project, place / "project", ignore=_NOT_COPIED)
    semantics.write(place / "project")
    command = [
        "--quiet", "--no-use-colors", "--log-level-file", "none", "--log-path", str(place / "logs"),
        "parse", "--project-dir", str(place / "project"), "--profiles-dir", str(runner.PROFILES),
        "--target", TARGET, "--target-path", str(place / "target"),
    ]  # fmt: skip
    with runner.lent_environment(runner.connection_parameters(warehouse)):
        outcome = dbtRunner().invoke(command)
    if not outcome.success or not manifest.is_file():
        raise CscWarehouseError("The semantic layer does not parse: dbt's own words stand above.")
    (place / _PARSED).write_text(digest, encoding="ascii")
    return manifest


def _engine(manifest: Path) -> MetricFlowEngine:
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    from csc_warehouse.transform.semantic_dialect import Dialect

    # it tells of each of its steps
    for name in ("metricflow", "metricflow_semantics"):
        logging.getLogger(name).setLevel(logging.ERROR)
    parsed = parse_manifest_from_dbt_generated_manifest(manifest_json_string=manifest.read_text(encoding="utf-8"))
    return MetricFlowEngine(semantic_manifest_lookup=SemanticManifestLookup(parsed), sql_client=Dialect())
