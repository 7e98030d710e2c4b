"""An Airflow of the tests' own: metadata in an embedded cluster, and the DAGs as the scheduler reads them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from csc_warehouse.settings import PROJECT_DIRECTORY
from tests.support.homes import temporary_settings

DAGS = PROJECT_DIRECTORY / "dags"


@pytest.fixture(scope="session")
def airflow() -> Iterator[None]:
    """Prepare the environment before anything imports airflow, and its metadata database."""
    assert "airflow" not in sys.modules, "airflow was imported before its environment was set"
    with temporary_settings() as settings, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PROJECT_DIRECTORY / "scripts"))
        patch.syspath_prepend(str(DAGS))
        patch.syspath_prepend(str(DAGS / "plugins"))
        from airflow_home import environment

        for name, value in environment(settings).items():
            patch.setenv(name, value)
        from airflow.utils.db import initdb

        initdb()
        yield


@pytest.fixture(scope="session")
def bag(airflow: None) -> Any:
    """Read the DAGs folder as the DAG processor does."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(DAGS)


@pytest.fixture(scope="session")
def pages(airflow: None) -> Any:
    """Return the API server's application with the plugin, as it answers people: pages, interface and logins."""
    from airflow.api_fastapi.app import create_app

    return create_app()
