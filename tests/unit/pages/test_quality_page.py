"""The quality report says what may be used and who must act, in words alone and without anything from outside."""

from __future__ import annotations

import datetime
import html
import re
from dataclasses import replace

import pytest

from csc_warehouse.reporting.pages import charts
from csc_warehouse.reporting.pages.quality_report import quality_page
from csc_warehouse.reporting.pages.quality_report_model import Hiding, NightPoint
from csc_warehouse.reporting.pages.quality_report_reading import in_words
from csc_warehouse.reporting.pages.render import british, enough, long_date, plural
from expectations.catalogue import load_catalogue
from tests.support.nights import NIGHT, TITLES, night


def words(page: str) -> str:
    """Return what a reader reads: no styles, no tags, single spaces."""
    text = re.sub(r"<(style|desc|title)[ >].*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.mark.parametrize(
    ("verdict", "answer", "seen"),
    [
        ("published", "Yes. The figures are published.", "Readers see the figures as at 31 December 2018."),
        ("caveats", "Yes, with care. The figures are published with caveats.", "as at 31 December 2018."),
        ("held", "No. The figures were held back.", "Readers still see the figures as at 30 December 2018."),
    ],
)
def test_report_when_read_then_the_answer_comes_first(verdict: str, answer: str, seen: str) -> None:
    text = words(quality_page(night(verdict), TITLES))  # type: ignore[arg-type]
    assert answer in text
    assert seen in text
    assert text.index(answer) < text.index("Which figures may be used", text.index("may be used freely"))


def test_report_when_read_then_says_which_figures_and_by_how_much() -> None:
    text = words(quality_page(night(), TITLES))
    assert "2 figures may be used freely" in text
    assert "1 may be used with their caveat" in text
    assert "1 should not be used" in text
    assert "Leave out: Contacts with a decision within 24 hours." in text
    assert "81.2%; 94.6% if all 377 unknown cases had met it" in text
    assert "Contacts with a decision within 24 hours" in text


def test_report_when_read_then_counts_what_is_hidden_and_what_is_told_all_the_same() -> None:
    hiding = [Hiding("committee", 4395, 1983, 2130, 173), Hiding("open", 4667, 1821, 2295, 0)]
    text = words(quality_page(replace(night(), hiding=hiding), TITLES))
    assert "committee 4,395 1,983 2,130 173" in text
    assert "open 4,667 1,821 2,295 0" in text
    assert "What is hidden" not in words(quality_page(night(), TITLES))


def test_report_when_read_then_tells_new_from_old_and_mended() -> None:
    text = words(quality_page(night(), TITLES))
    assert "Newly failing: 1" in text
    assert "Still failing: 1" in text
    assert "Mended: 1" in text
    assert "20 December 2018" in text
    assert "1 rule about records found single records" in text
    assert "Explained, and without weight until then: 1" in text
    assert "Days of contacts seem to be missing. A. Jones, until 31 January 2019" in text


def test_report_when_read_then_says_who_must_do_what() -> None:
    text = words(quality_page(night(), TITLES))
    assert "Front door Decisions without a time count as not made (1,204 records)." in text
    assert "SPOA 1,204 1,204 40 12 20 December 2018" in text
    assert "1,207 corrections to make" in text


def test_held_report_when_read_then_shows_what_readers_see_beside_what_was_held() -> None:
    text = words(quality_page(night("held"), TITLES))
    assert "None of last night\N{RIGHT SINGLE QUOTATION MARK}s." in text
    assert "held back: 5" in text
    assert "the zip is cut off" in text


def test_held_report_when_nothing_was_ever_published_then_offers_no_figure() -> None:
    text = words(quality_page(replace(night("held", nights=1), seen_date=None), TITLES))
    assert "None. Nothing has been published yet." in text
    assert "may be used freely" not in text.split("How to read this")[1].split("How to read this")[0]
    assert "81.2%" not in text


@pytest.mark.parametrize("verdict", ["published", "caveats", "held"])
def test_report_when_searched_then_needs_nothing_from_outside_and_names_no_check(verdict: str) -> None:
    page = quality_page(night(verdict), TITLES)  # type: ignore[arg-type]
    assert not re.search(r"(?:src|href|action)=[\"'](?!#)", page)
    assert not re.search(r"https?://|@import|url\(|<script", page)
    codes = {check.code for check in load_catalogue()}
    assert codes.isdisjoint(re.findall(r"\b[A-Z]+[0-9]{2,3}\b", page))
    assert "expect_" not in page


def test_report_when_a_name_holds_markup_then_it_is_shown_and_never_obeyed() -> None:
    page = quality_page(night(), TITLES)
    assert "&lt;b&gt;LAC &amp; Co&lt;/b&gt;" in page
    assert "<b>LAC" not in page


def test_first_report_when_read_then_does_not_pretend_to_compare() -> None:
    text = words(quality_page(night(nights=1), TITLES))
    assert "This is the first night: there is none before it to compare with" in text
    assert "and there is no trend yet. Everything that fails is listed as new." in text
    assert "Trends" not in text


def test_report_when_a_section_is_empty_then_one_sentence_stands_for_all_of_them() -> None:
    quiet = replace(night("published"), findings=[], figures=[], duties=[], teams=[])
    text = words(quality_page(quiet, TITLES))
    assert "Nothing is newly failing, still failing or mended." in text
    assert "None may be used freely." in text
    first = words(quality_page(replace(quiet, is_first_night=True, trend=[]), TITLES))
    assert "there is no trend yet. Nothing fails." in first
    for page in (text, first):
        assert not re.search(r": 0 |\bNothing\. ", page)
    mended_alone = replace(quiet, findings=[each for each in night().findings if each.change == "mended"])
    text = words(quality_page(mended_alone, TITLES))
    assert "Nothing is newly failing or still failing." in text
    assert "Mended: 1" in text


def test_charts_when_drawn_then_say_in_words_what_they_show() -> None:
    points = [
        NightPoint(NIGHT - datetime.timedelta(days=1), "held", 2, 1, 40),
        NightPoint(NIGHT, "published", 0, 0, 38),
    ]
    assert '<title id="corrections-title">Corrections to make in the case system: down from 40 to 38' in (
        charts.corrections(points)
    )
    drawn = charts.failing(points)
    assert "30 Dec: 2 grave, 1 warnings, held; 31 Dec: 0 grave, 0 warnings, published" in drawn
    assert "1 of 2 nights held" in drawn
    assert not re.search(r'height="-', drawn)


def test_sentences_when_they_name_indicators_then_by_title() -> None:
    titles = {"PM24": ("PMC024", "Assessments in time")}
    assert in_words("PM24 carries a caveat; W06000006 and ZZ99 stay.", titles) == (
        "“Assessments in time” carries a caveat; W06000006 and ZZ99 stay."
    )


def test_words_when_made_then_british() -> None:
    assert british(datetime.date(2019, 1, 2)) == "2 January 2019"
    assert british(None) == ""
    assert long_date(NIGHT) == "Monday 31 December 2018"
    assert plural(1, "check") == "1 check"
    assert plural(1200, "entry", "entries") == "1,200 entries"
    assert enough(["a"]) == "a"
    assert enough(["a", "b", "c"]) == "a, b and c"
    assert enough(list("abcdef"), most=3) == "a, b, c and 3 more"
    assert enough([]) == ""
