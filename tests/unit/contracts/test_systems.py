"""Which systems an authority had, and in which order: contracts and configuration say (deliveries.md section 8)."""

from __future__ import annotations

import datetime

import pytest

from csc_warehouse.authority_config import AuthorityConfig, SystemConfig
from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.systems import Link, case_systems, chain_of, held_entities, next_day_of
from csc_warehouse.errors import UsageError
from csc_warehouse.settings import SOURCES

FIRST, SECOND = datetime.date(2018, 5, 21), datetime.date(2020, 4, 5)
SYSTEMS = ["raise", "wccis", "cofnod"]


def authority(*systems: SystemConfig, cut_over_date: datetime.date | None = FIRST) -> AuthorityConfig:
    return AuthorityConfig(name="Wrexham", cut_over_date=cut_over_date, systems=systems)


def test_case_systems_when_sorted_then_each_follows_those_that_it_can_name() -> None:
    assert case_systems(load_contracts(SOURCES).values()) == SYSTEMS


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (authority(), [("raise", None), ("wccis", FIRST), ("cofnod", None)]),
        (
            authority(SystemConfig(source="cofnod", first_day=SECOND)),
            [("raise", None), ("wccis", FIRST), ("cofnod", SECOND)],
        ),
        (
            authority(
                SystemConfig(source="wccis", first_day=SECOND), SystemConfig(source="cofnod"), cut_over_date=None
            ),
            [("raise", None), ("wccis", SECOND), ("cofnod", None)],
        ),
        (None, [("raise", None), ("wccis", None), ("cofnod", None)]),
    ],
)
def test_chain_when_configured_then_named_systems_come_last_in_their_order(
    given: AuthorityConfig | None, expected: list[tuple[str, datetime.date | None]]
) -> None:
    assert [(link.source, link.first_day) for link in chain_of(given, SYSTEMS)] == expected


@pytest.mark.parametrize(
    ("systems", "message"),
    [
        ((SystemConfig(source="cofnot", first_day=SECOND),), "names cofnot"),
        ((SystemConfig(source="cofnod", first_day=FIRST),), "does not come after wccis"),
    ],
)
def test_chain_when_configured_wrongly_then_one_sentence_says_so(
    systems: tuple[SystemConfig, ...], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        chain_of(authority(*systems), SYSTEMS)


def test_next_day_when_a_system_has_none_then_that_of_the_one_after_it() -> None:
    chain = [Link("raise", None), Link("wccis", None), Link("cofnod", SECOND)]
    assert next_day_of(chain, "raise") == SECOND
    assert next_day_of(chain, "cofnod") is None
    assert next_day_of(chain, "corporate") is None


def test_case_systems_when_read_then_each_holds_people_and_every_kind_of_fact() -> None:
    contracts = load_contracts(SOURCES)
    held = {system: {h.plural for h in held_entities({system: contracts[system]})} for system in SYSTEMS}
    assert held["raise"] | {"merges"} == held["wccis"] == held["cofnod"]
