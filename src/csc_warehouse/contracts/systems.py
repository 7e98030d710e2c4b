"""Which case systems an authority had, in which order and from which day, and what each of them holds."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from csc_warehouse.authority_config import AuthorityConfig
from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.errors import UsageError, listed

CUT_OVER = "wccis"
"""The system whose first day an authority's `cut_over_date` is; `systems` says it of any."""


@dataclass(frozen=True)
class Link:
    """One system of an authority's chain; first_day: None where it is not configured."""

    source: str
    first_day: datetime.date | None


@dataclass(frozen=True)
class HeldEntity:
    """One entity of a case system and what of the model it holds: contacts, plans, people ..."""

    source: str
    title: str
    plural: str
    entity: str
    shown: str


def case_systems(contracts: Iterable[SourceContract]) -> list[str]:
    """Return the sources whose entities hold the model: each after those whose rows its own can name."""
    by_name = {contract.source: contract for contract in contracts if contract.holds}
    order: list[str] = []

    def place(source: str, below: tuple[str, ...]) -> None:
        if source in order or source in below or source not in by_name:
            return
        former = by_name[source].former
        for earlier in sorted(former.sources) if former is not None else ():
            place(earlier, (*below, source))
        order.append(source)

    for source in sorted(by_name):
        place(source, ())
    return order


def chain_of(authority: AuthorityConfig | None, systems: Iterable[str]) -> list[Link]:
    """Return an authority's systems in time, the earliest first (deliveries.md section 8).

    Those that its `systems` names come last, in its order; the others keep theirs, `cut_over_date` among them. None: an
    authority that is not configured. Raises UsageError where `systems` names what is no case system, or days that do
    not follow one another.
    """
    known = list(systems)
    named = list(authority.systems) if authority is not None else []
    strange = sorted({system.source for system in named} - set(known))
    if strange:
        raise UsageError(
            f"`systems` of an authority names {listed(strange)}; the case systems in use are {listed(known)}"
            " (`sources` of the configuration)."
        )
    cut_over = authority.cut_over_date if authority is not None else None
    order = [source for source in known if source not in {system.source for system in named}]
    links = [Link(source, cut_over if source == CUT_OVER else None) for source in order]
    links += [
        Link(system.source, system.first_day or (cut_over if system.source == CUT_OVER else None)) for system in named
    ]
    dated = [link for link in links if link.first_day is not None]
    for earlier, later in itertools.pairwise(dated):
        if earlier.first_day is not None and later.first_day is not None and later.first_day <= earlier.first_day:
            raise UsageError(
                f"The systems of an authority follow one another, and {later.source} from {later.first_day} does not"
                f" come after {earlier.source} from {earlier.first_day}: correct `systems` or `cut_over_date`."
            )
    return links


def next_day_of(links: Iterable[Link], source: str) -> datetime.date | None:
    """Return the first day of the next system of a chain that has one after a source's; None: there is none."""
    chain = list(links)
    place = next((index for index, link in enumerate(chain) if link.source == source), len(chain))
    days = [link.first_day for link in chain[place + 1 :] if link.first_day is not None]
    return min(days, default=None)


def held_entities(contracts: Mapping[str, SourceContract]) -> list[HeldEntity]:
    """Return what each case system's entities hold of the model, as its contract says."""
    return [
        HeldEntity(contract.source, contract.title, plural, held.entity, held.shown or held.entity)
        for contract in contracts.values()
        for plural, held in contract.holds.items()
    ]
