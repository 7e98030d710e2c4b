"""The query of docs/bi that adds councils up tells nobody more than the rows that it is made of."""

from __future__ import annotations

import re

import duckdb

from csc_warehouse.settings import PROJECT_DIRECTORY

WREXHAM, ANGLESEY, CARDIFF = "W06000006", "W06000001", "W06000015"
Shown = tuple[str, str, str, str, int | None, int | None, str]


def documented() -> str:
    page = (PROJECT_DIRECTORY / "docs" / "bi" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sql\n-- as csc_reader\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (found,) = (block for block in blocks if "which_authorities" in block)
    return str(found)


def added_up(*rows: Shown) -> list[tuple[object, ...]]:
    """Return what the query makes of shown rows: authority, as-at day, profile, indicator, terms and grade of each."""
    with duckdb.connect() as database:
        database.execute("create schema reporting")
        database.execute(
            "create table reporting.rpt_scorecard (authority_code text, as_at_date text, profile text,"
            " indicator_code text, numerator integer, denominator integer, grade text, period_type text,"
            " period_label text)"
        )
        for row in rows:
            database.execute(
                "insert into reporting.rpt_scorecard values (?, ?, ?, ?, ?, ?, ?, 'quarter', '2018/19 Q2')", row
            )
        return database.execute(documented()).fetchall()


def of(authority: str, numerator: int | None, denominator: int | None = None, **other: str) -> Shown:
    named = {"day": "2018-12-31", "profile": "committee", "grade": "A", **other}
    return authority, named["day"], named["profile"], "PM24", numerator, denominator, named["grade"]


def test_councils_when_all_are_shown_then_are_added_up_with_their_number_and_names() -> None:
    found = added_up(of(WREXHAM, 30, 40), of(ANGLESEY, 10, 20), of(CARDIFF, 50, 80, grade="B"))
    which = f"{ANGLESEY}, {WREXHAM}, {CARDIFF}"
    assert found == [("committee", "PM24", "2018/19 Q2", "2018-12-31", 3, which, 0, "A, B", 90, 140)]


def test_councils_when_one_is_hidden_then_nothing_is_added_up_and_the_row_says_how_many() -> None:
    ((*_, number, _, hidden, _, numerator, denominator),) = added_up(of(WREXHAM, 30, 40), of(ANGLESEY, None, None))
    assert (number, hidden, numerator, denominator) == (2, 1, None, None)


def test_councils_when_they_are_as_at_different_days_then_are_never_one_row() -> None:
    found = added_up(of(WREXHAM, 30), of(ANGLESEY, 10), of(CARDIFF, 50, day="2018-12-24"))
    assert [(row[3], row[5], row[8]) for row in found] == [
        ("2018-12-24", CARDIFF, 50),
        ("2018-12-31", f"{ANGLESEY}, {WREXHAM}", 40),
    ]


def test_councils_when_a_reader_sees_several_profiles_then_each_is_added_up_by_itself() -> None:
    found = added_up(of(WREXHAM, 33), of(WREXHAM, 35, profile="rounded"), of(ANGLESEY, 10, profile="rounded"))
    assert [(row[0], row[8]) for row in found] == [("committee", 33), ("rounded", 45)]
