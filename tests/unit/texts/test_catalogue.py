"""The catalogue of texts: every key in both languages, filled in alike, and a council's own wording laid over it."""

from __future__ import annotations

import ast
import csv
import datetime
import re
from decimal import Decimal
from pathlib import Path

import pytest

from csc_warehouse import texts
from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.texts import Part, Texts, catalogue

REPORTING = PROJECT_DIRECTORY / "src" / "csc_warehouse" / "reporting"
PAGES = REPORTING / "pages" / "templates"
SPEAKERS = [
    REPORTING / "committee.py",
    *sorted((REPORTING / "report").glob("*.py")),
    PAGES / "committee.html.j2",
    PAGES / "report_parts.html.j2",
]
SPEAKERS_OF_THE_PACK = [
    *sorted((REPORTING / "weekly").glob("*.py")),
    PAGES / "weekly.html.j2",
    PAGES / "weekly_list.html.j2",
]
KEY = re.compile(r"""(?:texts|say|markup|cymraeg)\(\s*f?(["'])([a-z_]+(?:\.[A-Za-z_{}()!=<> ']+|\.[a-z_]*)*)\1""")


@pytest.mark.parametrize("page", texts.PAGES)
def test_shipped_texts_when_read_then_hold_together_in_both_languages(page: str) -> None:
    found = texts.load(page)
    assert len(found) > 150
    for entry in found.values():
        assert entry.forms("en")["other"].strip()
        assert entry.forms("cy")["other"].strip()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: {en: One}\n", "a: it has no text in cy; write it."),
        ("a: {en: One, cy: Un, fr: Un}\n", "a: fr is no language of the pages"),
        ('a: {en: "{n} of {m}", cy: "{n}"}\n', "a: cy, other: it does not fill in the same as the English: {m}"),
        ('a: {en: "{n!r}", cy: "{n}"}\n', "a: en, other: {n} is no plain name"),
        ('a: {en: "{0}", cy: "{0}"}\n', "a: en, other: {0} is no plain name"),
        ('a: {en: "{", cy: "x"}\n', "a: en, other: "),
        ('a: {en: {one: "{count} x", many: "{count} xs", other: "{count} xs"}, cy: "{count}"}\n', "in a form many"),
        ('a: {en: {one: "{count} x"}, cy: "{count}"}\n', "a: en has no form other"),
        ("a: {en: {one: x, other: xs}, cy: y}\n", "and no {count} that chooses one"),
        ('a: {en: "", cy: y}\n', "a: en, other: it is empty"),
        ("a: word\n", "a: it holds something else"),
        ("a: {en: x, cy: y}\na: {en: z, cy: y}\n", "line 2, a: it stands on line 1 already"),
        ("page: {skip: {en: x, cy: y}}\n", "page.skip: it stands in common.yml already"),
    ],
)
def test_shipped_file_when_it_has_a_fault_then_is_not_used_and_its_key_is_named(
    text: str, fault: str, tmp_path: Path
) -> None:
    for name in (catalogue.COMMON, catalogue.SENTENCES):
        (tmp_path / f"{name}.yml").write_bytes((catalogue.FOLDER / f"{name}.yml").read_bytes())
    (tmp_path / "weekly.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CscWarehouseError, match=r"The texts cannot be used: weekly\.yml, ") as refused:
        texts.load("weekly", folder=tmp_path)
    assert fault in str(refused.value)


@pytest.mark.parametrize(("page", "speakers"), [("report", SPEAKERS), ("weekly", SPEAKERS_OF_THE_PACK)])
def test_keys_when_code_and_templates_name_them_then_are_there(page: str, speakers: list[Path]) -> None:
    known = set(texts.load(page))
    named = {found[2] for path in speakers for found in KEY.finditer(path.read_text(encoding="utf-8"))}
    assert len(named) > 90
    missing = []
    for key in named:
        # of a key that is put together, that some begin like it
        whole = re.escape(key) if "{" not in key and not key.endswith(".") else re.escape(key.partition("{")[0]) + ".*"
        if not any(re.fullmatch(whole, each) for each in known):
            missing.append(key)
    assert missing == []


@pytest.mark.parametrize("template", [path for path in (*SPEAKERS, *SPEAKERS_OF_THE_PACK) if path.suffix == ".j2"])
def test_template_in_two_languages_when_read_then_holds_no_word_of_its_own(template: Path) -> None:
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    styled = re.sub(r"^[.@a-z][^<>]*{[^<>]*}[ }]*$", " ", text, flags=re.MULTILINE)
    assert re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", " ", styled)) == []


def test_code_of_the_report_when_read_then_holds_no_sentence() -> None:
    found = []
    for path in [each for each in SPEAKERS if each.suffix == ".py"]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {id(node.exc) for node in ast.walk(tree) if isinstance(node, ast.Raise)}
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        raised = {id(part) for node in ast.walk(tree) if id(node) in told for part in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | raised:
                is_other = re.search(r"\b(select|from|where|set transaction)\b|<|=\"", node.value)
                if re.search(r"[A-Za-z]{2,} [a-z]{2,}", node.value) and not is_other:
                    found.append(f"{path.name}: {node.value}")
    assert found == [
        "committee.py:  Its figures have expired.",
        "words.py: no clear change",
    ]


def test_number_when_counted_then_in_the_form_of_its_language() -> None:
    english, welsh = Texts("en"), Texts("cy")
    assert [english("unit.children.counted", count=number) for number in (1, 2, 1200)] == [
        "1 child", "2 children", "1,200 children",
    ]  # fmt: skip
    assert [welsh("unit.children.counted", count=number) for number in (1, 2, 1200)] == [
        "1 plentyn", "2 o blant", "1,200 o blant",
    ]  # fmt: skip
    assert welsh("unit.working_days.counted", count=Decimal("8.2")) == "8.2 diwrnod gwaith"


def test_days_and_periods_when_written_then_as_the_language_writes_them() -> None:
    day = datetime.date(2018, 12, 31)
    assert Texts("en").day(day) == "31 December 2018"
    assert Texts("cy").day(day) == "31 Rhagfyr 2018"
    labels = ["2018/19 Q1", "2018/19 H2", "2018/19 YTD Q3", "2018/19", "2018-04"]
    assert [Texts("en").period(label) for label in labels] == labels
    assert [Texts("cy").period(label) for label in labels] == [
        "2018/19 Ch1", "2018/19 HB2", "2018/19 hyd at Ch3", "2018/19", "2018-04",
    ]  # fmt: skip


def test_sentence_made_elsewhere_when_known_then_in_welsh_with_its_figures_and_else_marked_as_english() -> None:
    welsh = Texts("cy")
    known = "5% of its records lack a fact that it needs. 12% of what it counts was recorded after 14 days."
    said = welsh.translated(known)
    assert not isinstance(said, Part)
    assert said.startswith("Mae 5% o'i gofnodion")
    assert "12%" in said
    assert "14 diwrnod" in said
    unknown = welsh.translated("Nobody <b> translated this.")
    assert isinstance(unknown, Part)
    assert unknown.__html__() == '<span lang="en">Nobody &lt;b&gt; translated this.</span>'
    assert Texts("en").translated("Nobody translated this.") == "Nobody translated this."
    assert not isinstance(Texts("en").translated("Nobody translated this."), Part)


def test_text_when_put_into_a_page_then_what_is_filled_in_is_escaped() -> None:
    said = Texts("en").markup("head.signed_by", person="<b>A's</b>")
    assert said == "Signed off by &lt;b&gt;A&#39;s&lt;/b&gt;"


def test_wording_of_a_council_when_laid_over_then_replaces_one_language_of_one_text_alone() -> None:
    laid = 'report:\n  chapter:\n    answer: {cy: "Crynodeb <b>"}\n'
    assert Texts("cy", laid_over=laid)("chapter.answer") == "Crynodeb <b>"
    assert Texts("cy", laid_over=laid).markup("chapter.answer") == "Crynodeb &lt;b&gt;"
    assert Texts("en", laid_over=laid)("chapter.answer") == "In short"
    assert Texts("cy", laid_over=laid)("chapter.more") == Texts("cy")("chapter.more")
    assert texts.entries(laid) == ["report.chapter.answer"]


def test_sentence_of_a_council_when_laid_over_then_is_found() -> None:
    laid = 'sentences:\n  ours: {en: "{number} posts were moved.", cy: "Symudwyd {number} o swyddi."}\n'
    assert Texts("cy", laid_over=laid).translated("12 posts were moved.") == "Symudwyd 12 o swyddi."


def test_draft_when_the_council_says_who_checked_it_then_is_none_any_more() -> None:
    checked = 'welsh_is_checked_by: "M. Evans, translator"\n'
    assert Texts("cy").is_draft
    assert not Texts("en").is_draft
    assert not Texts("cy", laid_over=checked).is_draft
    assert texts.entries(checked) == ["welsh_is_checked_by"]


def test_example_when_laid_over_then_says_nothing_and_without_its_signs_is_valid() -> None:
    example = texts.EXAMPLE.read_text(encoding="utf-8")
    assert texts.faults_of(example) == []
    assert texts.entries(example) == []
    lines = example.split("#\n", maxsplit=1)[1].splitlines()
    spoken = "\n".join(line.removeprefix("# ") for line in lines)
    assert texts.faults_of(spoken) == []
    assert len(texts.entries(spoken)) == 4


@pytest.mark.parametrize(
    ("laid", "fault"),
    [
        ("report:\n  chapter:\n    anser: {cy: x}\n", "line 3, report.chapter.anser: there is no text chapter.anser;"),
        ("reports: {}\n", "line 1, reports: no key of that name belongs here; did you mean report?"),
        ('report:\n  title: {cy: "{authority}"}\n', "line 2, report.title: cy, other: it does not fill in the same"),
        ("report:\n  title: x\n", "line 2, report.title: it holds something else"),
        ("report: x\n", "line 1, report: it holds no texts"),
        ("welsh_is_checked_by: ''\n", "line 1, welsh_is_checked_by: it names nobody"),
        ("sentences:\n  ours: {cy: x}\n", "line 2, sentences.ours: it has no text in en"),
        ("sentences:\n  grade:\n    lack: {en: x, cy: y}\n", "line 3, sentences.grade.lack: its English is what"),
        ("report:\n  title: {fr: x}\n", "there is no text title.fr; did you mean title?"),
        ("report: [\n", "line 2: it is no YAML"),
    ],
)
def test_wording_of_a_council_when_it_has_a_fault_then_the_sentence_names_file_line_and_key(
    laid: str, fault: str
) -> None:
    faults = texts.faults_of(laid)
    assert any(fault in said and said.startswith("texts.yml, line ") for said in faults), faults
    with pytest.raises(UsageError, match=r"The texts of the council cannot be used: texts\.yml, line"):
        Texts("cy", laid_over=laid)("title")


def test_units_of_the_register_when_named_or_counted_then_are_texts_in_both_languages() -> None:
    seed = PROJECT_DIRECTORY / "dbt_project" / "seeds" / "indicators.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        units = {row["unit"] for row in csv.DictReader(file)} - {"%", "GBP"}
    assert len(units) > 8
    keys = [f"unit.{unit.replace(' ', '_')}.{way}" for unit in units for way in ("name", "counted")]
    assert [key for key in keys if not Texts("cy").has(key)] == []


def test_text_when_begun_with_a_capital_letter_then_keeps_its_language_and_the_rest() -> None:
    begun = Texts("cy").capitalised(Part("seen by a GP", "en"))
    assert isinstance(begun, Part)
    assert (begun, begun.language) == ("Seen by a GP", "en")
    assert Texts("cy").capitalised("ymholiadau") == "Ymholiadau"
