"""When two names are one: composed or not, in any case, with any white space (deliveries.md section 9, Values)."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csc_warehouse.contracts.names import LONGEST_NAME, WHITESPACE, canonical_name
from csc_warehouse.settings import PROJECT_DIRECTORY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("T\u00eem Cefnogi Teulu", "Ti\u0302m Cefnogi Teulu"),
        ("Gwasanaeth D\u0175r", "GWASANAETH DW\u0302R"),
        ("t\u0177 newydd", "TY\u0302  Newydd "),
        ("Plant\u00a0ac Ieuenctid", "plant ac ieuenctid"),
        ("\u2003Plant\u2009ac\t\r\nIeuenctid\u3000", "PLANT AC IEUENCTID"),
        ("Stra\u00dfe", "STRASSE"),
        ("\ufb01nance", "FINANCE"),
        ("kap\u0131", "KAPI"),
        ("\u1fb3", "\u03b1\u0345"),
        ("\u0390", "\u03aa\u0301"),
        # marks on one letter in another order
        ("a\u0323\u0302", "a\u0302\u0323"),
    ],
)
def test_names_that_print_alike_are_one(one: str, other: str) -> None:
    assert canonical_name(one) == canonical_name(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("T\u00eem", "Tim"), ("D\u0175r", "Dwr"), ("A B", "AB"), ("A\u200bB", "AB"), ("\u0130", "I"), ("\u212bx", "Ax")],
)
def test_names_that_differ_in_a_letter_stay_apart(one: str, other: str) -> None:
    assert canonical_name(one) != canonical_name(other)


def test_white_space_alone_is_no_name() -> None:
    assert canonical_name(WHITESPACE) == ""
    assert "\u2028" in WHITESPACE
    assert "\u200b" not in WHITESPACE


def test_a_long_name_is_known_by_its_beginning_and_a_digest() -> None:
    one, other = (canonical_name("\u0175" * 400 + end) for end in ("a", "b"))
    assert len(one) == len(other) == LONGEST_NAME
    assert one != other
    assert one[:238] == other[:238] == "\u0174" * 238
    assert canonical_name("x" * 255) == "X" * 255
    # a letter that becomes several may make a name longer
    assert len(canonical_name("\u0390" * 255)) == LONGEST_NAME


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_name_that_compares_stays_as_it_is(text: str) -> None:
    known = canonical_name(text)
    assert canonical_name(known) == known
    assert unicodedata.is_normalized("NFC", known)
    assert canonical_name(unicodedata.normalize("NFD", text)) == known
    assert canonical_name(f"\u00a0{text}\n") == known


def test_no_model_or_check_folds_letters_by_the_locale_of_the_server() -> None:
    # upper() follows the server, and btrim() knows the plain space alone: landing.canonical_name and its like do not
    folding = re.compile(r"\b(upper|initcap|btrim|ltrim|rtrim)\s*\(", re.IGNORECASE)
    comments = re.compile(r"\{#.*?#\}|--[^\n]*", re.DOTALL)
    folders = (PROJECT_DIRECTORY / "dbt_project", PROJECT_DIRECTORY / "expectations")
    files = [path for folder in folders for path in folder.rglob("*.sql") if "target" not in path.parts]
    assert len(files) > 150
    # how a date is written is no name
    assert [
        str(path.relative_to(PROJECT_DIRECTORY))
        for path in files
        if folding.search(comments.sub(" ", path.read_text(encoding="utf-8"))) and path.name != "versions.sql"
    ] == []
