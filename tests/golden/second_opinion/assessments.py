"""PM24 and ASM01 to ASM09: assessments, by their first authorised version."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from functools import partial
from typing import Any

from tests.golden.second_opinion.calendar import ONE_DAY, Period, is_known, wd
from tests.golden.second_opinion.deliveries import Row
from tests.golden.second_opinion.facts import Books, happened, has_begun
from tests.golden.second_opinion.identity import NEW
from tests.golden.second_opinion.tally import Tally, by

LIMIT = 42


def one_per_assessment(books: Books) -> list[Row]:
    """Return each assessment once: its first authorised version, else its highest surviving one."""
    versions: dict[Any, list[Row]] = defaultdict(list)
    for row in books.facts["assessment"]:
        if row["status"] != "CANCELLED":
            versions[row["assessment"]].append(dict(row, authorised=happened(row, row["authorised"])))
    found = []
    for rows in versions.values():
        rows.sort(key=lambda row: (row["version"], row["system"] != NEW))
        found.append(next((row for row in rows if row["authorised"]), rows[-1]))
    return [row for row in found if books.people.is_own(row["child"]) and has_begun(row, row["referred"])]


def age_band(days: int) -> str:
    """Return the band of working days since the referral."""
    bands = ((14, "0-14"), (28, "15-28"), (42, "29-42"), (60, "43-60"), (90, "61-90"))
    return next((band for last, band in bands if days <= last), "91+")


def _says_yes(column: str, row: Row, _: Period) -> bool:
    return bool(row[column] == "Y")


def write_assessments(tally: Tally, books: Books) -> None:
    """Write every assessment figure."""
    rows = one_per_assessment(books)
    done = [(row["authorised"], row) for row in rows if is_known(row["authorised"])]
    team = {"team": by("team")}
    in_order = [
        (day, row)
        for day, row in done
        if row["referred"] is None or (is_known(row["referred"]) and row["referred"] <= row["authorised"])
    ]
    timed = [(day, dict(row, days=wd(row["referred"], day))) for day, row in in_order if row["referred"]]
    late = [(day, row) for day, row in timed if row["days"] > LIMIT]
    tally.flow(
        "PM24",
        in_order,
        lambda row, _: row["referred"] is not None and wd(row["referred"], row["authorised"]) <= LIMIT,
        groups=team,
    )
    tally.flow("ASM01", late, amount=lambda row: row["days"])
    for code, column in (("ASM02", "seen"), ("ASM03", "alone")):
        tally.flow(
            code,
            [(day, row) for day, row in done if row[column] != "NA"],
            partial(_says_yes, column),
        )
    opened = [row for row in rows if is_known(row["referred"]) and row["referred"] <= row["fresh"]]

    def still_open(end: dt.date) -> list[Row]:
        return [
            dict(row, days=wd(row["referred"], end))
            for row in opened
            if row["referred"] <= end and (row["authorised"] is None or row["authorised"] > end)
        ]

    bands = team | {"age_band": lambda row: age_band(row["days"])}
    tally.stock("ASM04", still_open, lambda row, _: row["days"] <= LIMIT, groups=team)
    tally.stock("ASM05", still_open, groups=bands)
    tally.stock("ASM06", lambda end: [row for row in still_open(end) if row["days"] > LIMIT], groups=bands)
    tally.flow("ASM07", done, groups=team)
    tally.flow("ASM08", timed, lambda row, period: wd(row["referred"], period.start - ONE_DAY) > LIMIT)
    tally.flow("ASM09", late, groups=team | {"delay_reason": by("delay")})
