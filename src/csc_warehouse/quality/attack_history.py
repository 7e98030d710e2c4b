"""What an attacker holds: the candidate as it would be published, and every kept release that readers saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from csc_warehouse.quality.attack_equations import Published
from csc_warehouse.sql_files import statement

_CANDIDATE = statement(__name__, "candidate")
_ARE_STORED = statement(__name__, "are_stored")
_HELD = statement(__name__, "held")
# of years in which a release counted nothing else than the candidate only what it showed besides is of interest
_EARLIER = statement(__name__, "earlier")


def candidate_rows(connection: Connection, authority_code: str, profile: str) -> list[Published]:
    """Read what would be published to one profile, beside what was counted, from the candidate."""
    rows = connection.execute(text(_CANDIDATE), {"authority": authority_code, "profile": profile}).mappings()
    return sorted((_published(row) for row in rows), key=_in_order)


def earlier_rows(
    connection: Connection, authority_code: str, profile: str, codes: Iterable[str]
) -> tuple[list[list[Published]], list[Published]]:
    """Read what readers hold: releases, as far as their years count otherwise than the candidate; and shown rows alone.

    What signed reports print of the committee's figures is among the rows that attackers of other profiles hold.
    """
    if not connection.execute(text(_ARE_STORED)).scalar():
        return [], []
    releases: Sequence[int] = connection.execute(text(_HELD), {"authority": authority_code}).scalars().all()
    changed: dict[int, list[Published]] = {}
    shown: dict[tuple[Any, ...], Published] = {}
    sources = [(profile, False)]
    if profile != "committee":
        sources.append(("committee", True))
    for name, is_signed in sources if releases else ():
        parameters = {
            "authority": authority_code,
            "profile": name,
            "releases": list(releases),
            "codes": list(codes),
            "is_signed": is_signed,
        }
        for row in connection.execute(text(_EARLIER), parameters).mappings():
            if row["is_changed_year"]:
                if not is_signed:
                    changed.setdefault(int(row["release_id"]), []).append(_published(row))
            else:
                found = replace(_published(row), is_exact=is_signed)
                key = (
                    found.indicator_code, found.period_type, found.period_label, found.breakdown,
                    found.breakdown_value, found.end, found.numerator, found.denominator,
                )  # fmt: skip
                is_more = found.is_exact and found.shown_numerator is not None
                if key not in shown or shown[key].shown_numerator is None or is_more:
                    shown[key] = found
    return [sorted(rows, key=_in_order) for rows in changed.values()], list(shown.values())


def _in_order(row: Published) -> tuple[Any, ...]:
    """Return where a row stands among those of its release, the same for every profile."""
    return (row.indicator_code, row.breakdown, row.breakdown_value, row.start, row.end, row.period_type)


def _published(row: RowMapping) -> Published:
    return Published(
        indicator_code=row["indicator_code"],
        period_type=row["period_type"],
        period_label=row["period_label"],
        breakdown=row["breakdown"],
        breakdown_value=row["breakdown_value"],
        start=row["period_start_date"],
        end=row["effective_end_date"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        shown_numerator=row["shown_numerator"],
        shown_denominator=row["shown_denominator"],
        shown_value=row["shown_value"],
    )
