"""What is published is what was checked: a candidate that anybody wrote to since is refused."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest

from csc_warehouse import publication
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import fill_night, fresh_warehouse, open_night, reset

DAY = datetime.date(2018, 1, 1)


@pytest.fixture(scope="module")
def server() -> Iterator[Warehouse]:
    with fresh_warehouse() as warehouse:
        yield warehouse


@pytest.fixture
def sealed(server: Warehouse) -> tuple[Warehouse, int]:
    """Return a warehouse with a candidate that has just been checked, and its release."""
    reset(server)
    release_id = open_night(server, 1, DAY)
    fill_night(server, 1)
    publication.seal(server, release_id)
    return server, release_id


def write(warehouse: Warehouse, statement: str) -> None:
    with warehouse.raw_connection(autocommit=True) as connection:
        for part in statement.split(";"):
            connection.execute(part)


def test_candidate_that_stands_as_it_was_checked_then_it_may_be_published(sealed: tuple[Warehouse, int]) -> None:
    warehouse, release_id = sealed
    publication.require_unchanged(warehouse, release_id)
    write(warehouse, "analyze marts_candidate.indicator_values; vacuum (freeze) marts_candidate.indicator_values")
    publication.require_unchanged(warehouse, release_id)


@pytest.mark.parametrize(
    "statement",
    [
        "update marts_candidate.indicator_values set value = value + 1",
        "delete from marts_candidate.indicator_values where authority_code = 'W06000005'",
        "insert into reporting_candidate.rpt_scorecard select * from reporting_candidate.rpt_scorecard limit 1",
        "truncate restricted_candidate.rpt_cases",
        "create table marts_candidate.other as select * from marts_candidate.indicator_values;"
        "drop table marts_candidate.indicator_values;"
        "alter table marts_candidate.other rename to indicator_values",
    ],
)
def test_candidate_that_was_written_to_since_its_check_then_refused(
    sealed: tuple[Warehouse, int], statement: str
) -> None:
    warehouse, release_id = sealed
    write(warehouse, statement)
    with pytest.raises(CscWarehouseError, match=r"has changed since it was checked.*run csc-warehouse check"):
        publication.require_unchanged(warehouse, release_id)
    publication.seal(warehouse, release_id)
    publication.require_unchanged(warehouse, release_id)


def test_candidate_that_was_never_checked_then_refused(sealed: tuple[Warehouse, int]) -> None:
    warehouse, _ = sealed
    release_id = open_night(warehouse, 2, DAY)
    with pytest.raises(CscWarehouseError, match="has changed since it was checked"):
        publication.require_unchanged(warehouse, release_id)
