"""Arguments of people: what is taken however it is written, and what is said of what is not there."""

from __future__ import annotations

import pytest

from csc_warehouse.errors import UsageError, listed, nearest
from csc_warehouse.reporting import arguments
from csc_warehouse.settings import Config

LABELS = ["2018/19 H1", "2018-09", "2018/19 Q2", "2018/19 YTD Q2", "2018/19 Q1", "2017/18", "2017/18 H2", "2017/18 Q4"]


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ("2018/19 H1", "2018/19 H1"),
        (" 2018/19   h1 ", "2018/19 H1"),
        ("2018/19 ytd q2", "2018/19 YTD Q2"),
        ("2018-09", "2018-09"),
        ("2017/18", "2017/18"),
    ],
)
def test_period_when_it_is_there_then_taken_however_it_is_spaced(given: str, label: str) -> None:
    assert arguments.period(given, LABELS, of="Wrexham") == label


@pytest.mark.parametrize(
    ("given", "meant", "there"),
    [
        ("2018 Q1", "2018/19 Q1", "2018/19 Q2, 2018/19 Q1 and 2017/18 Q4"),
        ("2017/18 H9", "2017/18 H2", "2018/19 H1 and 2017/18 H2"),
        ("2018-19 Q2", "2018/19 Q2", "2018/19 Q2"),
        ("2018/18 H1", "2018/19 H1", "2018/19 H1"),
        ("2018-9", "2018-09", "2018-09"),
        ("h1 2018/19", "2018/19 H1", "2018/19 H1"),
    ],
)
def test_period_when_it_is_none_then_says_how_one_is_written_and_which_was_meant(
    given: str, meant: str, there: str
) -> None:
    with pytest.raises(UsageError) as error:
        arguments.period(given, LABELS, of="Wrexham")
    said = str(error.value)
    assert said.startswith(f"{given} is no period. One is written as 2018/19 Q1 (quarter), ")
    assert f"Did you mean {meant}?" in said
    assert there in said


@pytest.mark.parametrize(
    ("given", "there"),
    [("2031/32 Q1", "2018/19 Q2, 2018/19 Q1 and 2017/18 Q4"), ("2016-04", "2018-09"), ("2020/21", "2017/18")],
)
def test_period_when_it_has_no_figures_then_names_those_of_its_kind(given: str, there: str) -> None:
    with pytest.raises(UsageError) as error:
        arguments.period(given, LABELS, of="Wrexham")
    assert str(error.value) == f"Wrexham has no figures of {given}. There is {there} of Wrexham."


def test_period_when_nothing_is_there_then_says_so() -> None:
    with pytest.raises(UsageError, match="There is none of Wrexham yet"):
        arguments.period("2018/19 H1", [], of="Wrexham")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("Flintshire", "--authority: Flintshire is no ONS code: W06000005 is Flintshire."),
        ("wrecsam", "W06000006 is Wrecsam."),
        ("Cardif", "W06000015 is Cardiff."),
        ("W06000023X", "W06000023 (Powys)"),
        ("", "is no ONS code of an authority in use: there is W06000001 (Isle of Anglesey)"),
    ],
)
def test_authority_when_it_is_no_code_then_says_whose_was_meant(given: str, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        arguments.authority(Config(), given)
    assert sentence in str(error.value)


def test_authority_when_it_is_one_or_none_is_given_then_its_code() -> None:
    assert arguments.authority(Config(), " w06000023 ") == "W06000023"
    assert arguments.authority(Config(), None) == Config().home_authority


def test_choice_when_it_is_none_of_them_then_the_nearest_is_offered() -> None:
    assert arguments.choice("open", ("open", "committee"), option="--profile") == "open"
    with pytest.raises(UsageError, match=r"--profile comittee is not known\. Did you mean committee\?"):
        arguments.choice("comittee", ("open", "committee"), option="--profile")
    with pytest.raises(UsageError, match="There is open and committee"):
        arguments.choice("xyz", ("open", "committee"), option="--profile")


def test_words_when_listed_or_compared_then_capitals_do_not_count_and_long_lists_are_cut() -> None:
    assert nearest("POWYS ", ["Powys", "Conwy"]) == "Powys"
    assert nearest("zzz", ["Powys", "Conwy"]) is None
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcd"), most=2) == "a, b and 2 more"


@pytest.mark.parametrize("given", ["", "   "])
def test_period_when_it_is_blank_then_the_sentence_shows_that(given: str) -> None:
    with pytest.raises(UsageError, match=r'^"" is no period'):
        arguments.period(given, LABELS, of="Wrexham")
