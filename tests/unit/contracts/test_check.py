"""A delivery against its contract in plain words."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from csc_warehouse.contracts.check import describe_differences, guess_type, shape_of
from csc_warehouse.contracts.model import TextFormat
from csc_warehouse.errors import UsageError
from tests.support.deliveries import write_raise, write_wccis

DAY = datetime.date(2018, 5, 20)
CONTACTS = [
    {"CONTACT_NO": str(n), "SOURCE": source, "RECEIVED": "01/05/2018 10:00"}
    for n, source in enumerate(["POL", "drone", "DRONE ", "KITE"])
]


def test_a_delivery_as_agreed_has_no_differences(tmp_path: Path) -> None:
    assert describe_differences(write_raise(tmp_path, DAY, {"CONTACT": CONTACTS[:1]})) == []
    assert describe_differences(write_wccis(tmp_path, DAY, {"person": [{"personid": "a"}]}).parent) == []


def test_new_codes_are_counted(tmp_path: Path) -> None:
    sentences = describe_differences(write_raise(tmp_path, DAY, {"CONTACT": CONTACTS}))
    assert len(sentences) == 1
    assert "contact_source does not know: DRONE (2 rows), KITE (1 rows)" in sentences[0]


def test_missing_and_extra_columns_come_with_the_line_that_agrees_to_them(tmp_path: Path) -> None:
    folder = write_raise(tmp_path, DAY, {"CONTACT": CONTACTS[:1]})
    path = next(folder.glob("*CONTACT_2*"))
    path.write_bytes(path.read_bytes().replace(b"TEAM", b"OPENED", 1).replace(b"POL,,,,,", b"POL,,,,01/05/2018,"))
    sentences = describe_differences(folder)
    assert any(
        "lacks the required column team. To agree to it: team: {type: text, required: false}" in s for s in sentences
    )
    assert any("has the extra column opened. To agree to it: opened: date" in s for s in sentences)


def test_a_retyped_column_is_told_by_its_shapes_and_not_its_values(tmp_path: Path) -> None:
    moves = [{"MOVE_NO": str(n), "MOVE_DATE": "2018-05-01"} for n in range(3)]
    sentences = describe_differences(write_raise(tmp_path, DAY, {"SCHOOL_MOVE": moves}))
    assert any("3 of 3 values that are no date" in s and "9999-99-99 (3)" in s for s in sentences)
    assert any("was retyped. To agree to it: move_date: text" in s for s in sentences)
    assert not any("2018-05-01" in s for s in sentences)


def test_a_missing_and_an_unknown_file_are_told(tmp_path: Path) -> None:
    folder = write_raise(tmp_path, DAY, {})
    next(folder.glob("*S47*")).rename(folder / "RAISE_STRATEGY_20180520.csv")
    sentences = describe_differences(folder)
    assert any(s.startswith("s47 is missing") for s in sentences)
    assert any("RAISE_STRATEGY_20180520.csv is no entity" in s and "strategy_date: text" in s for s in sentences)


def test_another_encoding_is_told(tmp_path: Path) -> None:
    folder = write_raise(tmp_path, DAY, {"CLIENT": [{"CLIENT_NO": "1", "SURNAME": "Ynys Môn"}]})
    path = next(folder.glob("*CLIENT*"))
    path.write_bytes(path.read_bytes().decode("cp1252").encode())
    assert describe_differences(folder) == [f"{path.name} looks like utf-8; windows-1252 was agreed."]


def test_a_folder_that_no_contract_knows_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="No contract knows the files"):
        describe_differences(tmp_path)
    with pytest.raises(UsageError, match="is not there"):
        describe_differences(tmp_path / "gone")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], "text"),
        (["01/05/2018", "02/05/2018"], "date"),
        (["01/05/2018 10:00"], "time"),
        (["1", "2.5"], "number"),
        (["A", "B"] * 20, "code"),
        (["A", "B"], "text"),
    ],
)
def test_the_type_of_a_new_column_is_guessed_from_its_values(values: list[str], kind: str) -> None:
    assert guess_type("x", values, TextFormat(encoding="windows-1252", dates="day_first")) == kind


def test_a_shape_tells_the_form_and_not_the_content() -> None:
    assert shape_of(" LL14 5DH") == "AA99 9AA"
