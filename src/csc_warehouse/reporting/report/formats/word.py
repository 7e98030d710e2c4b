"""The report as a document that officers edit: real headings, tables with marked headers, drawings with a text."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from csc_warehouse.reporting.report.formats import drawn, packing
from csc_warehouse.reporting.report.formats.paper import Grid, Heading, Listed, Paper, Picture, Slot, Text
from csc_warehouse.reporting.spreadsheets import visible
from csc_warehouse.texts import Part

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

FONT = "Arial"
"""Every office has it; the file holds none of its own."""
BODY, PAGE_WIDTH, PAGE_HEIGHT, EDGE = 12, 29.7, 21.0, 1.5
TABLES = ("Normal Table", "Table Grid")
TAGS = {"en": "en-GB", "cy": "cy-GB"}
COLOURS = {"worse": "951B1B", "red": "951B1B", "better": "0B6338", "green": "0B6338", "amber": "7D4400"}
EDGE_OF_CELL = 2 * 12_700
"""2 points, in the library's units."""
FIRST_SHARE, WIDE_SHARE = 2.6, 2.2
"""How much wider than one of figures the first column is, and one of words."""


def document(paper: Paper) -> bytes:
    """Return the file. The same report gives the same bytes on any day and machine."""
    from docx.api import Document

    made = Document()
    _set_up(made, paper)
    for before, part in itertools.pairwise((None, *paper.parts)):
        if isinstance(part, Heading):
            made.add_heading(visible(part.says), part.level)
        elif isinstance(part, Text):
            paragraph = made.add_paragraph()
            paragraph.paragraph_format.keep_with_next = isinstance(before, Heading) or None
            _write(paragraph, part)
        elif isinstance(part, Listed):
            for item in part.items:
                _write(made.add_paragraph(style="List Bullet"), item)
        elif isinstance(part, Grid):
            _table(made, part)
        elif isinstance(part, Picture):
            _picture(made, part)
    buffer = io.BytesIO()
    made.save(buffer)
    return packing.repacked(buffer.getvalue())


def _set_up(made: Word, paper: Paper) -> None:
    """Set properties, language, page and styles; the template's own author and times do not stay."""
    from docx.enum.section import WD_ORIENT
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    when = paper.made.replace(tzinfo=None)
    properties = made.core_properties
    properties.title, properties.author, properties.last_modified_by = visible(paper.title), paper.author, paper.author
    properties.created = properties.modified = when
    properties.language, properties.identifier = TAGS[paper.texts.language], paper.name
    properties.comments, properties.revision = "", 1
    section = made.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(PAGE_WIDTH), Cm(PAGE_HEIGHT)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(EDGE)
    for name, size in (
        ("Normal", BODY),
        ("Heading 1", 22),
        ("Heading 2", 18),
        ("Heading 3", 14),
        ("List Bullet", BODY),
    ):
        style = made.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        if name.startswith("Heading"):
            style.font.color.rgb, style.font.italic = RGBColor(0x12, 0x43, 0x6D), False
        fonts = style.element.rPr.rFonts
        for which in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{which}"), FONT)
        for which in ("asciiTheme", "hAnsiTheme", "cstheme", "eastAsiaTheme"):
            fonts.attrib.pop(qn(f"w:{which}"), None)
    # what the template has besides, and no report uses, would be most of the file
    for name, relation in list(made.part.rels.items()):
        if relation.reltype.endswith("/stylesWithEffects"):
            made.part.rels.pop(name)
    for style in list(made.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in TABLES:
            style.delete()
    for language in made.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), TAGS[paper.texts.language])


def _write(paragraph: Paragraph, text: Text) -> None:
    from docx.shared import Cm

    if text.lead:
        paragraph.add_run(f"{visible(text.lead)} ").bold = True
    for number, says in enumerate((text.says, *text.more)):
        if number:
            paragraph.add_run(" ")
        _run(paragraph, says).italic = True if text.kind == "note" else None
    if text.kind == "author":
        paragraph.paragraph_format.left_indent = Cm(1)


def _run(paragraph: Paragraph, says: str) -> Run:
    """Write words, with their language where it is another than the document's."""
    run = paragraph.add_run(visible(says))
    if isinstance(says, Part):
        run._element.get_or_add_rPr().append(_element("w:lang", TAGS[says.language]))
    return run


def _table(made: Word, grid: Grid) -> None:
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement
    from docx.shared import Cm

    table = made.add_table(rows=1 + len(grid.rows), cols=len(grid.columns), style="Table Grid")
    table.autofit = False
    shares = [_share(number, grid) for number in range(len(grid.columns))]
    widths = [Cm((PAGE_WIDTH - 2 * EDGE) * share / sum(shares)) for share in shares]
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    if look is None:
        look = OxmlElement("w:tblLook")
        properties.append(look)
    for name, value in (("firstRow", "1"), ("firstColumn", "1"), ("lastRow", "1" if grid.has_total else "0")):
        look.set(qn(f"w:{name}"), value)
    # the schema has it last
    properties.append(_element("w:tblCaption", visible(grid.title)))
    headings = [Slot(heading) for heading in grid.columns]
    cells = [list(row.cells) for row in table.rows]
    for number, slots in enumerate([headings, *grid.rows]):
        is_last = grid.has_total and number == len(grid.rows)
        for place, slot in enumerate(slots):
            _fill(
                cells[number][place],
                slot,
                is_bold=not number or not place or is_last,
                is_number=_is_number(place, grid),
            )
            cells[number][place].width = widths[place]
        _whole(table, number)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    header = table.rows[0]._tr.get_or_add_trPr()
    header.append(OxmlElement("w:tblHeader"))


def _whole(table: Table, number: int) -> None:
    """Keep a row on one page."""
    from docx.oxml.parser import OxmlElement

    table.rows[number]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _fill(cell: _Cell, slot: Slot, *, is_bold: bool, is_number: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import RGBColor

    lines: Sequence[str] = (slot.says, *slot.under)
    for number, line in enumerate(lines):
        paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
        paragraph.paragraph_format.space_after = EDGE_OF_CELL if number == len(lines) - 1 else 0
        paragraph.paragraph_format.space_before = 0 if number else EDGE_OF_CELL
        if is_number:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = _run(paragraph, line)
        run.bold = is_bold and not number
        if slot.tone in COLOURS:
            run.font.color.rgb = RGBColor.from_string(COLOURS[slot.tone])


def _picture(made: Word, picture: Picture) -> None:
    from docx.shared import Cm

    if picture.title:
        made.add_paragraph().add_run(visible(picture.title)).bold = True
    width = 13.0 if picture.is_small else 20.0
    shape = made.add_picture(io.BytesIO(drawn.picture(str(picture.drawing))), width=Cm(width))
    described = shape._inline.docPr
    described.set("descr", visible(picture.says))
    described.set("title", visible(picture.title or picture.key))


def _element(name: str, value: str) -> BaseOxmlElement:
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    made: BaseOxmlElement = OxmlElement(name)
    made.set(qn("w:val"), value)
    return made


def _share(place: int, grid: Grid) -> float:
    return FIRST_SHARE if not place else WIDE_SHARE if place in grid.wide else 1.0


def _is_number(place: int, grid: Grid) -> bool:
    return place > 0 and place not in grid.wide
