"""What a translator has to check: all that pages take from elsewhere has its Welsh, and the list holds it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from csc_warehouse import cli
from csc_warehouse.commands import translations
from csc_warehouse.register import SEEDS
from csc_warehouse.settings import load_settings
from csc_warehouse.texts import FILE, Part, Texts
from expectations.catalogue import load_catalogue
from tests.support.english import ENGLISH_WORDS


def test_sentences_when_checks_and_register_make_them_then_each_is_known_in_welsh() -> None:
    welsh = Texts("cy")
    # what fails at the door, or holds the figures back, stands on no page of figures
    caveats = {c.otherwise for c in load_catalogue() if c.severity == "warning" and not c.code.startswith("DOOR")}
    subjects = {c.meaning(["vacancies of 30 September 2018"]) for c in load_catalogue() if c.is_subject_told}
    with (SEEDS / "indicators.csv").open(encoding="utf-8", newline="") as file:
        notes = {row["confirm_note"] for row in csv.DictReader(file) if row["confirm_note"]}
    assert len(caveats) > 50
    assert len(subjects) == 3
    assert [text for text in caveats | subjects | notes if isinstance(welsh.translated(text), Part)] == []
    assert all("vacancies (30 Medi 2018)" in welsh.translated(text) for text in subjects)


def test_sentences_when_nobody_makes_them_any_more_then_none_is_left_over() -> None:
    made = {check.otherwise for check in load_catalogue()}
    with (SEEDS / "indicators.csv").open(encoding="utf-8", newline="") as file:
        made |= {row["confirm_note"] for row in csv.DictReader(file)}
    known = {
        entry.key: entry.forms("en")["other"]
        for entry in Texts("cy").entries()
        if entry.key.startswith(("sentence.check.", "sentence.definition."))
    }
    assert len(known) > 60
    assert [key for key, text in known.items() if text not in made and "{returns}" not in text] == []


def test_list_when_written_then_holds_every_text_with_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "translations.csv"
    monkeypatch.setenv("CSC_WAREHOUSE_HOME", str(tmp_path))
    done = CliRunner().invoke(cli._assemble(), ["translations", "--out", str(out)])
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["Key"]: row for row in csv.DictReader(file)}
    assert len(rows) > 500
    assert rows["chapter.answer"]["Welsh"] == "Yn gryno"
    assert rows["unit.children.counted (one)"] | {"State": "", "Used": ""} == {
        "Key": "unit.children.counted (one)", "English": "{count} child", "Welsh": "{count} plentyn",
        "State": "", "Used": "",
    }  # fmt: skip
    assert rows["layout.sections.reviews.title"]["Welsh"] == "Adolygiadau"
    assert rows["indicators.CON01.title"]["Welsh"] == "Cysylltiadau a dderbyniwyd"
    assert rows["signature"]["State"] == translations.NONE
    drafts = [row for row in rows.values() if row["State"] == translations.DRAFT]
    assert len(drafts) > 500
    assert [row["Key"] for row in drafts if not row["English"].strip() or not row["Welsh"].strip()] == []
    # no Welsh column holds English
    assert [row["Key"] for row in drafts if ENGLISH_WORDS.search(re.sub(r"\{\w+\}", "", row["Welsh"]))] == []


def test_list_when_the_council_words_and_checks_it_then_says_so(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(
        'report:\n  chapter:\n    answer: {cy: Crynodeb}\nwelsh_is_checked_by: "M. Evans"\n', encoding="utf-8"
    )
    settings = load_settings(home=tmp_path).model_copy(update={"overlay": tmp_path})
    rows = {row.key: row for row in translations.every(settings)}
    assert rows["chapter.answer"].welsh == "Crynodeb"
    assert {row.state for row in rows.values()} == {translations.CHECKED, translations.NONE}
