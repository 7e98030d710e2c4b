"""The report as workbook, document and PDF: every figure is that of its page, and whoever reads by ear can follow."""

from __future__ import annotations

import io
import itertools
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
import pytest
from docx.oxml.ns import qn

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.reporting.report import formats
from csc_warehouse.reporting.report.blocks import NOTHING, MeasureTable
from csc_warehouse.reporting.report.formats import drawn, laying, typesetting
from csc_warehouse.reporting.report.formats.paper import Grid, Heading, Picture
from csc_warehouse.settings import PROJECT_DIRECTORY, Config, child_environment
from tests.support import report_book, report_files
from tests.support.debian import needs_library

SETS_PAGES = needs_library("pangoft2-1.0", package="libpangoft2-1.0-0")
WRITTEN = ("=1+1", "@SUM(A1)", "Tŷ'r Wŷn $$n$$ a ŵyr [here](http://example.org) <b>", "Llanfair" * 30, "\N{SNOWMAN}")
"""What authors may write: formulas, marks and links of the libraries, Welsh, a long word, a letter no font here has."""
LABELS = {"2017/18 Q1": 1000, "2017/18 Q2": 3000, "2017/18 H1": 5000}
ACCEPTED = {
    # an address that an author wrote stays a text: nobody looked where it leads
    "LNK-010",
    # a drawing of one measure has a table of one row: a heading for each period, and one for the measure
    "TBL-010",
}
"""Rules of the checker that are answered for here; all others hold."""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Write the hand-made report with what authors wrote, once in each format that needs no library of the system."""
    report = report_book.report(report_book.noted(*WRITTEN))
    return {form: formats.written(report, form) for form in ("xlsx", "docx")}


@pytest.fixture(scope="module")
def made_pdf() -> bytes:
    """Set the same report as PDF, with a table that runs over pages."""
    return formats.written(_long(), "pdf")


def _long() -> Any:
    """Return the report with a table of 70 groups, its authors' paragraphs in Welsh."""
    book = report_book.noted(*WRITTEN, language="cy")
    figures = {
        number: {each: report_book.figure(each, f"{start + number:,}") for each, start in LABELS.items()}
        for number in range(70)
    }
    many = {
        ("CON01", "source", f"Source {chr(97 + number // 26)}{chr(97 + number % 26)}"): each
        for number, each in figures.items()
    }
    return report_book.report(replace(book, figures={**book.figures, **many}))


def _paper() -> Any:
    return laying.laid(report_book.report(report_book.noted(*WRITTEN)))


def test_workbook_when_compared_with_the_page_then_shows_every_figure_as_it_does(files: dict[str, bytes]) -> None:
    assert report_files.assert_workbook_is_of_page(files["xlsx"], report_book.report(report_book.noted(*WRITTEN))) > 80


def test_welsh_files_when_compared_with_the_welsh_page_then_show_its_figures_and_speak_welsh() -> None:
    report = report_book.report(report_book.noted("Ysgrifennwyd.", language="en"), language="cy")
    workbook = formats.written(report, "xlsx")
    assert report_files.assert_workbook_is_of_page(workbook, report) > 80
    assert openpyxl.load_workbook(io.BytesIO(workbook)).sheetnames[:4] == ["Clawr", "Cynnwys", "Nodiadau", "Llaw_fer"]
    assert report_files.assert_paper_is_of_page(report) > 80
    document = report_files.opened_document(formats.written(report, "docx"))
    assert document.core_properties.language == "cy-GB"
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "mewngofnod cronfa ddata" in text
    assert "(proffil pwyllgor)" in text
    (written,) = (paragraph for paragraph in document.paragraphs if paragraph.text == "Ysgrifennwyd.")
    # an author's paragraph says its own language
    assert [each.get(qn("w:val")) for each in written._p.iter(qn("w:lang"))] == ["en-GB"]


def test_workbook_when_a_figure_is_one_then_can_be_calculated_with_and_has_its_sign(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    cells = {cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    # 25,000 underspend is below nought, 77.6% a share of one, and no more of it is told than is printed
    assert {-25000, 991000, 0.776, 5549} <= cells
    assert 0.77602523659306 not in cells


def _holds(dimension: Any, column: int) -> bool:
    return bool(dimension.min <= column <= dimension.max)


def test_workbook_when_a_figure_has_words_then_its_column_is_wide_enough_to_show_it(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    wide = 0
    for sheet in book.worksheets:
        for cell in (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)):
            shown = report_files.displayed(cell.value, cell.number_format)
            # columns of one width stand under the first of them
            (its,) = (each for each in sheet.column_dimensions.values() if _holds(each, cell.column))
            assert its.width > len(shown)
            wide += len(shown) > 16
    assert wide


def test_workbook_when_checked_by_the_analysis_functions_rules_then_keeps_them(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    assert book.sheetnames[:4] == ["Cover", "Contents", "Notes", "Shorthand"]
    listed = [str(row[0].value) for row in book["Contents"].iter_rows(min_row=4)]
    assert listed == book.sheetnames[2:]
    notes = {str(row[0].value) for row in book["Notes"].iter_rows(min_row=4)}
    referred: set[str] = set()
    for sheet in book.worksheets:
        assert sheet.merged_cells.ranges == set()
        assert sheet["A1"].value
        if sheet.title == "Cover":
            continue
        (table,) = sheet.tables.values()
        first, last = table.ref.split(":")
        assert first == "A3"
        assert sheet.dimensions == f"A1:{last}"
        assert str(sheet["A2"].value).startswith("This worksheet contains one table.")
        assert all(cell.value not in (None, "") for row in sheet[table.ref] for cell in row)
        headings = [cell.value for cell in sheet[3]]
        assert len(set(headings)) == len(headings)
        for row in sheet.iter_rows():
            for cell in row:
                referred |= {f"note {part.partition(']')[0]}" for part in str(cell.value).split("[note ")[1:]}
    assert referred == notes
    assert {"[c]", "[none]"} <= {row[0].value for row in book["Shorthand"].iter_rows(min_row=4)}
    assert (book.properties.title, book.properties.language) == (laying.title(report_book.report()), "en-GB")


def test_workbook_when_somebody_wrote_a_formula_then_is_text_and_no_link(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert {cell.hyperlink.target for cell in cells if cell.hyperlink} == {None}
    values = {cell.value: cell for cell in cells}
    assert values["=1+1"].quotePrefix
    assert values["@SUM(A1)"].quotePrefix
    assert "Tŷ'r Wŷn $ $n$ $ a ŵyr [here] (http://example.org) <b>" in values


def test_document_when_compared_with_its_model_then_has_every_cell_of_every_table(files: dict[str, bytes]) -> None:
    assert len(list(report_files.grids(_paper()))) > 8
    report_files.assert_document_is_of_paper(files["docx"], _paper())


def test_model_of_paper_when_compared_with_the_page_then_has_its_figures() -> None:
    assert report_files.assert_paper_is_of_page(report_book.report(report_book.noted(*WRITTEN))) > 80


def test_document_when_read_by_ear_then_can_be_followed(files: dict[str, bytes]) -> None:
    document = report_files.opened_document(files["docx"])
    levels = [
        int(paragraph.style.name.removeprefix("Heading "))
        for paragraph in document.paragraphs
        if paragraph.style is not None and paragraph.style.name and paragraph.style.name.startswith("Heading")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - before <= 1 for before, later in itertools.pairwise(levels))
    for table in document.tables:
        marked = [row._tr.trPr is not None and row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows]
        assert marked == [True, *[False] * (len(marked) - 1)]
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
    pictures = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert pictures == [part.says for part in _paper().parts if isinstance(part, Picture)]
    assert document.core_properties.title == laying.title(report_book.report())
    assert document.core_properties.language == "en-GB"
    assert {each.get(qn("w:val")) for each in document.styles.element.iter(qn("w:lang"))} == {"en-GB"}
    assert [paragraph.text for paragraph in document.paragraphs if paragraph.text in WRITTEN] == list(WRITTEN)


def test_note_of_the_signature_when_the_document_is_welsh_then_says_its_own_language() -> None:
    document = report_files.opened_document(formats.written(report_book.report(language="cy"), "docx"))
    runs = [run for paragraph in document.paragraphs for run in paragraph.runs]
    (note,) = [run for run in runs if run.text == report_book.SIGNATURE.note]
    assert note._element.get_or_add_rPr().find(qn("w:lang")).get(qn("w:val")) == "en-GB"


@SETS_PAGES
def test_pdf_when_compared_with_its_model_then_says_every_row_of_every_table(made_pdf: bytes) -> None:
    report_files.assert_pdf_is_of_paper(made_pdf, laying.laid(_long()))


@SETS_PAGES
def test_pdf_when_checked_then_keeps_the_rules_for_readers_by_ear(made_pdf: bytes, tmp_path: Path) -> None:
    import outloud
    import pdfua

    path = tmp_path / "report.pdf"
    path.write_bytes(made_pdf)
    found = outloud.check(path)
    assert {each.rule for each in found.findings if each.severity in ("error", "warning")} <= ACCEPTED
    assert [each.message for each in pdfua.validate(str(path)).findings] == []


@SETS_PAGES
def test_pdf_when_its_tags_are_read_then_headings_tables_and_drawings_say_what_they_are(made_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(made_pdf)) as opened:
        _look_at(_parts(opened.Root.StructTreeRoot.K[0]))


def _look_at(parts: list[Any]) -> None:
    kinds = [str(part.S) for part in parts]
    paper = laying.laid(_long())
    grids = list(report_files.grids(paper))
    # one that runs over pages is one table, and its headings are said once
    assert kinds.count("/Table") == len(grids)
    assert kinds.count("/TR") == sum(len(grid.rows) + 1 for grid in grids)
    assert kinds.count("/TH") == sum(len(grid.rows) + len(grid.columns) for grid in grids)
    assert {str(part.A.Scope) for part in parts if str(part.S) == "/TH"} == {"/Column", "/Row"}
    headings = [f"/H{part.level}" for part in paper.parts if isinstance(part, Heading)]
    assert [kind for kind in kinds if kind[:2] == "/H" and kind[2:].isdigit()] == headings
    figures = [str(part.Alt) for part in parts if str(part.S) == "/Figure"]
    assert figures == [part.says for part in paper.parts if isinstance(part, Picture)]
    names = {bytes(part.ID) for part in parts if "/ID" in part}
    told = {bytes(each) for part in parts if "/A" in part and "/Headers" in part.A for each in part.A.Headers}
    assert told <= names
    assert {str(part.Lang) for part in parts if "/Lang" in part} == {"cy"}


def _parts(tags: Any) -> list[Any]:
    inside = tags.get("/K", [])
    children = [each for each in inside if isinstance(each, pikepdf.Dictionary) and "/S" in each]
    return [part for child in children for part in (child, *_parts(child))]


@SETS_PAGES
def test_pdf_when_opened_then_is_in_the_fonts_of_the_package_and_in_12_points_or_more(made_pdf: bytes) -> None:
    with report_files.opened_pdf(made_pdf) as made:
        fonts = {font[3].partition("+")[2] for page in made for font in page.get_fonts()}
        sizes = {
            round(span["size"], 2)
            for page in made
            for block in page.get_text("dict")["blocks"]
            for line in block.get("lines", ())
            for span in line["spans"]
            if span["text"].strip()
        }
    assert fonts == {"Source-Sans-Pro", "Source-Sans-Pro-Bold"}
    assert min(sizes) >= 12
    said = report_files.pdf_words(made_pdf)
    assert "Tŷ'r Wŷn" in said
    assert drawn.MISSING in said
    with pikepdf.open(io.BytesIO(made_pdf)) as opened:
        assert str(opened.Root.Lang) == "en-GB"
        assert str(opened.docinfo["/Title"]) == laying.title(report_book.report())
        assert str(opened.docinfo["/CreationDate"]).startswith("D:20181231150405")


_WRITE = """
import datetime, hashlib, sys
import time_machine
from tests.support import report_book
from csc_warehouse.reporting.report import formats

report = report_book.report(report_book.noted("Ŵyn"), is_signed=True)
with time_machine.travel(datetime.datetime.fromisoformat(sys.argv[1]), tick=True):
    for form in sys.argv[2:]:
        print(form, hashlib.sha256(formats.written(report, form)).hexdigest())
"""


@SETS_PAGES
def test_files_when_written_at_another_time_and_place_then_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    places = [
        ("2019-01-02T03:04:05+00:00", {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}),
        ("2031-07-08T23:59:59+00:00", {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "77"}),
    ]
    started = []
    for number, (day, variables) in enumerate(places):
        home = tmp_path / f"home {number}"
        home.mkdir()
        started.append(
            subprocess.Popen(  # noqa: S603  (a script of ours)
                [sys.executable, "-c", _WRITE, day, "xlsx", "docx", "pdf"],
                cwd=PROJECT_DIRECTORY,
                env=child_environment(HOME=str(home), TMPDIR=str(home), PYTHONPATH=os.curdir, **variables),
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    one, other = (process.communicate(timeout=240)[0] for process in started)
    assert one == other
    assert len(one.splitlines()) == 3


def test_formats_when_asked_for_then_are_those_or_all_and_another_is_named() -> None:
    assert formats.chosen(None) == ("html", "csv")
    assert formats.chosen("PDF, html") == ("pdf", "html")
    assert formats.chosen("all") == formats.ALL == Config().report_formats
    with pytest.raises(UsageError, match="--format xls is not known: did you mean xlsx"):
        formats.chosen("html,xls")
    with pytest.raises(UsageError, match="there is html, csv, xlsx, docx, pdf and all"):
        formats.chosen("")


def test_pdf_when_the_machine_lacks_the_library_then_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], typesetting.LACKING, b"", b"cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(subprocess, "run", lacking)
    with pytest.raises(
        CscWarehouseError, match=r"apt-get install libpango-1\.0-0 libpangoft2-1\.0-0; or leave pdf out"
    ):
        formats.written(report_book.report(), "pdf")


def test_setting_when_a_library_cannot_be_loaded_then_ends_with_its_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lacking:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Lacking(), *sys.meta_path])
    assert typesetting.main() == typesetting.LACKING


def test_letters_that_no_font_has_are_seen_to_be_missing() -> None:
    assert drawn.shown("Ŵyn w\N{COMBINING CIRCUMFLEX ACCENT} ▲▼◆ £ \N{SNOWMAN}") == f"Ŵyn ŵ ▲▼◆ £ {drawn.MISSING}"


def test_measures_when_laid_on_paper_then_nothing_of_their_table_is_lost() -> None:
    report = report_book.report()
    grids = {part.key: part for part in laying.laid(report).parts if isinstance(part, Grid)}
    (table,) = (
        block
        for chapter in report.chapters
        for block in chapter.blocks
        if isinstance(block, MeasureTable) and block.head.key == "table"
    )
    beside = {row[0].says: row for row in grids["table-beside"].rows}
    for row in table.rows:
        assert [slot.says for slot in beside[row.title]][1] == (
            f"{row.change.arrow} {row.change.word}".strip() or NOTHING.display
        )
        if row.elsewhere:
            slot = beside[row.title][2]
            assert (slot.says, *slot.under) == row.elsewhere
    assert [row.now.value for row in table.rows][:2] == [Decimal("77.6"), Decimal(5549)]
