"""Staging reads each kind of column as landing compares it: what is one text there is one value here.

A row whose every column has the canonical text of the version before is no change; a value that staging read otherwise
would stay wrong until something else of the row changed.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from jinja2 import Environment
from psycopg import Connection

from csc_warehouse.contracts.agreed_codes import agreed_codes
from csc_warehouse.contracts.canonical import UNREADABLE, canonical_function
from csc_warehouse.contracts.check import all_contracts
from csc_warehouse.contracts.model import Column, SourceContract
from csc_warehouse.contracts.names import WHITESPACE
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.warehouse import Warehouse

PROJECT = PROJECT_DIRECTORY / "dbt_project"
CONTRACTS = all_contracts()
READ_WITH = {
    "boolean": {"decode_join", "decoded", "restricted", "flag"},
    "code": {"code_text", "decode_join", "decoded", "decoded_members", "restricted", "ons_authority"},
    "date": {"day_first_date", "day_first_time", "iso_date"},
    "former": {"former_id", "former_source"},
    "guid": {"guid"},
    "key": {"number_key"},
    "name": {"code_text"},
    "number": {"trimmed", "whole_number"},
    "text": {"code_text", "trimmed"},
    "time": {"day_first_time", "utc_time"},
    "uuid": {"guid"},
}
"""By type of the contract: the macros by which staging may read a column."""

CODES = [
    "POL",
    "pol",
    "Pol ",
    "p\u00f4l",
    "po\u0302l",
    "0",
    "00",
    "1",
    "01",
    "Y",
    "n",
    "yes",
    "T",
    "W06000006",
    "e08000012",
]
TRUTH = ["true", "True", "TRUE", "false", "False", "FALSE", "t", "f", "1", "0", "01", "Y", "N", "yes", "no"]
SEVERAL = ["NEG+EMO", "emo + neg", "EMO+NEG", "neg+ emo", "+NEG", "NEG", "NEG+XXX", "xxx+neg", "+", ""]
KEYS = ["42", "0000042", "042", "0", "000", "A7", "00a7", "AB-1", "ab-1", "4 2"]
NUMBERS = [
    "1",
    "01",
    "+1",
    "1.",
    "1.0",
    "1.00",
    "0",
    "-0",
    "0.0",
    ".0",
    ".5",
    "0.5",
    "-.50",
    "-0.5",
    "1000000",
    "12.30",
    "12.3",
]
DAYS = ["01/01/1900", "01/01/1900 00:00", "29/02/2016", "01/04/2017", "31/12/1899", "01/01/0001", "31/12/9999"]
MOMENTS = [f"{day} {time}" for day in DAYS if len(day) == 10 for time in ("00:00", "09:30", "23:59")]
MOMENTS += ["01/01/1900", "26/03/2017 01:30", "29/10/2017 01:30"]
ISO_DAYS = ["2018-06-01", "2016-02-29", "0001-01-01", "9999-12-31"]
ISO_MOMENTS = [
    f"2018-06-01{mark}{time}"
    for mark in ("T", " ")
    for time in (
        "09:30Z", "09:30:00Z", "09:30:00.0Z", "09:30:00.000Z", "10:30+01:00", "10:30:00+0100", "04:30:00-05:00",
        "09:30:00.1Z", "09:30:00.100000Z", "09:30:00.1000009Z", "09:30:00.9999999Z", "09:30:00.999999Z",
        "23:30:00+14:00", "23:59:59.9999999Z",
    )
]  # fmt: skip
FORMERS = [
    "wccis:AB",
    "WCCIS : ab",
    "raise:42",
    "Raise:0042",
    "raise: 42 ",
    "raise:0",
    "raise:000",
    "42",
    "0042",
    "odd: 1 2",
]
GUIDS = ["AB-1", "ab-1", " Ab-1", "\u0130B", "00042", "42"]
SAMPLES: dict[str, list[str]] = {
    "boolean": TRUTH,
    "code": CODES + SEVERAL,
    "former": FORMERS,
    "guid": GUIDS,
    "uuid": [f"{'abcdef00' if small else 'ABCDEF00'}-0000-4000-8000-{n:012d}" for small in (0, 1) for n in (0, 1)],
    "key": KEYS,
    "name": CODES,
    "number": NUMBERS,
    # line ends apart, which no reading of staging shows
    "text": [*CODES, "Two  words", "two words"],
}


def _samples(column: Column, contract: SourceContract) -> list[str]:
    day_first = contract.text.dates == "day_first"
    if column.type == "date":
        texts = DAYS if day_first else ISO_DAYS
    elif column.type == "time":
        texts = MOMENTS if day_first else ISO_MOMENTS
    else:
        texts = SAMPLES[column.type]
    chance = random.Random(7)  # noqa: S311  (test data)
    stray = [f"{chance.choice(WHITESPACE)}{text}{chance.choice(WHITESPACE)}" for text in texts]
    return [*texts, *stray, *(text.swapcase() for text in texts), "", " "]


def _readings() -> Iterator[tuple[SourceContract, Column, str, str]]:
    """Yield contract, column, macro and the whole call for each column that a model of staging reads from landing."""
    for path in sorted((PROJECT / "models" / "staging").glob("*/stg_*.sql")):
        sql = path.read_text(encoding="utf-8")
        # models of every entity read keys alone, in a loop
        named = re.search(r"as_at_(?:rows\('(\w+)', '(\w+)'\)|returns\('(\w+)'\))", sql)
        if named is None:
            continue
        contract = CONTRACTS[named[1] or "corporate"]
        columns = contract.entities[named[2] or named[3]].by_name
        for call in re.finditer(r"\{\{ (\w+)\(([^}]*)\) \}\}", sql):
            for name in re.findall(r"landed\.(\w+)", call[2]):
                if name in columns:
                    yield contract, columns[name], call[1], call[0]


READINGS = list(_readings())


def test_columns_when_staging_reads_them_then_by_what_suits_their_type() -> None:
    assert len(READINGS) > 400
    odd = {
        f"{c.source} {column.name}: {call}"
        for c, column, macro, call in READINGS
        if macro not in READ_WITH[column.type]
    }
    assert odd == set()


def test_codes_when_staging_looks_them_up_then_in_the_column_s_own_list_and_as_a_boolean_where_it_is_one() -> None:
    looked_up = [(contract, column, call) for contract, column, macro, call in READINGS if macro == "decode_join"]
    assert len(looked_up) > 90
    for contract, column, call in looked_up:
        assert f"'{contract.source}', '{column.list_name}', 'landed.{column.name}'" in call
        assert ("is_boolean=true" in call) == (column.type == "boolean"), call
    # each decoded column is looked up: under that alias, the column that the list is for
    for contract, column, macro, call in READINGS:
        if macro in ("decoded", "restricted"):
            alias = call.split("'")[1]
            joined = [text for of, other, text in looked_up if (of, other) == (contract, column)]
            assert any(f"decode_join('{alias}'" in text for text in joined), call


@pytest.fixture(scope="module")
def database(module_warehouse: Warehouse) -> Iterator[Connection]:
    with module_warehouse.raw_connection() as connection:
        yield connection


def _macros(source: str) -> dict[str, Callable[..., str]]:
    """Return the macros of staging as SQL over a column; a code is looked up in the list `listed` of one source."""
    folder = PROJECT / "macros"
    text = "\n".join((folder / f"{name}.sql").read_text(encoding="utf-8") for name in ("typing", "codes", "members"))
    given = {"source": lambda *_: "code_map", "ref": lambda *_: ""}
    made = Environment(autoescape=False).from_string(text, globals=given).module  # noqa: S701  (SQL, not a page)
    names = {name for names in READ_WITH.values() for name in names}
    return {name: partial(_as_text, getattr(made, name), name, source) for name in names if hasattr(made, name)}


def _as_text(macro: Callable[..., object], name: str, source: str, column: Column) -> str:
    if name in ("decoded", "restricted"):
        return str(macro("codes", "sent"))
    if name == "decode_join":
        return f"{macro('codes', source, 'listed', 'sent', column.type == 'boolean')}"
    return str(macro(source, "listed", "sent")) if name == "decoded_members" else str(macro("sent"))


def _kinds() -> list[tuple[str, str, SourceContract, Column, frozenset[str]]]:
    """Return one column of each kind that staging reads, with all the macros by which columns of the kind are read."""
    kinds: dict[tuple[object, ...], set[str]] = defaultdict(set)
    first: dict[tuple[object, ...], tuple[SourceContract, Column]] = {}
    for contract, column, macro, _ in READINGS:
        codes = None if column.list_name is None else contract.code_lists[column.list_name]
        bounds = (column.minimum, column.maximum, column.is_whole)
        kind = (
            contract.text.dates,
            contract.text.null_dates,
            column.type,
            column.is_multiple,
            column.form,
            bounds,
            codes,
        )
        kinds[kind].add(macro)
        first.setdefault(kind, (contract, column))
    return [
        (f"{contract.source}.{column.name}", column.type, contract, column, frozenset(kinds[kind] - {"decode_join"}))
        for kind, (contract, column) in first.items()
    ]


@pytest.mark.parametrize(("contract", "column", "macros"), [pytest.param(*kind[2:], id=kind[0]) for kind in _kinds()])
def test_texts_that_landing_compares_as_one_when_read_then_one_value(
    database: Connection, contract: SourceContract, column: Column, macros: frozenset[str]
) -> None:
    entries = contract.code_lists[column.list_name] if column.list_name is not None else ()
    canonical = canonical_function(column, contract.text)
    sent = list(dict.fromkeys([*_samples(column, contract), *(entry.sent for entry in entries)]))
    readable = [text for text in sent if canonical(text) != UNREADABLE]
    if column.type == "number" and column.minimum is not None:
        assert len(readable) > 10
    agreed = agreed_codes(contract, column)
    for macro in sorted(macros):
        found = _read(database, macro, contract, column, readable)
        by_canonical: dict[str, set[str | None]] = defaultdict(set)
        for text, value in zip(readable, found, strict=True):
            by_canonical[canonical(text)].add(value)
        assert {key: values for key, values in by_canonical.items() if len(values) > 1} == {}, macro
        if agreed is None or macro not in ("decoded", "ons_authority"):
            continue
        for text, value in zip(readable, found, strict=True):
            read = canonical(text)
            # what is counted as unlisted is unknown, and nothing else is
            assert (value == "unknown") == (read != "" and read not in agreed), (macro, text)


def _read(
    database: Connection, macro: str, contract: SourceContract, column: Column, texts: list[str]
) -> list[str | None]:
    entries = contract.code_lists[column.list_name] if column.list_name is not None else ()
    made = _macros(contract.source)
    read = made[macro](column).replace("%", "%%")
    # two numbers are one whatever their noughts
    read = f"trim_scale(({read})::numeric)" if column.type == "number" else read
    join = made["decode_join"](column) if macro in ("decoded", "restricted") else ""
    statement = f"""
        with code_map as (
            select %s as source, 'listed' as list_name, landing.canonical_name(source_code) as source_code, code,
                null::date as valid_from_date, null::date as valid_to_date
            from unnest(%s::text[], %s::text[]) as t (source_code, code)
        )
        select to_json({read}) #>> '{{}}'
        from unnest(%s::text[]) with ordinality as t (sent, place)
        cross join (select date '2018-06-03' as as_at_date) as context
        {join}
        order by place
    """
    values = [contract.source, [entry.sent for entry in entries], [entry.means for entry in entries], texts]
    return [row[0] for row in database.execute(statement.encode(), values).fetchall()]
