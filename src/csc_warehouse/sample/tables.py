"""How each entity stands in RAISe and in WCCIS: columns, codes and names (deliveries.md sections 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column; an empty name means that the system does not have it."""

    raise_name: str
    wccis_name: str
    kind: str
    """key, client, ref, number, date, time, code, text, or flag (Y/N in RAISe, 0/1 in WCCIS)."""
    codes: str = ""
    """For a code that WCCIS holds as an integer: the name of the list; for a reference: the thing's kind."""
    label: str = ""
    """WCCIS column that repeats the code as a label."""
    name: str = ""
    """The name under which records hold the value."""


@dataclass(frozen=True, slots=True)
class Table:
    """One entity in both systems."""

    entity: str
    raise_name: str
    wccis_name: str
    columns: tuple[Column, ...]
    end_column: str = ""
    """The canonical column that is empty while a case is open."""
    common: tuple[str, ...] = ("createdon", "modifiedon", "owningauthority", "legacyid", "inactive")


WCCIS_CODES: dict[str, dict[str, str]] = {
    name: {code: number for number, code in (pair.split(":") for pair in pairs.split())}
    for name, pairs in {
        "sex": "1:M 2:F 3:U 4:I",
        "language": "1:ENG 2:WEL 3:OTH",
        "contact_source": "1:POL 2:HEA 3:EDU 4:FAM 5:SELF 6:ANON 7:OLA 8:HOU 9:PRO 10:CRT 99:OTH",
        "contact_outcome": "1:IAA 2:ASS 3:OPEN 4:NFA",
        "assessment_status": "1:OPEN 2:COMPLETE 3:CANCELLED",
        "assessment_outcome": "1:PLAN 2:IAA 3:NFA 4:CP",
        "seen": "1:Y 0:N 2:NA",
        "plan_type": "1:CASP 2:CP 3:LAC",
        "review_status": "1:PLANNED 2:HELD 3:CANCELLED",
        "s47_outcome": "1:ICPC 2:NFA 3:PLAN",
        "conference_outcome": "1:REG 2:NOTREG",
        "placement_type": "1:FOST_LA 2:FOST_IFA 3:KIN 4:RES_LA 5:RES_IND 6:PARENT 7:ADOPT 8:INDEP 9:SECURE 10:TEMP",
        "provider": "1:OWN 2:OTHER_LA 3:IFA 4:PRIVATE 5:VOLUNTARY 6:PARENT",
    }.items()
}
UNLISTED_NUMBER = "77"
"""What WCCIS sends for a code that its list does not have."""
LABELS = {
    "POL": "Police",
    "HEA": "Health",
    "EDU": "Education",
    "FAM": "Family",
    "SELF": "Self",
    "ANON": "Anonymous",
    "OLA": "Other local authority",
    "HOU": "Housing",
    "PRO": "Probation",
    "CRT": "Court",
    "OTH": "Other",
    "IAA": "Information, advice and assistance",
    "ASS": "Allocated for assessment",
    "OPEN": "Open case",
    "NFA": "No further action",
}


def _columns(text: str) -> tuple[Column, ...]:
    """Read columns written as RAISE_NAME/wccis_name kind codes label, one a line; - stands for none."""
    columns = []
    for line in text.strip().splitlines():
        names, kind, *rest = line.split()
        raise_name, wccis_name = (name.replace("-", "") for name in names.split("/"))
        codes, label = (*rest, "", "")[:2]
        columns.append(Column(raise_name, wccis_name, kind, codes, label, raise_name.lower() or wccis_name))
    return tuple(columns)


_CLIENT = "CLIENT_NO/personid client\n"
_RECORDED = "\nRECORDED/- recorded"

TABLES: dict[str, Table] = {
    table.entity: table
    for table in (
        Table(
            "client",
            "CLIENT",
            "person",
            _columns(
                """CLIENT_NO/personid key
                -/personnumber number
                SURNAME/lastname text
                FORENAMES/firstname text
                DOB/dateofbirth date
                EXPECTED_DOB/expecteddateofbirth date
                DATE_OF_DEATH/dateofdeath date
                SEX/genderid code sex
                ETHNICITY/ethnicityid_cwname text
                LANGUAGE/languageid code language
                POSTCODE/postcode text
                RESP_LA/responsibleauthority code
                FAMILY_NO/familyid ref family
                DISABLED/isdisabled flag
                RESTRICTED/isrestricted flag
                UPN/upn text
                LAST_UPDATED/- updated"""
            ),
        ),
        Table(
            "contact",
            "CONTACT",
            "contact",
            _columns(
                "CONTACT_NO/contactid key\n"
                + _CLIENT
                + """RECEIVED/contactreceiveddatetime time
                SOURCE/contactsourceid code contact_source contactsourceid_cwname
                REASON/contactreasonid_cwname text
                DECIDED/decisiondatetime time
                OUTCOME/contactoutcomeid code contact_outcome contactoutcomeid_cwname
                TEAM/ownerid_cwname code
                WORKER/responsibleuserid text
                PLACING_LA/placingauthority code
                INCIDENT_NO/incidentid ref incident
                STATUS/- code"""
                + _RECORDED
            ),
            end_column="outcome",
        ),
        Table(
            "assessment",
            "ASSESSMENT",
            "caseform",
            _columns(
                """ASSESSMENT_NO/caseformid key
                VERSION_NO/versionnumber number
                """
                + _CLIENT
                + """CONTACT_NO/contactid ref contact
                REFERRAL_DATE/referraldate date
                START_DATE/startdate date
                AUTHORISED_DATE/signedoffdate date
                STATUS/assessmentstatusid code assessment_status
                CHILD_SEEN/childseen code seen
                CHILD_SEEN_ALONE/childseenalone code seen
                NOT_SEEN_REASON/notseenreason text
                OUTCOME/outcomeid code assessment_outcome
                DELAY_REASON/delayreasonid_cwname text
                TEAM/ownerid_cwname code
                WORKER/responsibleuserid text"""
                + _RECORDED
            ),
            end_column="authorised_date",
        ),
        Table(
            "plan",
            "PLAN",
            "careplan",
            _columns(
                "PLAN_NO/careplanid key\n"
                + _CLIENT
                + """PLAN_TYPE/plantypeid code plan_type
                START_DATE/startdate date
                END_DATE/enddate date
                END_REASON/endreasonid_cwname text
                TEAM/ownerid_cwname code
                WORKER/responsibleuserid text"""
                + _RECORDED
            ),
            end_column="end_date",
        ),
        Table(
            "review",
            "REVIEW",
            "review",
            _columns(
                """REVIEW_NO/reviewid key
                PLAN_NO/careplanid ref plan
                """
                + _CLIENT
                + """PLANNED_DATE/planneddate date
                HELD_DATE/helddate date
                STATUS/reviewstatusid code review_status"""
                + _RECORDED
            ),
            end_column="held_date",
        ),
        Table(
            "s47",
            "S47",
            "section47",
            _columns(
                "S47_NO/section47id key\n"
                + _CLIENT
                + """STRATEGY_DATE/strategydate date
                ENQUIRY_END_DATE/enquiryenddate date
                OUTCOME/outcomeid code s47_outcome
                CONFERENCE_DATE/conferencedate date
                CONFERENCE_OUTCOME/conferenceoutcomeid code conference_outcome"""
                + _RECORDED
            ),
            end_column="enquiry_end_date",
        ),
        Table(
            "cp_registration",
            "CP_REGISTRATION",
            "childprotection",
            _columns(
                "REGISTRATION_NO/childprotectionid key\n"
                + _CLIENT
                + """S47_NO/section47id ref s47
                REGISTERED_DATE/startdate date
                DEREGISTERED_DATE/enddate date
                CATEGORY/categoryofabuse code
                TRANSFER_IN/istransferin flag
                TEMPORARY/istemporary flag"""
                + _RECORDED
            ),
            end_column="deregistered_date",
        ),
        Table(
            "lac_episode",
            "LAC_EPISODE",
            "lacepisode",
            _columns(
                "EPISODE_NO/lacepisodeid key\n"
                + _CLIENT
                + """CARE_PERIOD_NO/careperiodid ref care_period
                PLACEMENT_NO/placementid ref placement
                START_DATE/startdate date
                START_REASON/startreason code
                LEGAL_STATUS/legalstatus code
                PLACEMENT_TYPE/placementtypeid code placement_type
                PROVIDER/providerid code provider
                PLACEMENT_LA/placementauthority code
                END_DATE/enddate date
                END_REASON/endreason code"""
                + _RECORDED
            ),
            end_column="end_date",
        ),
        Table(
            "lac_health",
            "LAC_HEALTH",
            "lachealth",
            _columns(
                "HEALTH_NO/lachealthid key\n"
                + _CLIENT
                + """CARE_PERIOD_NO/careperiodid ref care_period
                PLACEMENT_NO/placementid ref placement
                KIND/kind code
                EVENT_DATE/eventdate date"""
                + _RECORDED
            ),
        ),
        Table(
            "school_move",
            "SCHOOL_MOVE",
            "schoolmove",
            _columns(
                "MOVE_NO/schoolmoveid key\n" + _CLIENT + "MOVE_DATE/movedate date\nREASON/reason code" + _RECORDED
            ),
        ),
        Table(
            "education_result",
            "EDUCATION_RESULT",
            "educationresult",
            _columns(
                "RESULT_NO/educationresultid key\n"
                + _CLIENT
                + """ACADEMIC_YEAR/academicyear text
                KEY_STAGE/keystage number
                CSI/csi code"""
                + _RECORDED
            ),
        ),
        Table(
            "missing",
            "MISSING",
            "missingepisode",
            _columns(
                "MISSING_NO/missingepisodeid key\n"
                + _CLIENT
                + """MISSING_FROM/missingfrom time
                RETURNED/returned time
                REPORTED_BY/reportedby code
                RHI_OFFERED/rhioffered code
                RHI_ACCEPTED/rhiaccepted code
                RHI_COMPLETED/rhicompleted time"""
                + _RECORDED
            ),
            end_column="returned",
        ),
        Table(
            "care_leaver_check",
            "CARE_LEAVER_CHECK",
            "careleavercheck",
            _columns(
                "CHECK_NO/careleavercheckid key\n"
                + _CLIENT
                + """LEFT_CARE_DATE/leftcaredate date
                MONTHS/months number
                CHECK_DATE/checkdate date
                EET/eet code"""
                + _RECORDED
            ),
        ),
        Table(
            "homeless_spell",
            "HOMELESS_SPELL",
            "homelessspell",
            _columns(
                "SPELL_NO/homelessspellid key\n"
                + _CLIENT
                + "START_DATE/startdate date\nEND_DATE/enddate date"
                + _RECORDED
            ),
            end_column="end_date",
        ),
        Table(
            "prevention",
            "PREVENTION",
            "prevention",
            _columns(
                "SERVICE_NO/preventionid key\n"
                + _CLIENT
                + """FAMILY_NO/familyid ref family
                SERVICE/service code
                START_DATE/startdate date
                END_DATE/enddate date
                OUTCOME/outcome text"""
                + _RECORDED
            ),
            end_column="end_date",
        ),
        Table(
            "mergedrecord",
            "",
            "mergedrecord",
            _columns(
                """-/mergedrecordid key
                -/entity text
                -/masterid ref client
                -/subordinateid ref client
                -/mergedon time"""
            ),
        ),
    )
}
RAISE_TABLES = tuple(table for table in TABLES.values() if table.raise_name)
WCCIS_TABLES = (
    TABLES["client"],
    TABLES["mergedrecord"],
    *(t for t in TABLES.values() if t.entity not in {"client", "mergedrecord"}),
)
