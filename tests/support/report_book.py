"""A report made by hand: five indicators, one of each kind of table and figure, and what a council writes besides."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

from csc_warehouse import layouts
from csc_warehouse.reporting.report import answer, building
from csc_warehouse.reporting.report.blocks import Report
from csc_warehouse.reporting.report.book import Book, Break, Comparator, Entry, Figure, Note, Period, Revised, Target
from csc_warehouse.reporting.report.printing import Printer
from csc_warehouse.texts import Language
from csc_warehouse.version import Origin

SIGNATURE = SimpleNamespace(
    decision_id=3,
    signed_by="Siân Ŵyn, Head of Service",
    accounts="database login lead, Airflow account jones",
    signed_at=datetime.datetime(2018, 12, 31, 15, 4, 5, 123, tzinfo=datetime.UTC),
    note="Read with the board",
)
QUARTERS = [
    Period("quarter", "2016/17 Q1", datetime.date(2016, 4, 1), datetime.date(2016, 6, 30)),
    Period("quarter", "2016/17 Q2", datetime.date(2016, 7, 1), datetime.date(2016, 9, 30)),
    Period("quarter", "2016/17 Q3", datetime.date(2016, 10, 1), datetime.date(2016, 12, 31)),
    Period("quarter", "2016/17 Q4", datetime.date(2017, 1, 1), datetime.date(2017, 3, 31)),
    Period("quarter", "2017/18 Q1", datetime.date(2017, 4, 1), datetime.date(2017, 6, 30)),
    Period("quarter", "2017/18 Q2", datetime.date(2017, 7, 1), datetime.date(2017, 9, 30)),
]
HALVES = [
    Period("half_year", "2016/17 H1", datetime.date(2016, 4, 1), datetime.date(2016, 9, 30)),
    Period("half_year", "2016/17 H2", datetime.date(2016, 10, 1), datetime.date(2017, 3, 31)),
    Period("half_year", "2017/18 H1", datetime.date(2017, 4, 1), datetime.date(2017, 9, 30)),
]
YEAR = Period("year", "2016/17", datetime.date(2016, 4, 1), datetime.date(2017, 3, 31))
LAYOUT = """
order: [only]
sections:
  only: {title: {en: Only, cy: Unig}, holds: [table, bars, line, teams, money, heads]}
items:
  table: {shows: measures, title: {en: All, cy: Y cyfan}, indicators: [PM24, CON01, FIN01, ASM08, PM33]}
  bars: {shows: bars, title: {en: Contacts, cy: Cysylltiadau}, indicators: [CON01]}
  line: {shows: lines, title: {en: In time, cy: Mewn pryd}, indicators: [PM24]}
  teams: {shows: multiples, title: {en: By team, cy: Fesul tim}, indicators: [PM24], breakdowns: [team]}
  money: {shows: groups, title: {en: Sources, cy: Ffynonellau}, indicators: [CON01], breakdowns: [source]}
  heads: {shows: cross, title: {en: Money, cy: Arian}, indicators: [FIN01], rows: heading, columns: component, cells: heading_component}
"""  # noqa: E501  (a file of a council as it is written)


def entry(code: str, *, kind: str = "count", good: str = "none", unit: str = "contacts", stock: bool = False) -> Entry:
    """Return a row of the register."""
    return Entry(
        code=code,
        local_code="PMC024" if code == "PM24" else "",
        titles={"en": f"Title of {code}", "cy": f"Teitl {code}"},
        framework="PM" if code.startswith("PM") else "local",
        flow_or_stock="stock" if stock else "flow",
        value_type=kind,
        unit=unit,
        good_direction=good,
        period_types=frozenset({"year"} if code == "PM33" else {"quarter", "half_year", "year"}),
        is_confirmed=code != "PM33",
        confirm_note="Not read in full." if code == "PM33" else "",
    )


def figure(period: str, display: str, value: str | None = None, **more: object) -> Figure:
    """Return a figure whose value is its display, unless another one is given."""
    number = value if value is not None else re.sub(r"[^\d.-]", "", display)
    whole = Figure(period, display, Decimal(number) if number else None, None, None, "final", grade="A")
    return replace(whole, **more)  # type: ignore[arg-type]


def run(displays: list[str], periods: list[Period]) -> dict[str, Figure]:
    """Return a figure for each period, told against the one before it."""
    made: dict[str, Figure] = {}
    before: Decimal | None = None
    for period, display in zip(periods, displays, strict=True):
        if display:
            made[period.label] = figure(period.label, display, previous=before)
            before = made[period.label].value
    return made


def book() -> Book:
    """Return a book of five indicators, as reporting would have them."""
    timely = run(["85.6%", "85.5%", "85.5%", "84.3%", "86.0%", "68.8%"], QUARTERS)
    timely |= run(["85.6%", "84.9%", ""], HALVES)
    timely["2017/18 H1"] = figure(
        "2017/18 H1", "77.6%", "77.602523659306", numerator=Decimal(738), denominator=Decimal(951),
        previous=Decimal("84.9"), direction="worsened", target=Decimal(80), rating="amber",
        caveat="Nine are blank. The form changed.",
    )  # fmt: skip
    money = run(["£344,000", "£38,000", "£713,000", "£1,047,000", "", ""], QUARTERS) | run(
        ["£38,000", "£1,047,000", ""], HALVES
    )
    money["2017/18 Q1"] = figure("2017/18 Q1", "-£25,000", "-25000", previous=Decimal(1047000), direction="improved")
    money["2017/18 Q2"] = figure("2017/18 Q2", "£991,000", "991000", previous=Decimal(-25000), direction="worsened")
    # half a year before it was another year's budget
    money["2017/18 H1"] = figure("2017/18 H1", "£991,000", "991000", previous=Decimal(1047000), direction="improved")
    hidden = figure("2017/18 Q2", "[c]", "", status="suppressed")
    return Book(
        period=HALVES[2],
        as_at=datetime.date(2017, 12, 5),
        periods=(*QUARTERS, *HALVES, YEAR),
        figures={
            ("PM24", "all", "all"): timely,
            ("PM24", "team", "AIT"): run(["86.6%", "85.6%", "84.3%", "84.0%", "86.4%", "68.4%"], QUARTERS),
            ("PM24", "team", "CWD"): run(["100.0%", "66.7%", "100.0%", "90.9%", "", ""], QUARTERS)
            | {"2017/18 Q2": replace(hidden)},
            ("CON01", "all", "all"): run(["2,741", "2,721", "2,702", "2,616", "2,798", "2,751"], QUARTERS)
            | run(["5,462", "5,318", "5,549"], HALVES),
            ("CON01", "source", "POL"): run(["", "", "", "", "1,352", "1,328"], QUARTERS)
            | run(["", "", "2,680"], HALVES),
            ("CON01", "source", "<b>"): {"2017/18 Q2": hidden},
            ("FIN01", "all", "all"): money,
            ("FIN01", "heading", "PLACEMENTS"): {"2017/18 H1": figure("2017/18 H1", "£991,000")},
            ("FIN01", "component", "PLANNED SAVING"): {"2017/18 H1": figure("2017/18 H1", "-£350,000")},
            ("FIN01", "heading_component", "PLACEMENTS | PLANNED SAVING"): {
                "2017/18 H1": figure("2017/18 H1", "-£350,000")
            },
            ("ASM08", "all", "all"): run(["2.3%", "2.1%", "1.3%", "3.3%", "2.5%", "8.8%"], QUARTERS)
            | run(["1.1%", "0.7%", "1.3%"], HALVES),
            ("PM33", "all", "all"): {"2016/17": figure("2016/17", "10.7%")},
        },
        register={
            "PM24": entry("PM24", kind="percent", good="high", unit="%"),
            "CON01": entry("CON01"),
            "FIN01": entry("FIN01", kind="money", good="low", unit="GBP", stock=True),
            "ASM08": entry("ASM08", kind="percent", unit="%"),
            "PM33": entry("PM33", kind="percent", good="low", unit="%"),
        },
        comparators={
            "PM24": (
                Comparator("Wales", is_own=False, period="2016/17", value=Decimal("90.8")),
                Comparator("Wrexham", is_own=True, period="2016/17", value=Decimal("85.3")),
            )
        },
        targets={"PM24": (Target("at_least", Decimal(80), datetime.date(2017, 4, 1), None),)},
        breaks={"PM24": (Break(datetime.date(2017, 7, 3), {"en": "The form changed.", "cy": "Newidiodd."}),)},
        leanings={("PM24", "2017/18 H1"): (True, False)},
        revised=(Revised("CON01", "Title of CON01", "2017/18 Q2", "2,749", "2,751", "Late entries"),),
    )


def report(made: Book | None = None, *, language: Language = "en", is_signed: bool = True) -> Report:
    """Return the report of a book, as the command builds it."""
    made = made or book()
    printer = Printer(made, layouts.load(LAYOUT), language)
    chapters = building.chapters(printer)
    return Report(
        authority_code="W06000006",
        authority_name="Wrexham",
        release_id=7,
        period="2017/18 H1",
        as_at_date=made.as_at,
        verdict="caveats",
        reason="Nine are blank.",
        origin=Origin("1.2.3"),
        signatures=(SIGNATURE,) if is_signed else (),
        answer=answer.lines(printer, chapters, reason="Nine are blank.", is_signed=is_signed),
        chapters=chapters,
        revisions=made.revised,
        is_ended=made.is_ended,
        texts=printer.texts,
        about=printer.layout.title[language],
    )


def noted(*paragraphs: str, language: Language = "en") -> Book:
    """Return the book with what authors wrote at its one section."""
    note = Note(paragraphs, "Tŷ Ŵyn, Lead", datetime.date(2018, 1, 5), language)
    return replace(book(), notes={"only": note})
