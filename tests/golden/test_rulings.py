"""Days that cannot be right, unknown children and lost numbers: what each ruling of indicators.md section 5 gives.

One made-up council, each child worked by hand; the figures are those of a build of every layer.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from csc_warehouse import landing
from csc_warehouse.warehouse import Warehouse
from tests.conftest import Night
from tests.golden.compare_expected import Key, Measures, read_found
from tests.support import compiled
from tests.support.deliveries import Row, write_raise, write_wccis

WREXHAM = "W06000006"
LAST_NIGHT = datetime.date(2017, 9, 30)
IN_NO_LIST = "9100001"
OLD, FAR, LATER = "31/12/1989", "01/01/2041", "01/10/2017"
"""Before the calendar, beyond it, and the day after the last delivery."""

CLIENTS: list[Row] = [
    {"CLIENT_NO": "1", "DOB": "14/04/2009", "SEX": "F"},
    {"CLIENT_NO": "2", "DOB": "05/05/1999", "SEX": "F"},
    {"CLIENT_NO": "3", "DOB": "", "SEX": "M"},
    # 21 on the first day of 2017/18, and a day younger
    {"CLIENT_NO": "4", "DOB": "01/04/1996", "SEX": "M"},
    {"CLIENT_NO": "5", "DOB": "02/04/1996", "SEX": "M"},
    {"CLIENT_NO": "6", "DOB": "05/05/2000", "SEX": "M"},
    {"CLIENT_NO": "7", "DOB": "", "SEX": "F"},
    {"CLIENT_NO": "8", "DOB": "01/01/2008", "SEX": "F"},
]


def conference(number: int, strategy: str, held: str = "08/06/2017", client: str = "1") -> Row:
    return {"S47_NO": str(number), "CLIENT_NO": client, "STRATEGY_DATE": strategy, "CONFERENCE_DATE": held}


def missing(number: int, since: str, interview: str, accepted: str = "Y") -> Row:
    return {
        "MISSING_NO": str(number),
        "CLIENT_NO": "1",
        "MISSING_FROM": since,
        "RETURNED": "08/06/2017 09:00",
        "RHI_OFFERED": "Y",
        "RHI_ACCEPTED": accepted,
        "RHI_COMPLETED": interview,
    }


def check(number: int, client: str, made: str, left: str = "31/05/2016") -> Row:
    return {
        "CHECK_NO": str(number),
        "CLIENT_NO": client,
        "LEFT_CARE_DATE": left,
        "MONTHS": "12",
        "CHECK_DATE": made,
        "EET": "Y",
    }


def registration(number: int, client: str, registered: str, deregistered: str, category: str = "NEG") -> Row:
    return {
        "REGISTRATION_NO": str(number),
        "CLIENT_NO": client,
        "REGISTERED_DATE": registered,
        "DEREGISTERED_DATE": deregistered,
        "CATEGORY": category,
    }


def assessment(number: int, referred: str, client: str = "1") -> Row:
    return {
        "ASSESSMENT_NO": str(number),
        "VERSION_NO": "1",
        "CLIENT_NO": client,
        "REFERRAL_DATE": referred,
        "AUTHORISED_DATE": "06/06/2017",
        "STATUS": "COMPLETE",
        "CHILD_SEEN": "Y",
    }


def episode(number: int, placement: str, start: str, end: str) -> Row:
    return {
        "EPISODE_NO": str(number),
        "CLIENT_NO": "7",
        "CARE_PERIOD_NO": "1",
        "PLACEMENT_NO": placement,
        "START_DATE": start,
        "END_DATE": end,
        "END_REASON": "MOVE" if end else "",
        "LEGAL_STATUS": "C1",
        "PLACEMENT_TYPE": "FOST_IFA",
        "PROVIDER": "IFA",
        "PLACEMENT_LA": "E06000050",
    }


def contact(number: int, received: str, decided: str) -> Row:
    return {"CONTACT_NO": str(number), "CLIENT_NO": "1", "RECEIVED": received, "DECIDED": decided, "STATUS": "ACTIVE"}


RAISE: dict[str, list[Row]] = {
    "CLIENT": CLIENTS,
    "CONTACT": [
        contact(1, "03/04/2017 10:00", "03/04/2017 11:00"),
        contact(2, "05/06/2017 10:00", ""),
        contact(3, "05/06/2017 10:00", f"{OLD} 10:00"),
        contact(4, "05/06/2017 10:00", f"{LATER} 10:00"),
        contact(5, f"{FAR} 10:00", "05/06/2017 10:00"),
    ],
    "S47": [
        # nine working days: 29 May 2017 is a bank holiday
        conference(1, "25/05/2017"),
        conference(2, "01/06/2017", client=IN_NO_LIST),
        conference(3, ""),
        *(conference(4 + place, day) for place, day in enumerate((OLD, FAR, LATER, "05/05/1899", "09/06/2017"))),
        conference(10, "01/12/1989", held=OLD),
        conference(11, "25/05/2017", held=LATER),
    ],
    "MISSING": [
        missing(1, f"{OLD} 10:00", "09/06/2017 09:00"),
        missing(2, f"{FAR} 10:00", "", accepted="N"),
        missing(3, "01/03/2018 10:00", "09/06/2017 09:00"),
        missing(4, "08/06/2017 01:00", f"{OLD} 10:00"),
        missing(5, "08/06/2017 01:00", f"{LATER} 10:00"),
        missing(6, "", "11/06/2017 09:00"),
    ],
    "CARE_LEAVER_CHECK": [
        check(1, "2", "31/05/2017"),
        check(2, "3", ""),
        check(3, "4", LATER),
        check(4, "5", OLD),
        check(5, IN_NO_LIST, "31/05/2017"),
        check(6, "6", "", left="30/09/2017"),
        check(7, "8", "31/05/2017", left=OLD),
        check(8, "8", "31/05/2017", left=LATER),
    ],
    "HOMELESS_SPELL": [
        {"SPELL_NO": "1", "CLIENT_NO": "3", "START_DATE": "30/09/2017", "END_DATE": ""},
        {"SPELL_NO": "2", "CLIENT_NO": IN_NO_LIST, "START_DATE": "01/03/2017", "END_DATE": "01/04/2017"},
        {"SPELL_NO": "3", "CLIENT_NO": "4", "START_DATE": "01/06/2017", "END_DATE": ""},
        {"SPELL_NO": "4", "CLIENT_NO": "2", "START_DATE": OLD, "END_DATE": ""},
    ],
    "CP_REGISTRATION": [
        registration(1, "1", LATER, "15/06/2017"),
        registration(2, "1", OLD, "15/06/2017"),
        registration(3, "1", "", "16/06/2017"),
        registration(4, "8", "20/05/2017", "10/05/2017"),
        registration(5, "8", "01/06/2017", "", category="+NEG"),
        registration(6, "2", "01/06/2017", "", category="EMO++NEG"),
        registration(7, "6", "01/06/2017", "", category="+"),
    ],
    "ASSESSMENT": [
        assessment(1, LATER),
        assessment(2, OLD),
        # 42 working days (indicators.md rule 2)
        assessment(3, "03/04/2017", client=IN_NO_LIST),
        assessment(4, "07/06/2017"),
        assessment(5, ""),
    ],
    "LAC_EPISODE": [
        episode(1, "1", "01/05/2017", "10/05/2017"),
        # in force at the end of no day
        episode(2, "2", "10/05/2017", "10/05/2017"),
        episode(3, "3", "10/05/2017", ""),
    ],
    "SCHOOL_MOVE": [{"MOVE_NO": "1", "CLIENT_NO": "7", "MOVE_DATE": "01/06/2017", "REASON": "OTHER"}],
}
FAMILIES_FIRST = """\
area,organisation,service,commissioned,start_date,end_date,as_at
TAC,Barnardo's,S1,EXTERNAL,2016-01-01,,2017-09-30
TAC,,S2,INTERNAL,2016-01-01,,2017-09-30
PARENTING,   ,S3,EXTERNAL,2016-01-01,,2017-09-30
PARENTING,Advance,S4,EXTERNAL,2016-01-01,1989-12-31,2017-09-30
"""


def built(night: Warehouse, warehouse: Warehouse, as_at: datetime.date) -> dict[Key, Measures]:
    """Land everything that waits, build as at a day and return the figures."""
    waiting = [
        delivery
        for source in ("raise", "wccis", "corporate")
        for delivery in landing.find_waiting(
            warehouse.settings, source=source, as_at=None, stable_seconds=0, warehouse=warehouse
        )
    ]
    landing.land(warehouse, sorted(waiting, key=lambda delivery: delivery.business_date))
    compiled.build(night, warehouse, as_at)
    return read_found(warehouse.engine, "marts_candidate.indicator_values")


@pytest.fixture(scope="module")
def figures(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> dict[Key, Measures]:
    """Return the figures of the made-up council as at its last night."""
    home = tmp_path_factory.mktemp("rulings")
    with compiled.warehouse_beside(sample_night.warehouse, home) as warehouse:
        exports = warehouse.settings.exports
        write_raise(exports, LAST_NIGHT, RAISE)
        folder = exports / "corporate" / LAST_NIGHT.isoformat()
        folder.mkdir(parents=True)
        (folder / f"families_first_{LAST_NIGHT:%Y%m%d}.csv").write_text(FAMILIES_FIRST, encoding="utf-8")
        return built(sample_night.warehouse, warehouse, LAST_NIGHT)


@pytest.mark.parametrize(
    ("code", "period", "group", "numerator", "denominator"),
    [
        # undecided, and decided after the last delivery, which is the same; a decision of 1989 leaves a contact out
        ("CON03", "2017-06", ("all", "all"), 0, 2),
        ("CON08", "2017-06", ("all", "all"), 2, None),
        ("CON01", "2017-06", ("all", "all"), 3, None),
        # in time, of nobody's list in time, without a strategy day
        ("CPR04", "2017-06", ("all", "all"), 2, 3),
        ("CPR04", "2017-06", ("families", "all"), 1, 2),
        # begun in 1989, in 2041, at an unknown time: in; after the return: out; the interview of 1989 runs backwards
        ("MIS02", "2017-06", ("all", "all"), 2, 4),
        ("MIS03", "2017-06", ("all", "all"), 5, 5),
        ("MIS04", "2017-06", ("all", "all"), 1, 5),
        ("MIS01", "2017-06", ("all", "all"), 2, None),
        # checked, unchecked (no day, a day to come, a day of 1989) and checked in no list
        ("PM34A", "2017-05", ("all", "all"), 2, 5),
        # two of unknown age are homeless; the one of 21 is out, and who left on the last day is in
        ("PM35", "2017/18", ("all", "all"), 2, 5),
        ("CPR03", "2017-06", ("all", "all"), 2, None),
        ("CPR03", "2017-05", ("all", "all"), 1, None),
        ("PM28", "2017-06", ("all", "all"), 0, 0),
        ("CPR02", "2017-06", ("all", "all"), 3, None),
        ("PM27", "2017-06", ("all", "all"), 1, 3),
        ("CPR01", "2017-06", ("category", "NEG"), 1, None),
        ("CPR01", "2017-06", ("category", "EMO+NEG"), 1, None),
        ("CPR01", "2017-06", ("category", "unknown"), 1, None),
        # referred in 1989, in no list, backwards and at an unknown time; one referred after the last delivery is none
        ("ASM07", "2017-06", ("all", "all"), 4, None),
        ("ASM02", "2017-06", ("all", "all"), 4, 4),
        ("PM24", "2017-06", ("all", "all"), 1, 2),
        ("PM32", "2017/18", ("all", "all"), 0, 0),
        ("PM33", "2017/18", ("all", "all"), 0, 1),
        ("LAC04", "2017-06", ("wales", "inside"), 0, 1),
        ("LAC04", "2017-06", ("wales", "outside"), 1, 1),
        ("FF01", "2017-09", ("all", "all"), 1, None),
        ("FF01", "2017-09", ("area", "TAC"), 1, None),
    ],
)
def test_figure_when_days_cannot_be_right_is_what_the_rulings_say(
    figures: dict[Key, Measures],
    *,
    code: str,
    period: str,
    group: tuple[str, str],
    numerator: int,
    denominator: int | None,
) -> None:
    kind = "month" if "-" in period else "year"
    assert figures[WREXHAM, code, kind, period, *group][:2] == (
        Decimal(numerator),
        None if denominator is None else Decimal(denominator),
    )


def test_group_when_every_organisation_of_it_is_blank_has_no_row(figures: dict[Key, Measures]) -> None:
    assert (WREXHAM, "FF01", "month", "2017-09", "area", "PARENTING") not in figures


CUT_OVER, AFTER, AS_AT = datetime.date(2018, 5, 21), datetime.date(2018, 5, 27), datetime.date(2018, 6, 30)
BEFORE: dict[str, list[Row]] = {
    "CLIENT": [{"CLIENT_NO": "1", "DOB": "01/02/2010", "SEX": "F"}],
    "CONTACT": [
        contact(10, "06/04/2018 23:45", "07/04/2018 10:00"),
        contact(11, "09/04/2018 10:00", "09/04/2018 11:00"),
        contact(12, "10/04/2018 10:00", "10/04/2018 11:00"),
    ],
    "PLAN": [{"PLAN_NO": "20", "CLIENT_NO": "1", "PLAN_TYPE": "CASP", "START_DATE": "08/11/2017"}],
    "REVIEW": [
        {"REVIEW_NO": "30", "PLAN_NO": "20", "CLIENT_NO": "1", "HELD_DATE": "02/05/2018", "STATUS": "HELD"},
    ],
    "CP_REGISTRATION": [registration(40, "1", "01/02/2018", "")],
    "ASSESSMENT": [
        {"ASSESSMENT_NO": "50", "VERSION_NO": "1", "CLIENT_NO": "1", "REFERRAL_DATE": "03/04/2018", "STATUS": "OPEN"}
    ],
}


def guid(number: int) -> str:
    return f"abcdef00-0000-4000-8000-{number:012d}"


def migrated(numbers: dict[int, str]) -> dict[str, list[Row]]:
    """Return what WCCIS says of the migrated rows, each with the number that it carries that night."""
    child = {"personid": guid(1)}
    return {
        "person": [child | {"legacyid": numbers[1], "dateofbirth": "2010-02-01", "genderid": "2"}],
        "contact": [
            child
            | {
                "contactid": guid(10),
                "legacyid": numbers[10],
                # local midnight: the migration lost the time of day
                "contactreceiveddatetime": "2018-04-05T23:00:00Z",
                "decisiondatetime": "2018-04-06T23:00:00Z",
            }
        ],
        "careplan": [
            child | {"careplanid": guid(20), "legacyid": numbers[20], "plantypeid": "1", "startdate": "2017-11-08"}
        ],
        "review": [
            child
            | {
                "reviewid": guid(30),
                "careplanid": guid(20),
                "legacyid": numbers[30],
                "helddate": "2018-05-02",
                "reviewstatusid": "2",
            }
        ],
        "childprotection": [
            child
            | {
                "childprotectionid": guid(40),
                "legacyid": numbers[40],
                "startdate": "2018-02-01",
                "categoryofabuse": "NEG",
            }
        ],
        "caseform": [
            child
            | {
                "caseformid": guid(50),
                "versionnumber": "1",
                "legacyid": numbers[50],
                "referraldate": "2018-04-03",
                "assessmentstatusid": "1",
            }
        ],
    }


CARRIED = {number: str(number) for number in (1, 10, 20, 30, 40, 50)}


@pytest.mark.parametrize(
    ("at_first", "later", "contacts", "lost", "changed"),
    [
        pytest.param(CARRIED, CARRIED, 3, 0, 0, id="kept"),
        pytest.param(CARRIED, dict.fromkeys(CARRIED, ""), 3, 6, 0, id="all lost"),
        pytest.param(CARRIED, CARRIED | {1: ""}, 3, 1, 0, id="the child's lost"),
        # a mistaken number was put right: what it had superseded stays so, and the right one links
        pytest.param(CARRIED | {10: "12"}, CARRIED, 2, 0, 1, id="changed"),
        pytest.param(CARRIED | {10: "12"}, CARRIED | {20: ""}, 2, 1, 1, id="one changed and one lost"),
    ],
)
def test_child_and_facts_stay_one_when_numbers_are_lost_or_changed(
    sample_night: Night,
    tmp_path: Path,
    *,
    at_first: dict[int, str],
    later: dict[int, str],
    contacts: int,
    lost: int,
    changed: int,
) -> None:
    with compiled.warehouse_beside(sample_night.warehouse, tmp_path) as warehouse:
        exports = warehouse.settings.exports
        write_raise(exports, CUT_OVER - datetime.timedelta(days=1), BEFORE)
        write_wccis(exports, CUT_OVER, migrated(at_first))
        write_wccis(exports, AFTER, migrated(later))
        write_wccis(exports, AS_AT, {}, extract_type="delta")
        found = built(sample_night.warehouse, warehouse, AS_AT)
        with warehouse.transaction() as connection:
            children: int = connection.execute(
                text("select count(distinct child_key) from marts_candidate.indicator_records where is_in_denominator")
            ).scalar_one()
            odd = connection.execute(
                text(
                    "select sum(numbers_lost), sum(numbers_changed) from marts_candidate.fct_system_reconciliation"
                    " where authority_code = :authority"
                ),
                {"authority": WREXHAM},
            ).one()

    def figure(code: str, period: str, kind: str = "month") -> tuple[object, ...]:
        return found[WREXHAM, code, kind, period, "all", "all"][:2]

    assert children == 1
    assert tuple(odd) == (lost, changed)
    assert figure("CON01", "2018-04") == (contacts, None)
    # its own time stands where the migration lost it: 23:45 to 10:00 is within 24 hours
    assert figure("CON03", "2018-04") == (contacts, contacts)
    assert figure("PM25", "2018-06") == (1, 1)
    assert figure("CPR01", "2018-06") == (1, None)
    assert figure("ASM05", "2018-06") == (1, None)
    # due on 8 May 2018, held on the 2nd
    assert figure("REV02", "2018-05") == (1, 1)
