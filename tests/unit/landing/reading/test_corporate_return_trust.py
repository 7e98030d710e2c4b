"""Returns that look right and are not: formulas never calculated, rows below the end, sheets without end."""

from __future__ import annotations

import datetime
import io
import time
from typing import Any

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.check import describe_differences
from csc_warehouse.contracts.sheets import SheetLimits
from csc_warehouse.errors import UsageError
from csc_warehouse.landing.reading.corporate_return import read_return
from csc_warehouse.landing.reading.rows import Block, RowRules
from csc_warehouse.landing.refusal import Refusal
from tests.support.workbooks import changed, not_to_be_calculated, with_cell, with_value, workbook

DAY = "2018-06-02"
MONEY = ["heading", "budget_gbp", "projected_gbp", "planned_saving_gbp", "as_at"]
PLAIN = ["Fostering", 100, 120, 5, DAY]
ADOPTERS = "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n"
FAMILY = "{},W06000006,GENERAL,N,ASSESSMENT,N,2018-06-02\n"
SERVICES = "area,organisation,service,commissioned,start_date,end_date,as_at\n"
SERVICE = "{},{},S1,EXTERNAL,2017-02-19,,2018-06-02\n"


def rules(entity: str) -> RowRules:
    contract = load_contracts(("corporate",))["corporate"]
    return RowRules.of(contract, contract.entities[entity], "W06000006", datetime.date(2018, 6, 2))


def read(content: bytes, name: str, limits: SheetLimits | None = None) -> tuple[Block, list[str]]:
    notices: list[str] = []
    entity = name.partition(".")[0]
    return next(read_return(io.BytesIO(content), rules(entity), name, notices, limits)), notices


def money(*rows: list[Any], title: list[Any] | None = None) -> bytes:
    return workbook([*([title] if title else []), MONEY, *rows])


def refused(content: bytes, name: str, limits: SheetLimits | None = None) -> tuple[str, str]:
    with pytest.raises(Refusal) as found:
        read(content, name, limits)
    return found.value.code, found.value.reason


@pytest.mark.parametrize(
    ("content", "cell"),
    [
        (money(PLAIN, ["Kinship", 100, "=B3+1000", 0, DAY]), "C3"),
        (money(["Kinship", "=SUM(1,2)", "=B2", "=0", DAY], PLAIN), "B2"),
        (money(["=CONCATENATE(1)", 1, 2, 0, DAY]), "A2"),
        (money(["Kinship", 1, 2, 0, "=TODAY()"]), "E2"),
        (money(PLAIN, title=["=TODAY()"]), "A1"),
        (workbook([[*MONEY[:4], '="as_at"'], PLAIN]), "E1"),
        (money(PLAIN, [], ["Total", None, "=SUM(C2:C2)"]), "C4"),
        (money(PLAIN, ["=A2", "=B2", "=C2", "=D2", "=E2"]), "A3"),
    ],
)
def test_a_formula_without_a_value_refuses_the_return_and_names_its_cell(content: bytes, cell: str) -> None:
    code, reason = refused(content, "finance_monitor.xlsx")
    assert code == "formula_without_value"
    assert f"cell {cell} " in reason


def test_a_shared_formula_without_a_value_is_found_though_its_text_stands_elsewhere() -> None:
    content = money(["Kinship", 1, "=B2", 0, DAY])
    shared = changed(content, lambda xml: xml.replace("<f>B2</f>", '<f t="shared" si="0" />'))
    assert shared != content
    assert refused(shared, "finance_monitor.xlsx")[0] == "formula_without_value"


def test_a_formula_with_its_value_is_read_as_that() -> None:
    content = with_value(money(["Kinship", 100, "=B2+30", 0, DAY]), "C2", "130")
    block, _ = read(content, "finance_monitor.xlsx")
    assert block.rows.column("projected_gbp").to_pylist() == ["130"]


def test_a_formula_that_gives_an_empty_text_is_blank_and_no_more() -> None:
    content = with_value(money(["Kinship", 100, 130, '=""', DAY]), "D2", "", "str")
    block, _ = read(content, "finance_monitor.xlsx")
    assert block.rows.column("planned_saving_gbp").to_pylist() == [""]


def test_formulas_that_all_give_nought_in_a_workbook_still_to_be_calculated_refuse_it() -> None:
    content = money(["Kinship", 100, "=B2+30", 0, DAY], ["Fostering", 90, "=B3+1", 0, DAY])
    for cell in ("C2", "C3"):
        content = with_value(content, cell, "0")
    assert refused(content, "finance_monitor.xlsx") == (
        "formula_without_value",
        "was never calculated: cell C2 holds a formula and no value (every formula of it gives 0, and it says of itself"
        " that it is still to be calculated)",
    )
    # a program that calculates takes that mark away, and one true value shows that something was calculated
    assert read(not_to_be_calculated(content), "finance_monitor.xlsx")[0].rows.num_rows == 2
    partly = money(["Kinship", 100, "=B2+30", "=0", DAY], ["Fostering", 90, 91, "=0", DAY])
    for cell, value in (("C2", "130"), ("D2", "0"), ("D3", "0")):
        partly = with_value(partly, cell, value)
    assert read(partly, "finance_monitor.xlsx")[0].rows.num_rows == 2


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        (0, "#REF!", "missing_key"),
        (0, "=A7", "missing_key"),
        (1, "#N/A", "unreadable_number"),
        (2, "#DIV/0!", "unreadable_number"),
        (4, "#VALUE!", "unreadable_date"),
        (1, None, "missing_value"),
        (2, "  ", "missing_value"),
    ],
)
def test_an_error_or_a_blank_is_never_a_value(column: int, text: str | None, code: str) -> None:
    row: list[Any] = ["Kinship", 100, 130, 0, DAY]
    row[column] = text
    content = money(PLAIN, row)
    if text is not None and text.startswith("="):
        # a cell of the format Text keeps a formula as it was typed
        row[column] = "TYPED"
        content = changed(money(PLAIN, row), lambda xml: xml.replace("TYPED", text))
    block, _ = read(content, "finance_monitor.xlsx")
    assert [(q.record_number, q.problem.reason_code) for q in block.quarantined] == [(3, code)]


@pytest.mark.parametrize("text", ["#REF!", " #n/a ", "=VLOOKUP(A2,Teams,2)"])
def test_an_error_in_place_of_a_name_or_code_sets_its_row_apart(text: str) -> None:
    header = "post_no,team,role,fte,status,cover,as_at\n"
    for row in (f"P1,{text},SW,1,FILLED,NONE,{DAY}\n", f"P1,AIT,SW,1,{text},NONE,{DAY}\n"):
        quoted = row.replace(text, f'"{text}"')
        block, _ = read((header + quoted).encode(), "hr_establishment.csv")
        assert [q.problem.reason_code for q in block.quarantined] == ["missing_value"]


def test_a_blank_planned_saving_is_the_one_blank_amount_that_is_accepted() -> None:
    block, _ = read(money(["Kinship", 100, 130, None, DAY], ["Fostering", 0, 0, 0, DAY]), "finance_monitor.xlsx")
    assert block.quarantined == []


@pytest.mark.parametrize("end", ["\n", ",,,,,,\n", ' ," ",,,,,\n', "\n\nNote: provisional\n\n"])
def test_rows_below_the_empty_row_refuse_a_csv_and_name_the_first(end: str) -> None:
    content = ADOPTERS + FAMILY.format("F1") + end + FAMILY.format("F2") + FAMILY.format("F3")
    code, reason = refused(content.encode(), "nwas_adopters.csv")
    assert code == "rows_after_end"
    assert f"line {content.splitlines().index(FAMILY.format('F2').strip()) + 1} " in reason


def test_rows_below_the_empty_row_refuse_a_sheet_and_name_the_first() -> None:
    content = money(PLAIN, [], ["Prepared by finance", None, None, None, DAY], [], ["Kinship", None, 3, None, DAY])
    assert refused(content, "finance_monitor.xlsx")[0] == "rows_after_end"
    assert "line 4 " in refused(content, "finance_monitor.xlsx")[1]
    assert (
        "line 6 " in refused(money(PLAIN, [], ["Note"], [], ["Kinship", None, 3, None, DAY]), "finance_monitor.xlsx")[1]
    )


@pytest.mark.parametrize(
    "note",
    [
        "Total,,,,,,2018-06-02\n",
        "CYFANSWM:,W06000006,,,,,2018-06-02\n",
        "F2,W06000006,GENERAL,N,ASSESSMENT,N,\n",
        "F2,,GENERAL,N,ASSESSMENT,N,2018-06-02\n",
        "F2,W06000006,GENERAL,N,ASSESSMENT,N,in June\n",
        "Source: National Adoption Service\n",
        "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n",
    ],
)
def test_a_line_below_the_end_without_readable_key_and_day_or_with_a_total_is_a_note(note: str) -> None:
    block, _ = read((ADOPTERS + FAMILY.format("F1") + "\n" + note).encode(), "nwas_adopters.csv")
    assert (block.rows.num_rows, block.quarantined) == (1, [])


def test_services_without_a_key_are_known_by_area_and_organisation() -> None:
    whole = SERVICES + SERVICE.format("TAC", "Barnardo's") + "\n"
    code, _ = refused((whole + SERVICE.format("YOUTH_SUPPORT", "WCBC")).encode(), "families_first.csv")
    assert code == "rows_after_end"
    for note in (SERVICE.format("TAC", ""), SERVICE.format("", "WCBC"), SERVICE.format("TAC", "Grand total")):
        assert read((whole + note).encode(), "families_first.csv")[0].rows.num_rows == 1


@pytest.mark.parametrize("row", [2_000_000_000, 1_048_577])
def test_a_row_that_no_sheet_has_refuses_at_once(row: int) -> None:
    started = time.monotonic()
    content = with_cell(money(PLAIN), f'<c r="A{row}" t="inlineStr"><is><t>x</t></is></c>', row)
    assert refused(content, "finance_monitor.xlsx")[0] == "too_large"
    assert time.monotonic() - started < 5


def test_a_far_row_costs_no_more_than_a_near_one_and_a_blank_one_is_none() -> None:
    started = time.monotonic()
    far = with_cell(money(PLAIN), '<c r="A1048576" s="0" />', 1_048_576)
    assert read(far, "finance_monitor.xlsx")[0].rows.num_rows == 1
    code, reason = refused(with_cell(money(PLAIN), '<c r="A200001"><v>1</v></c>', 200_001), "finance_monitor.xlsx")
    assert code == "too_large"
    assert reason == "has more than 200,000 rows, more than a return can have (it goes on to row 200,001)"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("limits", "said"),
    [(SheetLimits(rows=3), "more than 3 rows"), (SheetLimits(columns=4), "more than 4 columns in row 1")],
)
def test_the_limits_of_a_sheet_hold_for_workbook_and_csv_alike(limits: SheetLimits, said: str) -> None:
    rows = [["Kinship", 1, 2, 0, DAY], ["Fostering", 1, 2, 0, DAY], ["Adoption", 1, 2, 0, DAY]]
    lines = [MONEY, *([str(cell) for cell in row] for row in rows)]
    text = "".join(",".join(line) + "\n" for line in lines).encode()
    for content, name in ((money(*rows), "finance_monitor.xlsx"), (text, "finance_monitor.csv")):
        code, reason = refused(content, name, limits)
        assert (code, said in reason) == ("too_large", True)
        assert read(content, name, SheetLimits(rows=4, columns=5))[0].rows.num_rows == 3


def test_a_row_of_more_cells_than_a_sheet_has_columns_is_refused() -> None:
    many = with_cell(money(PLAIN), "<c />" * 17_000, 3)
    assert refused(many, "finance_monitor.xlsx")[0] == "too_large"


@pytest.mark.parametrize(
    "cells", ['<c r="A2"><v>1</v></c>', '<c r="A9"><v>1</v></c><c r="A9"><v>2</v></c>'], ids=["elsewhere", "twice"]
)
def test_cells_that_stand_in_two_places_are_damage_and_never_guessed(cells: str) -> None:
    assert refused(with_cell(money(PLAIN), cells, 9), "finance_monitor.xlsx")[0] == "unreadable_sheet"
    backwards = with_cell(with_cell(money(PLAIN), "", 9), '<c r="A8"><v>1</v></c>', 8)
    assert refused(backwards, "finance_monitor.xlsx")[0] == "unreadable_sheet"


def test_contract_check_reads_a_sheet_within_the_same_limits(tmp_path: Any) -> None:
    path = tmp_path / "finance_monitor_20180602.xlsx"
    path.write_bytes(with_cell(money(PLAIN), '<c r="A2000000000"><v>1</v></c>', 2_000_000_000))
    with pytest.raises(UsageError, match="has more than 200,000 rows, more than a return can have"):
        describe_differences(path)
    path.write_bytes(money(["Kinship", 1, "=B2", 0, DAY]))
    with pytest.raises(UsageError, match="cell C2 holds a formula and no value"):
        describe_differences(path)
