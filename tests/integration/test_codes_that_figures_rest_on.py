"""Codes as they arrive and what becomes of them in figures, checks and lists: authorities, booleans, restrictions.

A RAISe full and, after the cut-over, a WCCIS full and a delta that says the same in another spelling; built once.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from csc_warehouse import nightly
from csc_warehouse.warehouse import Warehouse, open_warehouse
from tests.support.deliveries import Row, write_raise, write_wccis
from tests.support.prepared import prepared_settings

RAISE_NIGHT, FIRST_FULL, DELTA = (datetime.date(2018, 5, number) for number in (20, 21, 22))
NOT_OWN = range(4, 9)
"""Clients whose RESP_LA is a word."""
MANY = 60
PLACED = ["", "", "W06000006", "E06000050", "ZZZ", " zzz"]


WRITTEN = {"createdon": "2018-05-19T08:00:00Z", "modifiedon": "2018-05-19T08:00:00Z"}


def guid(number: int) -> str:
    return f"abcdef00-0000-4000-8000-{number:012d}"


def person(number: int, **said: str) -> Row:
    return WRITTEN | {"personid": guid(number), "dateofbirth": "2010-01-01", "genderid": "1"} | said


def registration(number: int, **said: str) -> Row:
    known = {"childprotectionid": guid(100 + number), "personid": guid(number), "startdate": "2018-05-01"}
    return WRITTEN | known | {"categoryofabuse": "NEG"} | said


CLIENTS: list[Row] = [
    {"CLIENT_NO": str(n), "DOB": "01/01/2010", "SEX": "F", "RESP_LA": "Wrexham" if n in NOT_OWN else ""}
    for n in range(1, MANY + 1)
]
CONTACTS: list[Row] = [
    {
        "CONTACT_NO": str(n),
        "CLIENT_NO": str(n),
        "RECEIVED": "01/05/2018 10:00",
        "STATUS": "ACTIVE",
        "PLACING_LA": PLACED[n % len(PLACED)],
    }
    for n in range(1, MANY + 1)
]
REGISTRATIONS: list[Row] = [
    {"REGISTRATION_NO": str(n), "CLIENT_NO": str(n), "REGISTERED_DATE": "01/05/2018", "CATEGORY": "NEG"}
    for n in range(1, 9)
]
IN_WORDS: dict[str, list[Row]] = {
    "person": [
        person(1, isdisabled="True", isrestricted="false"),
        person(2, isdisabled="FALSE", isrestricted="true"),
        person(3, isdisabled="yes", isrestricted="YES"),
        *(person(200 + n, responsibleauthority="Wrexham" if n in NOT_OWN else "") for n in range(MANY)),
    ],
    "childprotection": [registration(1, istransferin="true"), registration(2, istransferin="False", istemporary="0")],
}
IN_NUMBERS: dict[str, list[Row]] = {
    "person": [person(1, isdisabled="1", isrestricted="0"), person(2, isdisabled="0", isrestricted="1")],
    "childprotection": [registration(1, istransferin="1"), registration(2, istransferin="0", istemporary="0")],
}


@dataclass(frozen=True)
class Built:
    """A warehouse in which nights of two systems were landed, built and checked."""

    warehouse: Warehouse

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.warehouse.raw_connection() as connection:
            return connection.execute(statement).fetchall()

    def caveats(self) -> dict[str, str]:
        return dict(self.query("select indicator_code, coalesce(caveat, '') from quality.indicator_grades"))


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    """Land and build once, as at the WCCIS delta; what RAISe said last and nobody migrated stands beside it."""
    with prepared_settings() as settings:
        write_raise(
            settings.exports,
            RAISE_NIGHT,
            {"CLIENT": CLIENTS, "CONTACT": CONTACTS, "CP_REGISTRATION": REGISTRATIONS},
        )
        write_wccis(settings.exports, FIRST_FULL, IN_WORDS)
        write_wccis(settings.exports, DELTA, IN_NUMBERS, extract_type="delta")
        nightly.land(settings=settings)
        release_id = nightly.build(settings=settings)["release_id"]
        nightly.check(release_id, settings=settings)
        warehouse = open_warehouse(settings)
        yield Built(warehouse)
        warehouse.engine.dispose()


def test_authorities_that_are_no_codes_when_landed_then_counted_by_code(built: Built) -> None:
    assert built.query(
        "select entity, column_name, code, rows from landing.unlisted_codes"
        " join landing.deliveries using (delivery_id) where source = 'raise' order by entity"
    ) == [
        ("client", "resp_la", "WREXHAM", len(NOT_OWN)),
        ("contact", "placing_la", "ZZZ", MANY // 3),
    ]


def test_authorities_that_are_no_codes_when_checked_then_the_door_names_them(built: Built) -> None:
    told = built.query(
        "select check_code, check_results.status, failed, worst_subject, indicators from quality.check_results"
        " join landing.deliveries using (delivery_id) where source = 'raise'"
        " and gate = 'door' and check_code in ('DOOR05', 'DOOR06') order by check_code"
    )
    assert [(code, status) for code, status, *_ in told] == [("DOOR05", "failed"), ("DOOR06", "failed")]
    assert {"CPR01", "CON05"} <= set(told[0][-1])
    assert told[1][2:4] == (len(NOT_OWN) + MANY // 3, "contact.placing_la")


def test_authorities_that_are_no_codes_when_shown_then_what_they_feed_has_a_caveat(built: Built) -> None:
    # of the system that is live, as of any warning at the door
    caveats = built.caveats()
    odd = "Something about the delivery that these figures rest on was odd"
    assert [code for code in ("CPR01", "CON05") if odd in caveats[code]] == ["CPR01", "CON05"]


def test_figures_when_an_authority_is_no_code_then_it_is_not_own_and_unknown(built: Built) -> None:
    # deliveries.md section 7, Trust: a RESP_LA that is not in the list is not own; section 2: any other is `unknown`
    figures = built.query(
        "select indicator_code, breakdown, breakdown_value, numerator::int from marts_candidate.indicator_values"
        " where period_label = '2018-05' and (indicator_code = 'CPR01' and breakdown = 'all'"
        " or indicator_code = 'CON05' and breakdown in ('all', 'placing_authority')) order by 1, 2, 3"
    )
    assert figures == [
        ("CON05", "all", "all", MANY // 2),
        ("CON05", "placing_authority", "E06000050", MANY // 6),
        ("CON05", "placing_authority", "unknown", MANY // 3),
        # and the two of WCCIS
        ("CPR01", "all", "all", 8 - len(NOT_OWN) + 2),
    ]


def test_booleans_when_sent_in_words_then_read_as_landing_compares_them(built: Built) -> None:
    people = built.query(
        "select record_id, disability_code, is_restricted from staging.stg_wccis__people"
        f" where record_id < '{guid(200)}' order by 1"
    )
    assert people == [(guid(1), "Y", False), (guid(2), "N", True), (guid(3), "unknown", True)]
    transfers = built.query("select record_id, transfer_in_code from staging.stg_wccis__registrations order by 1")
    assert transfers == [(guid(101), "Y"), (guid(102), "N")]


def test_the_same_in_numbers_when_it_follows_then_no_change_and_nothing_is_unlisted_but_words(built: Built) -> None:
    changed = built.query(
        "select entity, rows_changed, rows_unchanged from landing.delivery_entities join landing.deliveries"
        f" using (delivery_id) where business_date = '{DELTA}' and rows_in_file > 0 order by entity"
    )
    assert changed == [("childprotection", 0, 2), ("person", 0, 2)]
    assert built.query(
        "select entity, column_name, code, rows from landing.unlisted_codes"
        " join landing.deliveries using (delivery_id) where source = 'wccis' order by 2"
    ) == [
        ("person", "isdisabled", "YES", 1),
        ("person", "isrestricted", "YES", 1),
        ("person", "responsibleauthority", "WREXHAM", len(NOT_OWN)),
    ]


def test_child_when_its_restriction_is_no_agreed_code_then_in_no_list(built: Built) -> None:
    assert built.query("select count(*) from marts_candidate.dim_children where is_restricted") == [(2,)]
