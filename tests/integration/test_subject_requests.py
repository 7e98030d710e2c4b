"""A planted child through all that it may ask: found everywhere, written out, set right, erased without a trace."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from csc_warehouse import nightly
from csc_warehouse.cli import _assemble
from csc_warehouse.settings import Settings
from csc_warehouse.warehouse import Warehouse, open_warehouse
from tests.support import planted
from tests.support.prepared import prepared_settings

DAY = datetime.date(2018, 5, 10)
DECIDED = "CON03"
"""Contacts decided within 24 hours."""


class Council:
    """A small council's home, worked by commands alone."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = settings
        self.warehouse: Warehouse = open_warehouse(settings)
        self.said = ""
        monkeypatch.setenv("CSC_WAREHOUSE_HOME", str(settings.home))

    def night(self, day: datetime.date, **delivered: str) -> dict[str, Any]:
        """Land a delivery and do the night."""
        planted.deliver(self.settings.exports, day, **delivered)
        return nightly.run(settings=self.settings)

    def command(self, *words: str, code: int = 0) -> str:
        """Run a command and return what it printed, or what it failed with."""
        result = CliRunner().invoke(_assemble(), list(words))
        assert result.exit_code == code, result.output
        # whoever asks for a record is shown the source's own ids
        self.said += "" if words[0] == "explain" else result.output
        return result.output if code == 0 else str(result.exception)

    def met(self) -> tuple[int, int]:
        """Return numerator and denominator of the decisions within 24 hours, as the candidate counts them."""
        with self.warehouse.raw_connection() as connection:
            row = connection.execute(
                "select count(*) filter (where is_in_numerator), count(*) filter (where is_in_denominator)"
                " from marts_candidate.indicator_records where indicator_code = %s",
                [DECIDED],
            ).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    def record_key(self) -> str:
        """Return the key of the planted child's contact."""
        with self.warehouse.raw_connection() as connection:
            row = connection.execute(
                "select record_key from restricted_candidate.record_sources where record_id = '9000417'"
            ).fetchone()
        assert row is not None
        return str(row[0])


@pytest.fixture(scope="module")
def home() -> Iterator[Settings]:
    with prepared_settings() as settings:
        yield settings


def test_a_child_is_found_written_out_set_right_and_erased(
    home: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    council = Council(home, monkeypatch)
    result = council.night(DAY)
    assert result["built"]["rectifications"] == []
    assert council.met() == (11, 12)

    # found: in every table that holds it, and by no value
    found = council.command("subject", "find", "--child", planted.CHILD)
    tables = {name.rpartition(".")[0] for name in planted.columns_naming(council.warehouse)}
    assert {"landing.raise_client", "landing.raise_contact", "landing.quarantine"} <= tables
    assert sorted(table for table in tables if f"  {table}: " not in found) == []
    assert "RAISE_CLIENT_20180510.csv: 1" in found
    assert sorted(name for name in planted.files_naming(home.home) if f"  {name}: " not in found) == []
    assert [word for word in planted.MARKS if word in found] == []

    # written out
    council.command("subject", "export", "--child", planted.CHILD, "--out", str(tmp_path))
    page = (tmp_path / "subject.html").read_text(encoding="utf-8")
    assert [word for word in planted.MARKS if word not in page] == []
    assert all(
        words in page for words in ("public task", "Rows that could not be read", "soon", "Worked out: fct_contacts")
    )

    # set right: the figure follows, row history does not
    decision = ["--source", "raise", "--entity", "contact", "--record", "9000417", "--column", "decided"]
    who = ["--by", "A. Jones", "--reason", "request 7"]
    told = council.command("subject", "rectify", *decision, "--value", planted.RIGHT, *who, "--yes")
    name = told.split()[1]
    result = nightly.run(settings=home)
    assert [sentence for sentence in result["built"]["rectifications"] if name in sentence]
    assert council.met() == (12, 12)
    with council.warehouse.raw_connection() as connection:
        sent = connection.execute("select decided from landing.raise_contact where row_key = '9000417'").fetchall()
        kept = connection.execute(
            "select rectified_columns from restricted_candidate.record_sources where record_id = '9000417'"
        ).fetchall()
    assert sent == [(planted.WRONG,)]
    assert kept == [(f"decided (rectification {name})",)]
    assert name in council.command("subject", "rectified")
    assert "applied" in council.command("subject", "rectified")

    # explained without the value
    if result["published"]["published"]:
        said = council.command("explain", DECIDED, "2018/19 Q1", "--record", council.record_key())
        assert f"Set right by a person, unlike what that row says: decided (rectification {name})" in said
        assert planted.RIGHT not in said

    # undone, and decided again
    council.command("subject", "undo", "--rectification", name, *who, "--yes")
    nightly.build(settings=home)
    assert council.met() == (11, 12)
    told = council.command("subject", "rectify", *decision, "--value", planted.RIGHT, *who, "--yes")
    name = told.split()[1]

    # the source says the same: it ends by itself, and the build says so
    result = council.night(DAY + datetime.timedelta(days=1), decided=planted.RIGHT)
    (ended,) = [sentence for sentence in result["built"]["rectifications"] if name in sentence]
    assert "has ended: the source says the same since 2018-05-11" in ended
    assert council.met() == (12, 12)

    # erased: no schema, no file of the home, and no log has a mark of it
    council.command("erase", "--child", planted.CHILD, *who)
    assert planted.columns_naming(council.warehouse) == []
    assert planted.files_naming(home.home) == []
    with council.warehouse.raw_connection() as connection:
        assert connection.execute("select count(*) from landing.rectifications").fetchone() == (0,)
    # what the commands printed holds no personal value either
    assert [word for word in (*planted.MARKS, planted.RIGHT, planted.WRONG) if word in council.said] == []
    nightly.build(settings=home)
    assert council.met() == (11, 11)
    assert planted.columns_naming(council.warehouse) == []
    assert "No child is known" in council.command("subject", "find", "--child", planted.CHILD, code=1)
