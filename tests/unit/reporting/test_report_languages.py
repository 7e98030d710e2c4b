"""The report from rows made by hand, in both languages: English as it ever was, Welsh without a word of English."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest

from csc_warehouse import layouts
from csc_warehouse.reporting import committee
from csc_warehouse.reporting.report import answer, building
from csc_warehouse.reporting.report.blocks import Report
from csc_warehouse.reporting.report.book import Book, Comparator, Label, Note, Revised
from csc_warehouse.reporting.report.printing import Printer
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.texts import Language, Part
from csc_warehouse.version import Origin
from tests.support.english import ENGLISH_WORDS, is_code
from tests.support.report_book import LAYOUT
from tests.support.spoken import said
from tests.unit.reporting.test_committee_report import book

__all__ = ["book"]

ENGLISH = PROJECT_DIRECTORY / "tests" / "unit" / "reporting" / "report_in_english.txt"
SIGNATURE = SimpleNamespace(
    decision_id=1,
    signed_by="A. Jones",
    accounts="database login db, Airflow account jo",
    signed_at=datetime.datetime(2018, 1, 3, 4, 5, tzinfo=datetime.UTC),
    note="Read with the board",
)
CAVEAT = "A blank counts as not seen, so the figure looks worse than the work."
REASON = f"{CAVEAT} 2 further warnings."


def _plain(made: Book) -> Book:
    return made


def _nothing_revised(made: Book) -> Book:
    return replace(made, revised=())


def _noted(made: Book) -> Book:
    note = Note(("Two posts were filled.",), "A. Jones", datetime.date(2018, 1, 2))
    return replace(made, revised=(), notes={"only": note})


def _unclear(made: Book) -> Book:
    """Return the book without targets or clear changes, with quartiles, and a revision that nobody has explained."""
    quartiles = (Decimal("80.1"), Decimal("95.22"))
    figures = {
        key: {
            period: replace(
                figure, target=None, rating="", grade="C" if key[0] == "PM24" else "B",
                direction="no clear change" if figure.direction else "",
            )
            for period, figure in run.items()
        }
        for key, run in made.figures.items()
    }  # fmt: skip
    wales = Comparator("Wales", is_own=False, period="2016/17", value=Decimal("90.8"), quartiles=quartiles)
    return replace(
        made,
        figures=figures,
        revised=(Revised("CON01", "Title of CON01", "2017/18 Q2", "", "2,751", ""),),
        targets={},
        comparators={"PM24": (replace(wales, scope_cy="Cymru"),)},
        leanings={("PM24", "2017/18 H1"): (True, True), ("CON01", "2017/18 H1"): (False, True)},
    )


def _ungraded(made: Book) -> Book:
    """Return the book without grades, with a met target, a caveat, and a hidden figure."""
    period = "2017/18 H1"
    figures = {key: {p: replace(each, grade="") for p, each in run.items()} for key, run in made.figures.items()}
    timely, contacts = figures["PM24", "all", "all"], figures["CON01", "all", "all"]
    timely[period] = replace(timely[period], status="provisional", rating="green", caveat=f"{CAVEAT} The form changed.")
    contacts[period] = replace(contacts[period], status="suppressed", value=None, display="[c]")
    overdue = figures["ASM08", "all", "all"]
    overdue[period] = replace(overdue[period], status="no_denominator", value=None, display="[z]")
    return replace(made, figures=figures)


VARIANTS: dict[str, tuple[Callable[[Book], Book], bool, str]] = {
    "plain": (_plain, False, ""),
    "signed": (_nothing_revised, True, REASON),
    "noted": (_noted, False, ""),
    "unclear": (_unclear, False, ""),
    "ungraded": (_ungraded, False, REASON),
}
"""By name: what is made of the book, whether it is signed, and the reason of its verdict."""


def page(made: Book, language: Language, variant: str, *, layout: str | None = LAYOUT) -> str:
    """Return the page of the hand-made book in a language."""
    change, is_signed, reason = VARIANTS[variant]
    changed = change(made)
    changed = replace(changed, comparators={
        code: tuple(replace(each, scope_cy={"Wales": "Cymru", "Wrexham": "Wrecsam"}[each.scope]) for each in known)
        for code, known in changed.comparators.items()
    })  # fmt: skip
    printer = Printer(changed, layouts.load(layout), language)
    chapters = building.chapters(printer)
    return committee.as_page(
        Report(
            authority_code="W06000006",
            authority_name="Wrecsam" if language == "cy" else "Wrexham",
            release_id=7,
            period=changed.period.label,
            as_at_date=changed.as_at,
            verdict="caveats" if reason else "published",
            reason=reason,
            origin=Origin("1.0", "https://forge.example/csc"),
            signatures=(SIGNATURE,) if is_signed else (),
            answer=answer.lines(printer, chapters, reason=reason, is_signed=is_signed),
            chapters=chapters,
            revisions=printer.revisions,
            is_ended=variant != "noted",
            texts=printer.texts,
            about=printer.layout.title[language],
        )
    )


def test_english_when_compared_with_what_it_ever_was_then_says_the_same(request: pytest.FixtureRequest) -> None:
    made: Book = request.getfixturevalue("book")
    texts = [each.text for variant in VARIANTS for each in said(page(made, "en", variant))]
    assert list(dict.fromkeys(texts)) == ENGLISH.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("variant", VARIANTS)
def test_welsh_when_read_then_no_english_is_left_but_what_says_that_it_is(
    variant: str, request: pytest.FixtureRequest
) -> None:
    made: Book = request.getfixturevalue("book")
    english = {each.text for each in said(page(made, "en", variant))}
    welsh = said(page(made, "cy", variant))
    assert len(welsh) > 150
    assert {each.language for each in welsh} <= {"cy", "en"}
    assert {each.text for each in welsh if each.language == "en"} <= {
        "Read with the board", "Two posts were filled.", "Late entries", "Not read in full.", "Nine are blank.",
        "<b>", "PLACEMENTS",
    }  # fmt: skip
    spoken = [each.text for each in welsh if each.language == "cy"]
    names = {"A. Jones", "https://forge.example/csc"}
    assert [text for text in spoken if text in english - names and not is_code(text)] == []
    assert [text for text in spoken if ENGLISH_WORDS.search(text)] == []


def test_welsh_when_a_caveat_is_known_then_says_it_in_welsh(request: pytest.FixtureRequest) -> None:
    made: Book = request.getfixturevalue("book")
    welsh = page(made, "cy", "ungraded")
    assert "Mae bwlch yn cyfrif fel heb ei weld, felly mae" in welsh
    assert "Nifer y rhybuddion eraill: 2." in welsh


def test_reason_of_a_revision_when_the_council_wrote_its_welsh_then_is_welsh(request: pytest.FixtureRequest) -> None:
    made: Book = request.getfixturevalue("book")
    laid_over = 'sentences:\n  late: {en: "Late entries", cy: "Cofnodion hwyr"}\n'
    printer = Printer(made, layouts.load(LAYOUT), "cy", laid_over)
    report = Report(
        "W06000006", "Wrecsam", 7, "2017/18 H1", made.as_at, "published", "", Origin("1.0"), (), (),
        building.chapters(printer), printer.revisions, texts=printer.texts,
    )  # fmt: skip
    shown = committee.as_page(report)
    assert shown.count("Cofnodion hwyr") == 2
    assert "Late entries" not in shown


def test_page_when_there_is_one_in_the_other_language_then_links_to_it_in_that_language(
    request: pytest.FixtureRequest,
) -> None:
    made: Book = request.getfixturevalue("book")
    printer = Printer(made, layouts.load(LAYOUT), "cy")
    report = Report(
        "W06000006", "Wrecsam", 7, "2017/18 H1", made.as_at, "published", "", Origin("1.0"), (), (), (), (),
        texts=printer.texts, other_page="other.html",
    )  # fmt: skip
    shown = committee.as_page(report)
    assert '<html lang="cy">' in shown
    assert '<link rel="alternate" hreflang="en" href="other.html">' in shown
    assert '<a href="other.html" hreflang="en" lang="en-GB">This report in English</a>' in shown
    assert "Drafft yw Cymraeg y dudalen hon" in shown
    checked = replace(printer, texts_laid_over='welsh_is_checked_by: "M. Evans"\n').texts
    assert "Drafft" not in committee.as_page(replace(report, texts=checked))
    alone = committee.as_page(replace(report, other_page=""))
    assert "hreflang" not in alone
    assert not re.search(r"lang=\"en", alone)


def test_group_when_the_layout_does_not_name_it_then_has_name_and_place_of_the_lists(
    request: pytest.FixtureRequest,
) -> None:
    made: Book = request.getfixturevalue("book")
    count = made.figures["CON01", "source", "POL"]
    figures = {**made.figures, ("CON01", "source", "AAA"): count, ("CON01", "source", "ZZZ"): count}
    labels = {
        ("source", "ZZZ"): Label({"en": "Last of all", "cy": "Olaf"}, 10),
        ("source", "<b>"): Label({"en": "Bold", "cy": "Trwm"}, 20),
        # the layout says it otherwise
        ("source", "POL"): Label({"en": "Constabulary", "cy": "Yr heddlu lleol"}, 5),
    }
    printer = Printer(replace(made, figures=figures, labels=labels), layouts.load(LAYOUT), "cy")
    groups = printer.groups("CON01", "source")
    assert groups == ("POL", "ZZZ", "<b>", "AAA")
    named = [printer.called("source", group) for group in groups]
    assert named == ["Yr heddlu", "Olaf", "Trwm", "AAA"]
    assert [isinstance(name, Part) for name in named] == [False, False, False, True]
