"""Deliveries that hold arbitrary text in every column of every entity of every source, made from a seed."""

from __future__ import annotations

import csv
import datetime
import io
import random
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.model import Column, Entity, SourceContract
from tests.support.deliveries import RAISE_COLUMNS, write_raise, write_wccis

AUTHORITY = "W06000006"
CHILD = {"raise": "42", "wccis": "aaaaaaaa-0000-0000-0000-000000000042"}

NUMBERS = (
    "0", "-0", "1", "01", "+1", "-1", "1.0", "1.", ".5", ".", "1.5", "0.000000001", "1e3", "1E400", "NaN", "Infinity",
    "-infinity", "12 months", "24", "13", "2147483647", "2147483648", "9223372036854775808", "99999999999999999999",
    "1000000000000", "-1000000000000", "1000000000001", "9" * 40, "0." + "1" * 38, "1,000", "0x1F", "1_000", "130",
    "131", "\u0661\u0662", "\u00bd", "\u00b2",
)  # fmt: skip
DATES = (
    "0001-01-01", "0001-12-31", "1582-10-10", "1899-12-31", "1900-02-29", "1989-12-31", "2041-01-01", "9999-12-31",
    "10000-01-01", "0000-01-01", "-0001-01-01", "2018-02-29", "2018-05-01 BC", "infinity", "now", "today", "epoch",
    "01/01/0001", "31/12/1899", "29/02/1900", "01/01/1900", "31/12/9999", "31/02/2018", "1/5/2018", "01/05/18",
    "20180501", "2018-W18-2", "J2451187", "2018-05-01\u00a0",
)  # fmt: skip
TIMES = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-01-01T00:01:14Z", "9999-12-31T23:59:59.9999999Z",
    "9999-12-31T23:59:59-14:59", "9999-12-31T23:59:59Z", "2018-05-01T24:00:00Z", "2018-05-01T23:59:60Z",
    "2018-05-01T10:00:00.1234567+14:59", "2018-05-01 10:00-0000", "2018-05-01T10:00+15:00", "2018-05-01T10:00:00",
    "2018-03-25T01:30:00Z", "2018-10-28T01:30:00Z", "allballs", "01/01/0001 00:00", "31/12/9999 23:59",
    "01/01/1900 00:00", "25/03/2018 01:30", "29/10/2017 01:30", "01/05/2018 24:00", "01/05/2018 23:60",
)  # fmt: skip
WORDS = (
    "", " ", "\t", "\u00a0", "\u2003\u2009", "\n", "\r", "unknown", "UNKNOWN", "all", "null", "None", "\\N", "\\.",
    "\\", "'", '"', '""', "';--", "$1", "$$", "%s", "%", "{{ 1 }}", "{% x %}", "{}", "[]", "[1", "\\u0000", "\\x00",
    "<b>", "=1+1", "|", "a|b", "a||b", "+", "++", "NEG+", "+NEG", "NEG+NEG", "NEG+XYZ", "phy + neg", "|".join("abc"),
    "~", "`", "\x01", "\x07", "\x0b", "\x1a", "\x1b[31m", "\x1f", "\x7f", "\x85", "\u200b", "\u200f", "\u2028",
    "\ufeff", "\uffff", "\U0010ffff", "\U0001f476", "\ufb03", "\u1e9e", "\u00df", "\u0131", "\u0130", "\u01c6",
    "T\u00eem D\u0175r", "Ti\u0302m Dw\u0302r", "T\u00cem  D\u0174R", "Sian's", "2016/17", "2099/00", "9999/00",
    "1999/00", "2016/2017", "W06000006", "W06000025", "E08000012", "total", "Cyfanswm", "contacts:1",
    "care_episodes:1", "ADOPTED", "VOID", "CANCELLED", "true", "FALSE", "Y", "2", "12", "person", CHILD["raise"],
    CHILD["wccis"].upper(), "0" * 40,
)  # fmt: skip
SAME_ID = "same/1"
"""The id of a row of every entity of both case systems, and no legacyid: different facts."""
USUAL = {"number": "1", "name": "One", "text": "One", "key": "7", "guid": "a-7", "boolean": "0"}


def arbitrary_texts(chance: random.Random, column: Column, some: int) -> Iterator[str]:
    """Yield what is thrown at a column: chosen texts, texts of the longest kind, and `some` made by chance."""
    yield from NUMBERS + DATES + TIMES + WORDS
    limit = column.max_length
    yield from ("x" * limit, "x" * (limit + 1), "\u0175" * limit, "\u0390" * limit, "9" * limit)
    # texts that no compression makes small
    yield "".join(chr(chance.randrange(0x20000, 0x2A6D0)) for _ in range(limit))
    yield "".join(chance.choices([*map(chr, range(0x1D15E, 0x1D165)), "\u1f52", "\u0390"], k=limit))
    for _ in range(some):
        yield "".join(filter(_is_text, (chr(chance.choice(_REACHES)(chance)) for _ in range(chance.randrange(1, 12)))))


_REACHES = (
    lambda chance: chance.randrange(1, 0x80),
    lambda chance: chance.randrange(0x80, 0x250),
    lambda chance: chance.randrange(0x250, 0x3000),
    lambda chance: chance.randrange(0x3000, 0x110000),
)


def _is_text(character: str) -> bool:
    return unicodedata.category(character) != "Cs"


def _usual(contract: SourceContract, column: Column, number: int) -> str:
    if column.references == contract.person_entity and column.references is not None:
        return CHILD[contract.source]
    if column.type == "date":
        return "01/05/2018" if contract.text.dates == "day_first" else "2018-05-01"
    if column.type == "time":
        return "01/05/2018 09:15" if contract.text.dates == "day_first" else "2018-05-01T09:15:00Z"
    if column.type in ("code", "boolean") and column.list_name is not None:
        listed = contract.code_lists[column.list_name]
        return listed[number % len(listed)].sent
    if column.name in (contract.authority_column, "authority"):
        return AUTHORITY
    return {"legacyid": "", "entity": "person"}.get(column.name, USUAL.get(column.type, ""))


def _rows(contract: SourceContract, entity: Entity, chance: random.Random, some: int) -> list[dict[str, str]]:
    """Return rows each of which has arbitrary text in one column, and some that have it in all."""
    rows: list[dict[str, str]] = []
    numbers = count(1)

    def usual() -> dict[str, str]:
        number = next(numbers)
        row = {column.name: _usual(contract, column, number) for column in entity.columns}
        if entity.key:
            first = entity.by_name[entity.key[0]]
            row[first.name] = str(number) if first.type == "key" else f"b-{number}"
        return row

    for column in entity.columns:
        rows += [usual() | {column.name: text} for text in arbitrary_texts(chance, column, some)]
    for _ in range(some):
        mixed = {name: chance.choice(WORDS + DATES + TIMES + NUMBERS) for name in entity.column_names}
        rows.append(usual() | mixed if chance.random() < 0.5 else mixed)
    if contract.person_entity is not None:
        rows.append(usual() | {entity.key[0]: SAME_ID})
    if entity.name == contract.person_entity:
        rows.insert(0, usual() | {entity.key[0]: CHILD[contract.source]})
    return rows


def _in_windows(text: str) -> str:
    return text.encode("cp1252", errors="replace").decode("cp1252")


def write_arbitrary(exports: Path, date: datetime.date, seed: int, some: int = 5) -> dict[str, int]:
    """Write a RAISe full of the day before, a WCCIS full of the day, and every return; return rows by delivery."""
    chance = random.Random(seed)  # noqa: S311  (test data)
    contracts = load_contracts(("raise", "wccis", "corporate"))
    written: dict[str, int] = {}
    for source in ("raise", "wccis"):
        contract = contracts[source]
        entities = {name: _rows(contract, entity, chance, some) for name, entity in contract.entities.items()}
        for row in (row for rows in entities.values() for row in rows):
            # the writer would not quote a lone one
            row.update({name: text.replace("\r", "\r\n") for name, text in row.items() if "\r" in text})
        written[source] = sum(map(len, entities.values()))
        if source == "wccis":
            write_wccis(exports, date, entities)
            continue
        assert {name.lower() for name in RAISE_COLUMNS} == set(entities)
        write_raise(
            exports,
            date - datetime.timedelta(days=1),
            {
                name.upper(): [{column.upper(): _in_windows(text) for column, text in row.items()} for row in rows]
                for name, rows in entities.items()
            },
        )
    folder = exports / "corporate" / date.isoformat()
    folder.mkdir(parents=True)
    for name, entity in contracts["corporate"].entities.items():
        rows = _rows(contracts["corporate"], entity, chance, some)
        # a wholly empty row would end the return
        rows = [row for row in rows if any(text.strip() for text in row.values())]
        content = io.StringIO(newline="")
        writer = csv.DictWriter(content, entity.column_names)
        writer.writeheader()
        writer.writerows(rows)
        (folder / Path(entity.file_name(date)).with_suffix(".csv")).write_bytes(content.getvalue().encode())
        written[name] = len(rows)
    return written
