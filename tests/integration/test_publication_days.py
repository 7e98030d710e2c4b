"""What is stored of a release by what differs: each system's own day, and the comparison with what was checked."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest

from csc_warehouse import publication
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.publication import PublishedRelation, published_relations
from csc_warehouse.publication.views import SYSTEMS
from csc_warehouse.warehouse import Warehouse
from tests.support.candidates import (
    FLINTSHIRE,
    PASSED,
    RELATIONS,
    WREXHAM,
    change,
    night,
    read,
)

DAY = datetime.date(2018, 1, 1)
BOTH = {WREXHAM: PASSED, FLINTSHIRE: PASSED}


@pytest.fixture
def plans(warehouse: Warehouse) -> Iterator[Callable[[int, str, str], None]]:
    """Yield what makes a night in which RAISe is read up to one day and WCCIS up to another."""
    systems = PublishedRelation("marts", SYSTEMS.name, "partition", key_columns=("authority_code", "source_name"))
    facts = PublishedRelation("marts", "fct_plans", "range", key_columns=("authority_code", "record_key"))
    published_relations.register(warehouse, [*RELATIONS, systems, facts])
    change(
        warehouse,
        "create table marts_candidate.dim_authority_systems (authority_code text, source_name text, as_at_date date);"
        "create table marts_candidate.fct_plans"
        " (record_key text, authority_code text, source_name text, fresh_until_date date, team text)",
    )

    def lived(run: int, raise_day: str, wccis_day: str) -> None:
        change(
            warehouse,
            "truncate marts_candidate.dim_authority_systems, marts_candidate.fct_plans;"
            " insert into marts_candidate.dim_authority_systems"
            f" select unnest(array['{WREXHAM}', '{FLINTSHIRE}']), 'raise', date '{raise_day}'"
            f" union all select unnest(array['{WREXHAM}', '{FLINTSHIRE}']), 'wccis', date '{wccis_day}';"
            " insert into marts_candidate.fct_plans"
            " select source_name || number, authority_code, source_name, as_at_date, 'AIT'"
            " from marts_candidate.dim_authority_systems cross join generate_series(1, 3) as number",
        )
        night(warehouse, run, DAY + run * datetime.timedelta(days=1))

    yield lived
    change(warehouse, "drop table marts_candidate.dim_authority_systems, marts_candidate.fct_plans")


SHOWN = (
    "select release_id, source_name, fresh_until_date::text, count(*) from marts.fct_plans"
    f" where authority_code = '{WREXHAM}' group by 1, 2, 3 order by 1, 2, 3"
)
STORED = "select from_release_id, to_release_id, count(*), count(fresh_until_date) from release.marts__fct_plans"


def test_the_day_up_to_which_a_system_is_read_is_each_releases_own_and_stores_no_record_anew(
    warehouse: Warehouse, plans: Callable[[int, str, str], None]
) -> None:
    plans(1, "2018-01-01", "2018-01-02")
    plans(2, "2018-01-01", "2018-01-03")
    plans(3, "2018-01-01", "2018-01-05")
    assert read(warehouse, SHOWN) == [(3, "raise", "2018-01-01", 3), (3, "wccis", "2018-01-05", 3)]
    assert read(warehouse, f"{STORED} group by 1, 2") == [(1, None, 12, 0)]
    publication.rollback(warehouse, authority_code=WREXHAM, by="A. Jones")
    assert read(warehouse, SHOWN) == [(2, "raise", "2018-01-01", 3), (2, "wccis", "2018-01-03", 3)]


def test_a_day_that_is_not_its_systems_is_stored_and_shown(
    warehouse: Warehouse, plans: Callable[[int, str, str], None]
) -> None:
    plans(1, "2018-01-01", "2018-01-02")
    change(
        warehouse,
        "update marts_candidate.fct_plans set fresh_until_date = '2017-12-31' where record_key = 'wccis2';"
        " delete from marts_candidate.dim_authority_systems where source_name = 'raise'",
    )
    night(warehouse, 2, DAY + datetime.timedelta(days=2))
    days = [(2, "raise", "2018-01-01", 3), (2, "wccis", "2017-12-31", 1), (2, "wccis", "2018-01-02", 2)]
    assert read(warehouse, SHOWN) == days


def test_an_empty_day_of_a_system_that_was_read_is_refused(
    warehouse: Warehouse, plans: Callable[[int, str, str], None]
) -> None:
    plans(1, "2018-01-01", "2018-01-02")
    change(warehouse, "update marts_candidate.fct_plans set fresh_until_date = null where record_key = 'wccis2'")
    with pytest.raises(CscWarehouseError, match="fct_plans cannot be stored: fresh_until_date is empty in a row"):
        night(warehouse, 2, DAY + datetime.timedelta(days=2))
    assert read(warehouse, SHOWN)[0][0] == 1


def test_what_was_stored_with_its_day_goes_on_when_days_are_no_longer_stored(
    warehouse: Warehouse, plans: Callable[[int, str, str], None]
) -> None:
    plans(1, "2018-01-01", "2018-01-02")
    # as a version before this one stored it
    change(
        warehouse,
        "update release.marts__fct_plans as s set row_hash = 0, fresh_until_date = y.as_at_date"
        " from release.marts__dim_authority_systems as y"
        " where y.authority_code = s.authority_code and y.source_name = s.source_name",
    )
    assert read(warehouse, SHOWN) == [(1, "raise", "2018-01-01", 3), (1, "wccis", "2018-01-02", 3)]
    plans(2, "2018-01-01", "2018-01-03")
    assert read(warehouse, SHOWN) == [(2, "raise", "2018-01-01", 3), (2, "wccis", "2018-01-03", 3)]
    publication.rollback(warehouse, authority_code=WREXHAM, by="A. Jones")
    assert read(warehouse, SHOWN) == [(1, "raise", "2018-01-01", 3), (1, "wccis", "2018-01-02", 3)]


def test_what_is_stored_is_compared_with_what_was_checked_until_it_is_written_anew(
    warehouse: Warehouse, plans: Callable[[int, str, str], None]
) -> None:
    assert publication.check_stored(warehouse).release_id is None
    plans(1, "2018-01-01", "2018-01-02")
    plans(2, "2018-01-01", "2018-01-03")
    assert publication.check_stored(warehouse).release_id is None, "nobody checked that candidate"
    publication.seal(warehouse, 2)
    found = publication.check_stored(warehouse)
    assert (found.release_id, found.compared, found.differing) == (2, len(RELATIONS) + 2, ())
    change(
        warehouse,
        "update release.marts__fct_contacts set outcome = 'NFA' where record_key = 'W06000006-3';"
        "delete from release.reporting__rpt_scorecard where release_id = 2 and authority_code = 'W06000005'",
    )
    assert publication.check_stored(warehouse).differing == (
        "marts.fct_contacts has as many rows as were built (10), and not the same",
        "reporting.rpt_scorecard has 1 rows where 2 were built",
    )
    # a row that is known by the hash of what was built is not written again
    plans(3, "2018-01-01", "2018-01-04")
    publication.seal(warehouse, 3)
    assert [sentence.split()[0] for sentence in publication.check_stored(warehouse).differing] == ["marts.fct_contacts"]
    change(warehouse, "update release.marts__fct_contacts set row_hash = 0 where to_release_id is null")
    plans(4, "2018-01-01", "2018-01-05")
    publication.seal(warehouse, 4)
    assert publication.check_stored(warehouse).differing == ()
