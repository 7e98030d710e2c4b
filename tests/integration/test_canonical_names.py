"""The database compares names, keys and numbers as landing does, whatever its locale: one fact, decided alike."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.canonical import UNREADABLE, canonical_function, guid, key
from csc_warehouse.contracts.names import WHITESPACE, canonical_name
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.warehouse import Warehouse

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\x00"), max_size=40)


@pytest.fixture(scope="module")
def database(module_warehouse: Warehouse) -> Iterator[Connection]:
    """Yield a connection to an empty warehouse."""
    with module_warehouse.raw_connection() as connection:
        yield connection


def said(database: Connection, expression: str, texts: list[str]) -> list[str | int | None]:
    """Return what an expression over the column sent makes of each text."""
    rows = database.execute(
        f"select {expression} from unnest(%s::text[]) with ordinality as t (sent, place) order by place",
        [texts],
    ).fetchall()
    return [row[0] for row in rows]


def macro(name: str) -> str:
    """Return a macro of dbt_project/macros/typing.sql as SQL over the column sent."""
    from jinja2 import Environment

    source = (PROJECT_DIRECTORY / "dbt_project" / "macros" / "typing.sql").read_text(encoding="utf-8")
    module = Environment(autoescape=False).from_string(source).module  # noqa: S701  (SQL, not a page)
    return str(getattr(module, name)("sent"))


def test_upper_case_is_python_s_for_every_character(database: Connection) -> None:
    known = [chr(code) for code in range(1, 0x110000) if unicodedata.category(chr(code)) not in ("Cs", "Cn", "Co")]
    assert len(known) > 140_000
    texts = [f"{character}a{character}" for character in known]
    found = said(database, "landing.canonical_name(sent)", texts)
    wrong = [
        (f"U+{ord(character):04X}", answer)
        for character, text, answer in zip(known, texts, found, strict=True)
        if answer != canonical_name(text)
    ]
    assert wrong == []


@pytest.mark.parametrize("collation", ["C", "POSIX", "ucs_basic"])
def test_upper_case_does_not_follow_a_locale(database: Connection, collation: str) -> None:
    texts = ["t\u00eem d\u0175r", "ti\u0302m  dw\u0302r", "ISTANBUL i\u0131", "stra\u00dfe", "  a\tb "]
    assert said(database, f'landing.canonical_name(sent collate "{collation}")', texts) == [
        canonical_name(text) for text in texts
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=1, max_size=40))
def test_names_keys_and_ids_are_read_alike_at_the_door_and_behind_it(database: Connection, texts: list[str]) -> None:
    chance = random.Random(len(texts))  # noqa: S311  (test data)
    sent = [*texts, *(unicodedata.normalize("NFD", text) for text in texts)]
    sent += [f"{chance.choice(WHITESPACE)}{text}{chance.choice(WHITESPACE)}0{text}" for text in texts]
    for expression, function in (
        (macro("code_text"), canonical_name),
        (macro("number_key"), key),
        (macro("guid"), guid),
    ):
        assert said(database, expression, sent) == [function(text) or None for text in sent]


def test_long_names_keep_apart_and_fit_an_index(database: Connection) -> None:
    letters = [chr(code) for code in range(0x1D15E, 0x1D165)] + ["\u0390", "\u1f52", "\u0175", "\ufb03"]
    chance = random.Random(5)  # noqa: S311  (test data)
    texts = ["".join(chance.choices(letters, k=length)) for length in (200, 255, 400, 1000)]
    texts += [f"{texts[-1]}x", "x" * 255, "x" * 256, f"{'x' * 255}y"]
    found = said(database, "landing.canonical_name(sent)", texts)
    assert found == [canonical_name(text) for text in texts]
    assert len(set(found)) == len(texts)
    # an entry of an index holds 2,704 bytes; two names may stand in one
    assert max(len(str(text).encode()) for text in found) <= 1_300


def test_version_numbers_are_read_alike_at_the_door_and_behind_it(database: Connection) -> None:
    column = load_contracts(("raise",))["raise"].entities["assessment"].by_name["version_no"]
    at_the_door = canonical_function(column, load_contracts(("raise",))["raise"].text)
    texts = ["1", "01", " 2\u00a0", "+3", "-0", "1.0", "1.", ".0", "-.0", "2147483647", "0", ""]
    beyond = ["2147483648", "99999999999999999999", "1.5", "-1", "1e3", "12 months", ".", "+", "1,000", "\u0661", "0x1"]
    assert said(database, macro("whole_number"), texts) == [
        int(at_the_door(text)) if at_the_door(text) else None for text in texts
    ]
    assert [at_the_door(text) for text in beyond] == [UNREADABLE] * len(beyond)
    # rows that landed under an earlier contract stand as they are
    assert said(database, macro("whole_number"), beyond) == [None] * len(beyond)


def test_white_space_is_the_same_in_the_database(database: Connection) -> None:
    spaces = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000]
    found = said(database, "landing.trimmed(sent)", spaces)
    assert {text for text, answer in zip(spaces, found, strict=True) if answer is None} == set(WHITESPACE)
