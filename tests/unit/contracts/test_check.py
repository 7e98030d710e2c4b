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
    moves = [{"MOVE_NO": str(n), "MOVE_DATE": "soon (7)"} for n in range(3)]
    sentences = describe_differences(write_raise(tmp_path, DAY, {"SCHOOL_MOVE": moves}))
    assert any("3 of 3 values that are no date" in s and "AAAA (9) (3)" in s for s in sentences)
    assert any("was retyped. To agree to it: move_date: text" in s for s in sentences)
    assert not any("soon" in s for s in sentences)


@pytest.mark.parametrize(
    ("sent", "form"),
    [("2018-05-01", "yyyy-mm-dd"), ("1/5/2018", "d/m/yyyy"), ("01.05.2018", "dd.mm.yyyy"), ("01-MAY-18", "dd-Mon-yy")],
)
def test_dates_in_another_form_are_told_with_both_forms_and_no_other_type(tmp_path: Path, sent: str, form: str) -> None:
    moves = [{"MOVE_NO": str(n), "MOVE_DATE": sent} for n in range(3)]
    (sentence,) = describe_differences(write_raise(tmp_path, DAY, {"SCHOOL_MOVE": moves}))
    assert f"move_date has 3 of 3 values in the form {form} where dd/mm/yyyy was agreed" in sentence
    assert sent not in sentence


@pytest.mark.parametrize(
    ("sent", "form"),
    [
        ("01/05/2018 10:00", "dd/mm/yyyy HH:MM"),
        ("2018-05-01 10:00:00", "yyyy-mm-dd HH:MM:SS"),
        ("01/05/2018", "dd/mm/yyyy"),
        ("2018-05-01T10:00", "yyyy-mm-ddTHH:MM"),
    ],
)
def test_times_in_another_form_are_told_with_both_forms(tmp_path: Path, sent: str, form: str) -> None:
    contacts = [{"contactid": str(n), "contactreceiveddatetime": sent} for n in range(3)]
    (sentence,) = describe_differences(write_wccis(tmp_path, DAY, {"contact": contacts}).parent)
    assert f"contactreceiveddatetime has 3 of 3 values in the form {form} where yyyy-mm-ddTHH:MM:SSZ was" in sentence


@pytest.mark.parametrize(("mark", "told"), [(b";", ";"), (b"\t", "tabs"), (b"|", "|")])
def test_another_separator_is_told_and_no_key_becomes_optional(tmp_path: Path, mark: bytes, told: str) -> None:
    folder = write_raise(tmp_path, DAY, {"SCHOOL_MOVE": [{"MOVE_NO": "1"}], "CONTACT": CONTACTS[:1]})
    for path in folder.glob("RAISE_*MOVE*"):
        path.write_bytes(path.read_bytes().replace(b",", mark))
    (sentence,) = describe_differences(folder)
    assert f"is separated by {told} where , was agreed" in sentence


def test_another_separator_of_a_return_is_told(tmp_path: Path) -> None:
    path = tmp_path / "nwas_adopters_20180520.csv"
    path.write_text(
        "Title\nfamily_no;authority;applicant_type;second_time;stage;on_hold;as_at\n1;W06000006;GENERAL;N;1;N;2018-05-31\n"
    )
    (sentence,) = describe_differences(path)
    assert "is separated by ; where , was agreed" in sentence


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
