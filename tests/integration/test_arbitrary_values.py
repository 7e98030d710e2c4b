"""Nothing that landing accepts stops a build, whatever stands in whatever column (deliveries.md section 9, Values)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from csc_warehouse import nightly
from csc_warehouse.contracts import load_contracts
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import Warehouse, open_warehouse
from tests.support.arbitrary import SAME_ID, write_arbitrary
from tests.support.prepared import prepared_settings

DAY = datetime.date(2018, 5, 21)


@dataclass(frozen=True)
class Built:
    """A home in which arbitrary text was landed, built and published: rows written by delivery, and what was said."""

    settings: Settings
    warehouse: Warehouse
    written: dict[str, int]
    refused: list[str]
    published: list[str]

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.warehouse.raw_connection() as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    """Land and build once; some rows are changed in landing as if they had come in under an earlier contract."""
    with prepared_settings() as usual:
        trusting = usual.config.landing.model_copy(update={"max_quarantined_share": 1.0})
        settings = usual.model_copy(update={"config": usual.config.model_copy(update={"landing": trusting})})
        written = write_arbitrary(settings.exports, DAY, seed=20180521)
        landed = nightly.land(settings=settings)
        warehouse = open_warehouse(settings)
        with warehouse.raw_connection() as connection:
            for table, column in (("wccis_caseform", "versionnumber"), ("raise_assessment", "version_no")):
                for place, old in enumerate(("99999999999999999999", "1.5", "-3", "two")):
                    connection.execute(
                        f"update landing.{table} set {column} = %s where row_key ="
                        f" (select row_key from landing.{table} where row_key ~ '[0-9][|]1$' order by 1"
                        " offset %s limit 1)",
                        [old, place],
                    )
        release_id = nightly.build(settings=settings)["release_id"]
        nightly.check(release_id, settings=settings)
        published = nightly.publish(release_id, settings=settings)["published"]
        yield Built(settings, warehouse, written, landed["refused"], published)
        warehouse.engine.dispose()


def test_every_delivery_is_landed_and_no_row_is_lost(built: Built) -> None:
    assert built.refused == []
    accounts: dict[str, int] = dict(
        built.query(
            "select case source when 'corporate' then name else source end, rows_in_files from landing.deliveries"
        )
    )
    assert accounts == built.written
    assert (
        built.query(
            "select source, name from landing.deliveries where rows_in_files <> rows_accepted + rows_quarantined"
            " or rows_quarantined <>"
            " (select count(*) from landing.quarantine as q where q.delivery_id = deliveries.delivery_id)"
        )
        == []
    )


def test_most_texts_are_accepted_in_every_entity(built: Built) -> None:
    contracts = load_contracts(("raise", "wccis", "corporate"))
    for contract in contracts.values():
        for entity in contract.entities.values():
            ((rows,),) = built.query(f"select count(*) from landing.{contract.source}_{entity.name}")
            assert int(str(rows)) > 100, entity.name


def test_a_code_that_is_not_listed_is_unknown_and_reported(built: Built) -> None:
    told = set(built.query("select entity, column_name, code from landing.unlisted_codes"))
    for entity, column in (
        ("careleavercheck", "months"),
        ("care_leaver_check", "months"),
        ("educationresult", "keystage"),
        ("education_result", "key_stage"),
    ):
        assert {code for e, c, code in told if (e, c) == (entity, column)} >= {"12 MONTHS", "13", "1.5"}
    months = built.query("select distinct months from intermediate.int_care_leaver_checks_conformed")
    assert {value for (value,) in months} == {"12", "24", "unknown", None}


def test_the_night_is_published(built: Built) -> None:
    assert built.published == ["W06000006"]


def test_every_key_of_a_fact_has_its_member(built: Built) -> None:
    tested = "select failed_rows from staging.authority_tests where test_name = 'assert_foreign_keys_are_met'"
    assert built.query(tested) == [(0,)]
    ((unknown,),) = built.query(
        "select count(*) from marts_candidate.fct_contacts where contact_source_key = 'unknown'"
    )
    assert unknown > 0


def test_facts_of_two_systems_whose_ids_are_spelled_alike_are_two(built: Built) -> None:
    entities = "select entity, count(*), count(distinct record_key) from restricted_candidate.record_sources"
    found = built.query(f"{entities} where record_id = '{SAME_ID}' group by entity order by entity")
    assert len(found) == 14
    assert {(rows, keys) for _, rows, keys in found} == {(2, 2)}


def test_every_indicator_has_its_figures(built: Built) -> None:
    ((missing,),) = built.query(
        "select count(*) from marts_candidate.indicators where code not in"
        " (select indicator_code from marts_candidate.indicator_values)"
        " and computed_from_date is null"
    )
    assert missing == 0


def test_names_that_print_alike_are_one_group(built: Built) -> None:
    teams = [str(value) for (value,) in built.query("select distinct team_name from marts_candidate.fct_contacts")]
    assert teams.count("T\u00ceM D\u0174R") == 1
    assert not [team for team in teams if team in ("TI\u0302M DW\u0302R", "T\u00ceM  D\u0174R")]
