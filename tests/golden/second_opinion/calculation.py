"""Put the second opinion together: one authority after the other, one area after the other."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.golden.second_opinion.assessments import write_assessments
from tests.golden.second_opinion.calendar import periods
from tests.golden.second_opinion.care import periods_of_care, write_care, write_placed_here
from tests.golden.second_opinion.contacts import valid_contacts, write_contacts
from tests.golden.second_opinion.deliveries import wccis_authorities
from tests.golden.second_opinion.facts import HOME, Books, open_books
from tests.golden.second_opinion.framework import write_framework
from tests.golden.second_opinion.others import write_care_leavers, write_missing, write_prevention, write_results
from tests.golden.second_opinion.protection import write_protection
from tests.golden.second_opinion.returns import write_returns
from tests.golden.second_opinion.reviews import write_reviews
from tests.golden.second_opinion.successor import successor_authorities
from tests.golden.second_opinion.tally import Tally, Value

SAMPLE_CUT_OVER = {HOME: dt.date(2018, 5, 21)}
CONTRACTS = Path(__file__).parents[3] / "src" / "csc_warehouse" / "contracts"
SPELLINGS = Path(__file__).parents[3] / "dbt_project" / "seeds" / "spellings.csv"


def read_spellings(name: str) -> dict[str, str]:
    """Return the spellings of one list: of team names the council's own, of ethnicities those of the Census."""
    spellings: dict[str, str] = {}
    for path in sorted(CONTRACTS.glob("*/spellings.yml")):
        spellings |= yaml.safe_load(path.read_text(encoding="utf-8"))["spellings"].get(name, {})
    with SPELLINGS.open(encoding="utf-8", newline="") as file:
        return spellings | {r["spelling"]: r["canonical"] for r in csv.DictReader(file) if r["list_name"] == name}


def calculate(exports: Path, as_at: dt.date, cut_overs: Mapping[str, dt.date | None] = SAMPLE_CUT_OVER) -> list[Value]:
    """Work out every figure of every authority as at a day, from the delivery files alone."""
    spellings, ethnicities = read_spellings("team"), read_spellings("ethnicity_group")
    values: list[Value] = []
    for authority in sorted({HOME, *wccis_authorities(exports), *successor_authorities(exports)}):
        books = open_books(exports, authority, as_at, cut_overs.get(authority))
        if books is not None:
            books.people.ethnicities = ethnicities
            values += _figures(books, spellings)
        if books is not None and authority == HOME:
            values += write_returns(exports, authority, books.as_at, spellings)
    return values


def _figures(books: Books, spellings: Mapping[str, str]) -> list[Value]:
    for entity in ("contact", "assessment"):
        for row in books.facts[entity]:
            row["team"] = spellings.get(row["team"], row["team"])
    contacts = valid_contacts(books)
    if not contacts:
        return []
    tally = Tally(books.authority, periods(min(row["day"] for row in contacts), books.as_at))
    write_contacts(tally, books, contacts)
    write_assessments(tally, books)
    care = periods_of_care(books)
    own = [period for period in care if books.people.is_own(period["child"])]
    write_reviews(tally, books, own)
    write_protection(tally, books, contacts)
    write_care(tally, books, own)
    write_placed_here(tally, books, [period for period in care if not books.people.is_own(period["child"])])
    write_missing(tally, books)
    write_care_leavers(tally, books)
    write_results(tally, books)
    write_prevention(tally, books)
    write_framework(tally, books, own)
    return tally.values
