"""What MetricFlow must know of the server: its dialect. It writes statements here and runs none itself."""

from __future__ import annotations

from typing import NoReturn

from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer
from metricflow_semantics.sql.sql_bind_parameters import SqlBindParameterSet

NO_PARAMETERS = SqlBindParameterSet()


class Dialect:
    """PostgreSQL, as MetricFlow's protocol of a client asks."""

    @property
    def sql_engine_type(self) -> SqlEngine:
        """Return which server's functions a statement may use."""
        return SqlEngine.POSTGRES

    @property
    def sql_plan_renderer(self) -> SqlPlanRenderer:
        """Return what writes a plan as a statement."""
        return PostgresSQLSqlPlanRenderer()

    def query(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = NO_PARAMETERS) -> NoReturn:
        """Refuse: the semantic layer runs its statements as an analyst."""
        raise NotImplementedError(stmt)

    def execute(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = NO_PARAMETERS) -> NoReturn:
        """Refuse, as query does."""
        raise NotImplementedError(stmt)

    def dry_run(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = NO_PARAMETERS) -> NoReturn:
        """Refuse, as query does."""
        raise NotImplementedError(stmt)

    def close(self) -> None:
        """Close nothing: there is no connection."""

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        """Return a parameter's place as psycopg writes it."""
        return f"%({bind_parameter_key})s"
