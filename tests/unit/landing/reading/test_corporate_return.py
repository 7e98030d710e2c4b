"""Corporate returns: title rows, notes, typed cells, sheets and CSV."""

from __future__ import annotations

import datetime
import io
from typing import Any

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.landing.reading.corporate_return import cell_text, read_return
from csc_warehouse.landing.reading.rows import RowRules
from csc_warehouse.landing.refusal import Refusal
from tests.support.workbooks import workbook

HEADER = ["post_no", "team", "role", "fte", "status", "cover", "as_at"]
POST = ["P0001", "AIT", "SW", 0.5, "FILLED", "NONE", "2018-12-31"]


def rules(entity: str = "hr_establishment") -> RowRules:
    contract = load_contracts(("corporate",))["corporate"]
    return RowRules.of(contract, contract.entities[entity], "W06000006", datetime.date(2018, 12, 31))


def read(
    content: bytes, name: str = "hr.xlsx", entity: str = "hr_establishment"
) -> tuple[list[dict[str, Any]], Any, list[str]]:
    notices: list[str] = []
    block = next(read_return(io.BytesIO(content), rules(entity), name, notices))
    return block.rows.to_pylist(), [(q.record_number, q.problem.reason_code) for q in block.quarantined], notices


def test_titles_above_and_notes_below_are_no_rows() -> None:
    rows, apart, _ = read(workbook([[], ["Establishment return"], [], HEADER, POST, [], ["Note: as known to HR"]]))
    assert [row["post_no"] for row in rows] == ["P0001"]
    assert rows[0]["record_number"] == 5
    assert apart == []


def test_typed_cells_become_the_text_that_the_contract_reads() -> None:
    typed = ["P1", "AIT", "SW", 1.0, "FILLED", "NONE", datetime.datetime(2018, 12, 31)]  # noqa: DTZ001  (cells have no zone)
    rows, apart, _ = read(workbook([HEADER, POST, typed]))
    assert apart == []
    assert [(row["fte"], row["as_at"]) for row in rows] == [("0.5", "2018-12-31"), ("1", "2018-12-31")]
    assert rows[1]["row_key"] == "P1|2018-12-31"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (True, "TRUE"),
        (False, "FALSE"),
        (3, "3"),
        (1e20, "100000000000000000000"),
        (0.1, "0.1"),
        (-2.50, "-2.5"),
        (datetime.date(2018, 1, 2), "2018-01-02"),
        (datetime.datetime(2018, 1, 2, 3, 4), "2018-01-02 03:04:00"),  # noqa: DTZ001  (cells have no zone)
        ("=1+1", "=1+1"),
    ],
)
def test_cells_as_text(cell: object, text: str) -> None:
    assert cell_text(cell) == text


def test_a_truth_value_is_no_number_and_elsewhere_the_word_that_the_sheet_shows() -> None:
    rows = [[*POST[:3], True, *POST[4:]], [*POST[:3], False, *POST[4:]], [POST[0], True, *POST[2:]]]
    found, apart, _ = read(workbook([HEADER, *rows]))
    assert apart == [(2, "unreadable_number"), (3, "unreadable_number")]
    assert [row["team"] for row in found] == ["TRUE"]


def test_rows_that_cannot_be_read_are_told_by_the_sheets_own_row() -> None:
    bad = [[*POST[:3], "much", *POST[4:]], [None, *POST[1:]], [*POST[:6], "soon"], POST]
    _, apart, _ = read(workbook([["Title"], HEADER, *bad]))
    assert apart == [(3, "unreadable_number"), (4, "missing_key"), (5, "unreadable_date")]


def test_columns_may_stand_in_any_order_and_extra_ones_are_kept_out() -> None:
    rows, _, notices = read(workbook([["budget code", *reversed(HEADER)], ["x", *reversed(POST)]]))
    assert rows[0]["post_no"] == "P0001"
    assert "budget code" in notices[0]


def test_a_cell_beyond_the_header_is_a_field_too_many() -> None:
    _, apart, _ = read(workbook([HEADER, [*POST, "see note"]]))
    assert apart == [(2, "field_count")]


CSV = "area,organisation,service,commissioned,start_date,end_date,as_at\n"
ROW = "TAC,{},S1,EXTERNAL,2017-02-19,,2018-12-31\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_may_be_utf_8_or_windows_1252(encoding: str) -> None:
    rows, _, _ = read((CSV + ROW.format("Café Enfys")).encode(encoding), "f.csv", "families_first")
    assert rows[0]["organisation"] == "Café Enfys"
    assert rows[0]["row_key"] == "2"


def test_a_blank_line_ends_the_data_of_a_csv_and_so_does_a_line_of_commas() -> None:
    for end in ("\n", ",,,,,,\n"):
        content = "Return of the quarter\n" + CSV + ROW.format("A") + end + "Notes: \n\n,,,See also B,,,\n"
        rows, apart, _ = read(content.encode(), "f.csv", "families_first")
        assert [row["record_number"] for row in rows] == [3]
        assert apart == []


def test_a_csv_row_of_wrong_field_count_is_set_apart() -> None:
    _, apart, _ = read((CSV + "TAC,A,S1\n" + ROW.format("B")).encode(), "f.csv", "families_first")
    assert apart == [(2, "field_count")]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"not a workbook", "hr.xlsx", "does not open as a workbook"),
        (b"PK\x03\x04 broken", "hr.xlsx", "does not open as a workbook"),
        (b"\0\1\2", "hr.csv", "binary"),
        (b"", "hr.csv", "no row that holds all required column names"),
        (b"post_no,team\nP1,A\n", "hr.csv", "lacking: role, fte, status, cover, as_at"),
    ],
)
def test_a_return_that_cannot_be_trusted_is_refused(content: bytes, name: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read(content, name)
