"""A weekly pack made by hand: two services, a team at each level, one that nobody listed, and a piece of work."""

from __future__ import annotations

import datetime

from csc_warehouse.reporting.weekly.pack import Counts, Indicator, Load, Pack, Share, Team, Work
from csc_warehouse.version import Origin

AS_AT = datetime.date(2018, 12, 17)
FRONT_DOOR, CARE = "Drws ffrynt", "Gofal a chymorth"
AIT = Team("AIT", "Assessment and Intervention Team", "Front door", "team", True, "Tîm Asesu ac Ymyrryd", FRONT_DOOR)
SPOA = Team("SPOA", "Single Point of Access", "Front door", "team", True, "Un Pwynt Mynediad", FRONT_DOOR)
PANEL = Team("PANEL", "Panel", "Care and support", "service", True, "Panel", CARE)
HEAD = Team("HEAD", "Head's own", "Care and support", "head_of_service", True, "Eiddo'r pennaeth", CARE)
TYPED = Team("A. JONES <B>", "A. JONES <B>", "", "unknown", is_listed=False)
IDLE = Team("IDLE", "Idle team", "Front door", "team")

PACK = Pack(
    authority_code="W06000006",
    authority_name="Wrexham",
    authority_name_cy="Wrecsam",
    release_id=7,
    as_at=AS_AT,
    quarter="2018/19 Q3",
    is_published=False,
    verdict="published",
    live_source="wccis",
    origin=Origin("1.2.3+abc"),
    teams=[TYPED, SPOA, AIT, PANEL, HEAD, IDLE],
    counts={
        ("AIT", "ASSESSMENT"): Counts(159, 22, 9, 20, 181, 2, 24, 4, 66),
        ("PANEL", "ASSESSMENT"): Counts(5, 2, 0, 0, 5, 0, 0, 0, 449),
        ("SPOA", "CONTACT"): Counts(36, 35, 1, 0, 34, 6, 4, 0),
        ("HEAD", "CONFERENCE"): Counts(1, 0, 0, 1, 0, 1, 0, 0, 3),
        ("A. JONES <B>", "REVIEW_CP"): Counts(3, 1, 0, 1, 3, 0, 0, 1),
    },
    shares={
        ("AIT", "ASM04"): Share(137, 159),
        ("PANEL", "ASM04"): Share(3, 5),
        ("AIT", "PM24"): Share(290, 361),
        ("SPOA", "CON03"): Share(1608, 1617),
    },
    indicators={
        "ASM04": Indicator(
            "ASM04", "Open assessments still within 42 working days", True, "Asesiadau agored o fewn 42 diwrnod gwaith"
        ),
        "PM24": Indicator(
            "PM24",
            "Assessments completed within 42 working days",
            False,
            "Asesiadau a gwblhawyd o fewn 42 diwrnod gwaith",
        ),
        "CON03": Indicator(
            "CON03",
            "Contacts with a decision within 24 hours",
            False,
            "Cysylltiadau â phenderfyniad o fewn 24 awr",
        ),
    },
    reasons={("AIT", "FAMILY AWAY"): 15, ("AIT", ""): 7, ("PANEL", "FAMILY AWAY"): 2},
    loads=[
        Load("AIT", "W100", 8, 3, 1, 9),
        Load("AIT", "", 1, 0, 0, 1),
        Load("PANEL", "=W200", 2, 5, 2, 6),
    ],
)


def work(**changed: object) -> Work:
    """Return an assessment that is late since this week, with what is changed of it."""
    given: dict[str, object] = {
        "team": "AIT", "clock": "ASSESSMENT", "system": "WCCIS", "record_id": "rec-1", "child_id": "child-1",
        "is_restricted": False, "worker": "W100", "started": datetime.date(2018, 10, 11), "started_at": None,
        "due": datetime.date(2018, 12, 10), "due_at": None, "done": None, "working_days_used": 47,
        "working_days_left": -5, "delay_reason": "FAMILY AWAY", "is_open": True, "is_late": True,
        "was_open_before": True, "was_late_before": False,
    }  # fmt: skip
    return Work(**{**given, **changed})  # type: ignore[arg-type]
