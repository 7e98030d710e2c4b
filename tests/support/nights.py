"""Nights made by hand for the pages: one published with caveats after a held one, as a performance lead meets them."""

from __future__ import annotations

import datetime
from dataclasses import replace

from csc_warehouse.reporting.pages.quality_report_model import (
    Delivery,
    Duty,
    Figure,
    Finding,
    NightPoint,
    NightReport,
    Word,
    Work,
)
from csc_warehouse.reporting.pages.worklist import Item, Worklist
from csc_warehouse.version import Origin

NIGHT = datetime.date(2018, 12, 31)
ORIGIN = Origin("1.2.3+abc")
TITLES = {
    "CON01": "Contacts received",
    "CON03": "Contacts with a decision within 24 hours",
    "PM24": "Assessments completed within 42 working days",
    "LAC01": "Children looked after",
}
JUMPED = Finding(
    sentence="The newest month's counts are like those of the year before.",
    meaning="A count jumped further than this work does from month to month; find out why before using it.",
    severity="warning",
    owner="Performance team",
    change="newly failing",
    is_broken=False,
    failed=1,
    checked=30,
    since=NIGHT,
    indicators=("CON01",),
)
UNDECIDED = Finding(
    sentence="Every contact with an outcome says when it was decided.",
    meaning="Decisions without a time count as not made, so the decision figures look worse than the work.",
    severity="warning",
    owner="Front door",
    change="still failing",
    is_broken=False,
    failed=1204,
    checked=9000,
    since=datetime.date(2018, 12, 20),
    indicators=("CON03",),
    is_about_records=True,
)
MENDED = replace(
    JUMPED,
    sentence="No night is missing since the last full extract.",
    change="mended",
    since=None,
    owner="Systems team",
)
NOTED = replace(UNDECIDED, severity="info", sentence="Every offered interview says whether it was accepted.", failed=3)
EXPLAINED = replace(JUMPED, meaning="Days of contacts seem to be missing.", explained="A. Jones, until 31 January 2019")


def night(verdict: Word = "caveats", nights: int = 14) -> NightReport:
    """Return a night of Wrexham with one figure of each kind."""
    is_held = verdict == "held"
    trend: list[NightPoint] = []
    for number in range(nights):
        word: Word = verdict if number == nights - 1 else "held" if number == nights // 2 else "caveats"
        day = NIGHT - datetime.timedelta(days=nights - 1 - number)
        trend.append(NightPoint(day, word, 2 if word == "held" else 0, 3 + number % 3, 1400 - 14 * number))
    return NightReport(
        authority_code="W06000006",
        authority_name="Wrexham",
        release_id=31,
        as_at_date=NIGHT,
        verdict=verdict,
        reason="A third of the children are missing." if is_held else "A count jumped; 2 figures carry a caveat.",
        seen_date=datetime.date(2018, 12, 30) if is_held else NIGHT,
        is_seen=not is_held,
        findings=[JUMPED, UNDECIDED, MENDED, NOTED, EXPLAINED],
        figures=[
            Figure(
                "CON01", TITLES["CON01"], "2018/19 Q3", "2,809", "B", "A count jumped.", tonight="5" if is_held else ""
            ),
            Figure(
                "CON03",
                TITLES["CON03"],
                "2018/19 Q3",
                "81.2%",
                "D",
                "Decisions without a time count as not made.",
                "81.2%; 94.6% if all 377 unknown cases had met it",
            ),
            Figure("PMC024", TITLES["PM24"], "2018/19 Q3", "91.0%", "A"),
            Figure("LAC01", TITLES["LAC01"], "2018/19 Q3", "301", "A"),
        ],
        teams=[
            Work("SPOA", 1204, 40, 12, 1204, datetime.date(2018, 12, 20), 14),
            Work("<b>LAC & Co</b>", 3, 0, 1, 0, datetime.date(2018, 11, 2), 2),
        ],
        duties=[
            Duty("Front door", ("Decisions without a time count as not made (1,204 records).",)),
            Duty("Performance team", ("A count jumped further than this work does.", "A percentage jumped.")),
        ],
        deliveries=[
            Delivery("WCCIS, the case system", NIGHT, 123, 0, 0),
            Delivery("Corporate returns", datetime.date(2018, 10, 31), 48, 1, 61),
        ],
        refused=["WCCIS, the case system, 1 January 2019: the zip is cut off."] if is_held else [],
        trend=trend,
        grade_rules=[
            ("A", "may be used freely"),
            ("B", "may be used with its caveat"),
            ("C", "shows the direction at most"),
            ("D", "should not be used"),
        ],
        checks_made=136,
        origin=ORIGIN,
        is_first_night=nights < 2,
    )


ITEM = Item(
    team="SPOA",
    worker="W158",
    child_id="0012345",
    record_id="0098765",
    system="RAISe",
    entity="contact",
    sentence="Every contact with an outcome says when it was decided.",
    field="Time of decision",
    place="Contact form (RAISe CONTACT, WCCIS contact)",
    is_first=True,
    first_seen=datetime.date(2018, 12, 20),
    nights_open=12,
    reference="RCON12",
)


def worklist() -> Worklist:
    """Return four corrections of two teams, one of them explained, one that tries to be a formula."""
    return Worklist(
        authority_name="Wrexham",
        as_at_date=NIGHT,
        items=[
            ITEM,
            replace(ITEM, record_id="0098766", is_first=False, first_seen=NIGHT, nights_open=1),
            replace(ITEM, team="LAC", worker='=HYPERLINK("http://x")', record_id="0098767"),
            replace(ITEM, record_id="0098768", explained="Jo Bell, until 31 January 2019"),
        ],
        mended=5,
        origin=ORIGIN,
    )
