"""What sends a row of a return to quarantine: totals, future days, blanks in what is added up; for every reader."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.landing.reading.corporate_return import read_return
from csc_warehouse.landing.reading.row_by_row_csv import read_row_by_row
from csc_warehouse.landing.reading.rows import Block, RowRules
from csc_warehouse.landing.reading.vectorised_csv import read_vectorised

Reader = Callable[..., Iterator[Block]]
READERS = pytest.mark.parametrize("reader", [read_row_by_row, read_vectorised, read_return])
D = datetime.date(2018, 6, 2)
HEADERS = {
    "hr_establishment": "post_no,team,role,fte,status,cover,as_at\n",
    "finance_monitor": "heading,budget_gbp,projected_gbp,planned_saving_gbp,as_at\n",
    "nwas_adopters": "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n",
    "nwas_children_waiting": "child_ref,authority,age_years,waiting_since,status,as_at\n",
    "families_first": "area,organisation,service,commissioned,start_date,end_date,as_at\n",
}


def rules(entity: str) -> RowRules:
    contract: SourceContract = load_contracts(("corporate",))["corporate"].with_encoding("utf-8-with-mark")
    return RowRules.of(contract, contract.entities[entity], "W06000006", D)


def outcome(reader: Reader, entity: str, text: str) -> tuple[list[str], list[tuple[int, str, str | None]]]:
    """Return the keys of the rows that can be read, and number, reason and column of the others."""
    keys: list[str] = []
    apart = []
    for block in reader(io.BytesIO(text.encode()), rules(entity), f"{entity}.csv", []):
        keys += block.rows.column("row_key").to_pylist()
        apart += [(q.record_number, q.problem.reason_code, q.problem.column_name) for q in block.quarantined]
    return sorted(keys), sorted(apart)


def reasons(reader: Reader, entity: str, *rows: str) -> list[str]:
    return [code for _, code, _ in outcome(reader, entity, HEADERS[entity] + "".join(f"{row}\n" for row in rows))[1]]


@READERS
@pytest.mark.parametrize(
    "word",
    [
        *("total", "Totals", "GRAND TOTAL", "Sub-total", "subtotal", "Sum", "Cyfanswm", "IS-GYFANSWM"),
        *("Total:", " totals : ", "Grand  total", "cyfanswm:"),
    ],
)
def test_a_row_named_by_a_word_for_a_total_is_none(reader: Reader, word: str) -> None:
    rows = {
        "hr_establishment": (f"{word},AIT,SW,1,VACANT,NONE,2018-06-02", f"P1,{word},SW,1,VACANT,NONE,2018-06-02"),
        "finance_monitor": (f"{word},1,2,0,2018-06-02",),
        "nwas_adopters": (f"{word},W06000006,GENERAL,N,ASSESSMENT,N,2018-06-02",),
        "nwas_children_waiting": (f"{word},W06000006,6,2018-01-01,WAITING,2018-06-02",),
        "families_first": (f"TAC,{word},S1,EXTERNAL,,,2018-06-02", f"TAC,A,{word},EXTERNAL,,,2018-06-02"),
    }
    for entity, lines in rows.items():
        assert reasons(reader, entity, *lines) == ["total_row"] * len(lines)


@READERS
@pytest.mark.parametrize("name", ["Total Care Ltd", "Summer", "Sum of parts", "Totalis", "Sub total area", ":"])
def test_a_name_that_only_holds_such_a_word_is_a_name(reader: Reader, name: str) -> None:
    assert reasons(reader, "families_first", f"TAC,{name},S1,EXTERNAL,,,2018-06-02") == []


@READERS
def test_a_total_is_named_before_all_but_a_wrong_field_count(reader: Reader) -> None:
    assert reasons(reader, "nwas_adopters", "Total,,,,,,", "Total,,,,,,soon", "Total,27") == [
        "total_row",
        "total_row",
        "field_count",
    ]


@READERS
def test_a_row_of_a_day_after_the_returns_own_is_set_apart(reader: Reader) -> None:
    rows = (
        "F1,W06000006,GENERAL,N,ASSESSMENT,N,2108-06-02",
        "F2,W06000006,GENERAL,N,ASSESSMENT,N,2018-06-03",
        "F3,W06000006,GENERAL,N,ASSESSMENT,N,2018-06-02",
    )
    keys, apart = outcome(reader, "nwas_adopters", HEADERS["nwas_adopters"] + "".join(f"{row}\n" for row in rows))
    assert apart == [(2, "future_date", "as_at"), (3, "future_date", "as_at")]
    assert keys == ["F3|W06000006|2018-06-02"]


@READERS
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Kinship,,2,0,2018-06-02", "missing_value"),
        ("Kinship,1, ,0,2018-06-02", "missing_value"),
        ("Kinship,,2,0,", "missing_key"),
        ("Kinship,,2,0,2018-06-03", "future_date"),
        ("Kinship,x,2,0,2018-06-03", "future_date"),
        ("Kinship,,x,0,2018-06-02", "unreadable_number"),
        (f"{'K' * 300},,2,0,2018-06-02", "missing_value"),
        (f"{'K' * 300},1,2,0,2018-06-02", "value_too_long"),
        (",,,0,2018-06-02", "missing_key"),
        ("Kinship,1,2,,2018-06-02", None),
        ("Kinship,0,0,0,2018-06-02", None),
    ],
)
def test_a_blank_where_a_figure_adds_up_is_no_nought(reader: Reader, row: str, reason: str | None) -> None:
    assert reasons(reader, "finance_monitor", row) == ([reason] if reason else [])


def test_every_number_that_a_figure_adds_up_is_needed_or_a_nought_by_ruling() -> None:
    """A model that sums a column of a source must not have to guess what a blank one is."""
    summed = {"budget_gbp", "projected_gbp", "planned_saving_gbp"}
    noughts = {"planned_saving_gbp"}
    contracts = load_contracts(("raise", "wccis", "corporate")).values()
    numbers = {
        column.name: column.is_needed
        for contract in contracts
        for entity in contract.entities.values()
        for column in entity.columns
        if column.type == "number"
    }
    assert {name for name in summed if not numbers[name]} == noughts
    # the others are a version, an age and working time: no figure adds them up
    assert set(numbers) - summed == {"version_no", "versionnumber", "age_years", "fte"}
    models = Path(__file__).parents[4] / "dbt_project" / "models" / "marts" / "indicators"
    texts = [path.read_text() for path in models.rglob("*.sql")]
    assert not [text for text in texts if "full_time_equivalent" in text]


CELL = st.sampled_from(
    [
        *("", " ", "Total", "total :", "Kinship", "#REF!", "=A1", "1", "x", "2018-06-02", "2018-06-03", "2108-01-01"),
        *("soon", "é" * 256, "cyfanswm", '"a\nb"', "0"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELL, min_size=4, max_size=6).map(",".join), max_size=12), st.sampled_from([9, 1 << 20]))
def test_the_readers_agree_on_returns(rows: list[str], chunk: int) -> None:
    text = HEADERS["finance_monitor"] + "".join(f"{row}\n" for row in rows)

    def chunked(*arguments: Any) -> Iterator[Block]:
        return read_vectorised(*arguments, chunk=chunk)

    assert outcome(chunked, "finance_monitor", text) == outcome(read_row_by_row, "finance_monitor", text)
