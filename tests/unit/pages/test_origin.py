"""Every page and file that people read says which version of the code made it, and where that can be read."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import replace

import openpyxl
import pytest

from csc_warehouse import version
from csc_warehouse.reporting import committee
from csc_warehouse.reporting.pages.check_catalogue import catalogue_page
from csc_warehouse.reporting.pages.quality_report import quality_page
from csc_warehouse.reporting.pages.worklist_workbook import workbook
from csc_warehouse.reporting.pages.worklists import worklist_page
from csc_warehouse.reporting.report.blocks import Report
from csc_warehouse.settings import Config
from csc_warehouse.version import Origin
from expectations.catalogue import load_catalogue
from tests.support.nights import TITLES, night, worklist

ORIGIN = Origin("1.2.3+abc", "https://forge.example/csc-warehouse?tag=a&b")
ADDRESS = "https://forge.example/csc-warehouse?tag=a&amp;b"


def report(origin: Origin) -> Report:
    return Report(
        authority_code="W06000006",
        authority_name="Wrexham",
        release_id=7,
        period="2018/19 H1",
        as_at_date=datetime.date(2018, 12, 31),
        verdict="published",
        reason="",
        origin=origin,
        signatures=(),
        answer=(),
        chapters=(),
        revisions=(),
    )


PAGES = {
    "quality": lambda: quality_page(replace(night(), origin=ORIGIN), TITLES),
    "catalogue": lambda: catalogue_page(load_catalogue(), TITLES, ORIGIN),
    "worklist": lambda: worklist_page(replace(worklist(), origin=ORIGIN)),
    "committee": lambda: committee.as_page(report(ORIGIN)),
}


@pytest.mark.parametrize("name", PAGES)
def test_page_when_written_then_its_foot_says_which_code_made_it(name: str) -> None:
    foot = PAGES[name]().rpartition("<footer>")[2]
    assert "Made by csc-warehouse 1.2.3+abc." in foot
    assert f'<a href="{ADDRESS}">{ADDRESS}</a>' in foot


def test_page_when_no_address_is_configured_then_the_version_stands_alone() -> None:
    page = quality_page(replace(night(), origin=Origin("1.2.3")), TITLES)
    assert "<p>Made by csc-warehouse 1.2.3.</p>" in page
    assert "can be read at" not in page


def test_worklist_when_a_spreadsheet_then_its_first_sheet_and_its_properties_say_so() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(replace(worklist(), origin=ORIGIN))))
    assert f"Made by {ORIGIN}." in [row[0].value for row in book["About"].iter_rows()]
    assert book.properties.version == "1.2.3+abc"


def test_committee_figures_as_data_when_written_then_each_row_names_the_code_that_made_it() -> None:
    text = committee._as_csv([{"indicator_code": "CON01", "release_id": 7}], ORIGIN)
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["release_id"], row["code_version"], row["code_address"]) == ("7", "1.2.3+abc", ORIGIN.address)


def test_quality_report_when_the_council_laid_something_over_then_it_says_what() -> None:
    page = quality_page(replace(night(), laid_over=["targets.csv: 1 row added."]), TITLES)
    assert "<li>targets.csv: 1 row added.</li>" in page
    assert "laid over" not in quality_page(night(), TITLES)


def test_origin_when_asked_then_it_is_what_runs_and_what_is_configured() -> None:
    config = Config(code_address="https://forge.example/csc")
    made = version.origin(config)
    assert made == Origin(version.code_version(), "https://forge.example/csc")
    assert str(made) == f"csc-warehouse {version.code_version()}, https://forge.example/csc"


@pytest.mark.parametrize("address", ["forge.example/csc", "javascript:alert(1)", 'https://x"onclick=', "https://a b"])
def test_address_when_it_is_none_of_the_web_then_refused(address: str) -> None:
    with pytest.raises(ValueError, match="code_address"):
        Config(code_address=address)
