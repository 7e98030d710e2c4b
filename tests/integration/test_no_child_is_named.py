"""Only the restricted area tells of a child: quality, logs, XCom, Data Docs, mails and what is asked to sign do not."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError

from csc_warehouse import nightly
from csc_warehouse.quality import candidate_judgement, door_docs, sign_off_summary
from csc_warehouse.reporting import status
from csc_warehouse.settings import Config, DataDocsConfig
from tests.conftest import Night
from tests.support.privacy import Children, children, readable_files

LEDGER = ("deliveries", "delivery_entities", "delivery_measures")
"""Tables of landing that engineers read; the others hold the deliveries themselves."""


@pytest.fixture(scope="module")
def of_the_sample(sample_night: Night) -> Children:
    with sample_night.warehouse.transaction() as connection:
        found = children(connection)
    assert len(found.numbers) > 3000
    assert len(found.names) > 1000
    assert len(found.births) > 1000
    return found


def test_search_when_a_child_is_named_then_finds_it(of_the_sample: Children) -> None:
    number = min(of_the_sample.numbers)
    name = max(name for name in of_the_sample.names if name.replace(" ", "").isalpha() and name.count(" ") == 1)
    born = max(of_the_sample.births)
    told = f"<td>{number}</td> {name.title()}, {born}"
    assert {number, name, born} <= set(of_the_sample.named_in(told))
    assert of_the_sample.named_in("132 contacts, 0.1234567 of all, at 2018-12-31") == []


def test_pages_and_logs_when_searched_then_name_no_child(sample_night: Night, of_the_sample: Children) -> None:
    home = sample_night.settings.home
    files = readable_files(home)
    kinds = {path.relative_to(home).parts[:2] for path in files}
    assert {("reports", "quality"), ("reports", "catalogue"), ("reports", "data_docs"), ("postgres", "log")} <= kinds
    assert ("archive", "journal.jsonl") in kinds
    for gate in ("door", "exit", "disclosure"):
        assert any(path.name.startswith(gate) for path in files), gate
    for path in files:
        assert of_the_sample.named_in(path.read_text(encoding="utf-8", errors="replace")) == [], path.name


def test_quality_and_ledger_when_searched_then_name_no_child(candidate: Connection, of_the_sample: Children) -> None:
    tables: Iterable[str] = candidate.execute(
        text(
            "select quote_ident(table_schema) || '.' || quote_ident(table_name) from information_schema.tables"
            " where table_schema = 'quality' or (table_schema = 'landing' and table_name = any(:ledger))"
        ),
        {"ledger": list(LEDGER)},
    ).scalars()
    read = {}
    for table in tables:
        rows: Sequence[str] = candidate.execute(text(f"select row_to_json(t)::text from {table} as t")).scalars().all()
        read[table] = len(rows)
        assert of_the_sample.named_in("\n".join(rows)) == [], table
    assert read["quality.check_results"] > 1000
    assert read["landing.deliveries"] > 100


def test_what_airflow_and_mails_carry_when_searched_then_name_no_child(
    sample_night: Night, of_the_sample: Children
) -> None:
    settings, release_id = sample_night.settings, sample_night.result["built"]["release_id"]
    carried: list[Any] = [
        sample_night.result,
        nightly.report_verdict(release_id, settings=settings),
        nightly.notify(release_id, "a night", settings=settings),
        sign_off_summary.write(sample_night.warehouse, None, settings.config.home_authority),
        status.read(sample_night.warehouse),
    ]
    for returned in carried:
        assert of_the_sample.named_in(json.dumps(returned, default=str)) == []


def test_statement_when_it_stumbles_over_a_value_then_no_log_quotes_it(
    sample_night: Night, candidate: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    log = sample_night.settings.home / "postgres" / "log"
    surname = candidate.execute(text("select lastname from landing.wccis_person where length(lastname) > 5 limit 1"))
    name = str(surname.scalar_one())
    stumbling = "select lastname::date from landing.wccis_person where length(lastname) > 5"
    with caplog.at_level(logging.DEBUG):
        assert candidate_judgement.take(candidate, "a family", stumbling).is_broken
    assert "22007" in caplog.text
    assert name not in caplog.text
    with pytest.raises(DataError), candidate.begin_nested():
        candidate.exec_driver_sql(stumbling)
    assert "invalid input syntax" not in log.read_text(errors="replace")


def test_deliveries_when_a_night_ends_then_the_newest_have_a_page_each(sample_night: Night) -> None:
    with sample_night.warehouse.transaction() as connection:
        newest: Iterable[int] = connection.execute(
            text(
                "select delivery_id from landing.deliveries where business_date >= date '2018-12-31' - 60"
                " order by delivery_id desc limit 40"
            )
        ).scalars()
        expected = set(newest)
        judged: dict[int, int] = dict(
            connection.execute(
                text("select delivery_id, count(*) from quality.check_results where gate = 'door' group by 1")
            ).all()
        )
    pages = {
        int(path.stem.rpartition("-")[2]): path
        for path in (sample_night.settings.reports / "data_docs").glob("*/door-*.html")
    }
    assert expected <= set(pages)
    assert len(pages) <= 80
    for delivery_id, path in pages.items():
        assert path.read_text().count("<tr><th>DOOR") == judged[delivery_id], path.name
    # made once: nothing is left to write
    assert door_docs.write(sample_night.warehouse) == []


def test_deliveries_when_pages_are_not_wanted_then_none_is_written(sample_night: Night, tmp_path: Path) -> None:
    unwanted = Config(data_docs=DataDocsConfig(deliveries=0))
    settings = sample_night.settings.model_copy(update={"home": tmp_path, "config": unwanted})
    assert door_docs.write(dataclasses.replace(sample_night.warehouse, settings=settings)) == []
    assert not (tmp_path / "reports").exists()
