"""What a person may name: authorities, periods, indicators, groups, releases; and what to say of what is not there.

Every command and page reads its arguments here, so that a wrong one is answered the same way everywhere: what is wrong,
what would be right, where to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError, UsageError, listed, nearest, offer
from csc_warehouse.settings import Config, authority_fault

FORMS = (
    "2018/19 Q1 (quarter), 2018/19 H1 (half year), 2018/19 (year), 2018/19 YTD Q3 (year up to a quarter) or 2018-12"
    " (month)"
)
_YEAR = re.compile(r"(\d{4})/(\d{2})( (?:H[12]|Q[1-4]|YTD Q[1-4]))?")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_PART = re.compile(r"\b(YTD Q[1-4]|H[12]|Q[1-4])\b")
_CODES = text("select code, local_code, title from marts.indicators order by code")
_GROUPS = text(
    "select breakdown, breakdown_value from marts.indicator_values where authority_code = :authority_code"
    " and indicator_code = :code and period_label = :period_label and breakdown <> 'all'"
    " group by breakdown, breakdown_value order by breakdown, breakdown_value"
)
_RELEASES = text(
    "select release_id from release.releases where cast(:authority as text) is null"
    " union select release_id from quality.publications where authority_code = :authority order by release_id desc"
)


def authority(config: Config, given: str | None, *, option: str = "--authority") -> str:
    """Return the code of an authority; default: the home authority.

    Raises UsageError for what is no code of one in use, naming whom somebody most likely meant.
    """
    if given is None:
        return config.home_authority
    code = given.strip().upper()
    fault = authority_fault(code if code in config.authorities else given.strip(), config)
    if fault is not None:
        raise UsageError(f"{option}: {fault}")
    return code


def name_of(config: Config, code: str) -> str:
    """Return an authority as people read it: its name and code."""
    configured = config.authorities.get(code)
    return f"{configured.name} ({code})" if configured else code


def period(given: str, labels: Sequence[str], *, of: str) -> str:
    """Return the label of a period as figures carry it, however it was spaced or capitalised.

    labels: those there are, in the order in which a list names them. of: whose, for the sentence. Raises UsageError for
    what is no label, saying how one is written, and for a period that is not there, saying which are.
    """
    label = " ".join(given.split()).upper()
    given = given.strip() or '""'
    if label in labels:
        return label
    meant = _meant(label, labels)
    like = f" Did you mean {meant}?" if meant else ""
    kind = _kind(meant if meant and not _is_label(label) else label)
    same = [known for known in labels if _kind(known) == kind]
    if not _is_label(label):
        raise UsageError(f"{given} is no period. One is written as {FORMS}.{like}{_there(same or labels, of)}")
    raise UsageError(f"{of[:1].upper()}{of[1:]} has no figures of {label}.{_there(same or labels, of)}")


def _there(labels: Sequence[str], of: str) -> str:
    return f" There is {listed(labels)} of {of}." if labels else f" There is none of {of} yet."


def _is_label(label: str) -> bool:
    found = _YEAR.fullmatch(label)
    if found is not None:
        return (int(found.group(1)) + 1) % 100 == int(found.group(2))
    return _MONTH.fullmatch(label) is not None


def _kind(label: str) -> str:
    """Return of which kind a label is: its part without the number, or whether it is a month or a year."""
    part = _PART.search(label)
    return part.group(1)[:-1] if part else "month" if _MONTH.fullmatch(label) else "year"


def _meant(label: str, labels: Sequence[str]) -> str | None:
    """Return the label that somebody most likely meant: of `2018 Q1` that of the year that begins in 2018."""
    year, part = re.search(r"\d{4}", label), _PART.search(label)
    if year is not None and part is not None:
        written = f"{year.group()}/{(int(year.group()) + 1) % 100:02d} {part.group(1)}"
        if written in labels:
            return written
    return nearest(label, labels)


def indicator(connection: Connection, given: str) -> str:
    """Return the register's code of an indicator by its code or the council's own.

    Raises UsageError where there is none, naming the nearest by code or title.
    """
    rows = connection.execute(_CODES).all()
    by_name = {name.upper(): row.code for row in rows for name in (row.local_code, row.code) if name}
    code = by_name.get(given.strip().upper())
    if code is not None:
        return str(code)
    titles = {row.title: row.code for row in rows}
    meant = nearest(given, titles)
    if meant is not None:
        raise UsageError(f"{given} is no code. Did you mean {titles[meant]} ({meant})?")
    raise UsageError(
        f"{given} is not in the register: {offer(given, sorted(titles.values()))} csc-warehouse scorecard lists codes"
        " and titles."
    )


def group(connection: Connection, given: str | None, key: dict[str, Any]) -> tuple[str, str]:
    """Return a breakdown and its value, of `team=AIT`; nothing given: the whole.

    key: authority_code, code and period_label of the figure. Raises UsageError where the figure has no such group,
    naming those that it has.
    """
    if given is None:
        return "all", "all"
    name, is_pair, value = (part.strip() for part in given.partition("="))
    if (name, value) == ("all", "all"):
        return name, value
    rows = connection.execute(_GROUPS, key).all()
    values: dict[str, list[str]] = {}
    for row in rows:
        values.setdefault(row.breakdown, []).append(row.breakdown_value)
    figure = f"{key['code']} in {key['period_label']}"
    if not values:
        raise UsageError(f"--breakdown {given}: {figure} is not divided into groups.")
    if not is_pair:
        example = next(f"{breakdown}={there[0]}" for breakdown, there in values.items())
        raise UsageError(f"--breakdown {given} is not NAME=VALUE: write it as {example}. NAME is {listed(values)}.")
    if name not in values:
        raise UsageError(f"--breakdown {given}: {figure} is not divided by {name}: {offer(name, values)}")
    if value not in values[name]:
        exactly = next((known for known in values[name] if known.casefold() == value.casefold()), None)
        if exactly is not None:
            return name, exactly
        meant = nearest(value, values[name])
        like = f" Did you mean {name}={meant}?" if meant else ""
        raise UsageError(
            f"--breakdown {given}: {figure} has no {name} {value}.{like} There is {listed(values[name], most=40)}."
        )
    return name, value


def release(connection: Connection, given: int, authority_code: str | None = None, *, whom: str = "") -> int:
    """Return the number of a release that was made, or, of an authority, that was judged.

    whom: the authority as people read it, where one is asked for. Raises CscWarehouseError where there is none, naming
    those there are.
    """
    known: list[int] = list(connection.execute(_RELEASES, {"authority": authority_code}).scalars())
    if given in known:
        return given
    of = f" of {whom or authority_code}" if authority_code else ""
    if not known:
        raise CscWarehouseError(f"There is no release{of} yet: csc-warehouse run builds, checks and publishes one.")
    raise CscWarehouseError(
        f"There is no release {given}{of}: there is {listed(map(str, known))}. csc-warehouse releases lists them."
    )


def choice(given: str, known: Iterable[str], *, option: str) -> str:
    """Return what was chosen of a few words; raise UsageError naming them and the nearest."""
    words = list(known)
    if given in words:
        return given
    meant = nearest(given, words)
    like = f" Did you mean {meant}?" if meant else ""
    raise UsageError(f"{option} {given} is not known.{like} There is {listed(words, most=60)}.")
