"""What the two systems' columns are (deliveries.md sections 2 and 3), one table for both, and how a cell is read.

A line of the table: name, kind, RAISe's column, WCCIS's column (`-`: that system has none). The first lines marked
`key` are the row's key.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tests.golden.second_opinion.calendar import london_to_utc

TABLE = """
person CLIENT person
  key key CLIENT_NO personid
  number number - personnumber
  born day DOB dateofbirth
  expected day EXPECTED_DOB expecteddateofbirth
  died day DATE_OF_DEATH dateofdeath
  sex sex SEX genderid
  responsible text RESP_LA responsibleauthority
  family ref FAMILY_NO familyid
  updated day LAST_UPDATED -
  ethnicity text ETHNICITY ethnicityid_cwname
  language language LANGUAGE languageid
  disabled disabled DISABLED isdisabled
  other - SURNAME,FORENAMES,POSTCODE,RESTRICTED,UPN lastname,firstname,postcode,isrestricted,upn
mergedrecord - mergedrecord
  key key - mergedrecordid
  entity text - entity
  master ref - masterid
  subordinate ref - subordinateid
  merged time - mergedon
contact CONTACT contact
  key key CONTACT_NO contactid
  child ref CLIENT_NO personid
  received time RECEIVED contactreceiveddatetime
  decided time DECIDED decisiondatetime
  source source SOURCE contactsourceid
  outcome contact_outcome OUTCOME contactoutcomeid
  team text TEAM ownerid_cwname
  placing authority PLACING_LA placingauthority
  status text STATUS -
  recorded time RECORDED -
  other - REASON,WORKER,INCIDENT_NO contactsourceid_cwname,contactreasonid_cwname,contactoutcomeid_cwname,\
responsibleuserid,incidentid
assessment ASSESSMENT caseform
  key key ASSESSMENT_NO caseformid
  version version VERSION_NO versionnumber
  child ref CLIENT_NO personid
  referred day REFERRAL_DATE referraldate
  started day START_DATE startdate
  authorised day AUTHORISED_DATE signedoffdate
  status assessment_status STATUS assessmentstatusid
  seen seen CHILD_SEEN childseen
  alone seen CHILD_SEEN_ALONE childseenalone
  delay text DELAY_REASON delayreasonid_cwname
  team text TEAM ownerid_cwname
  recorded time RECORDED -
  other - CONTACT_NO,NOT_SEEN_REASON,OUTCOME,WORKER contactid,notseenreason,outcomeid,responsibleuserid
plan PLAN careplan
  key key PLAN_NO careplanid
  child ref CLIENT_NO personid
  type plan_type PLAN_TYPE plantypeid
  start day START_DATE startdate
  end day END_DATE enddate
  recorded time RECORDED -
  other - END_REASON,TEAM,WORKER endreasonid_cwname,ownerid_cwname,responsibleuserid
review REVIEW review
  key key REVIEW_NO reviewid
  plan ref PLAN_NO careplanid
  child ref CLIENT_NO personid
  planned day PLANNED_DATE planneddate
  held day HELD_DATE helddate
  status review_status STATUS reviewstatusid
  recorded time RECORDED -
s47 S47 section47
  key key S47_NO section47id
  child ref CLIENT_NO personid
  strategy day STRATEGY_DATE strategydate
  ended day ENQUIRY_END_DATE enquiryenddate
  outcome enquiry_outcome OUTCOME outcomeid
  conference day CONFERENCE_DATE conferencedate
  decision conference_outcome CONFERENCE_OUTCOME conferenceoutcomeid
  recorded time RECORDED -
registration CP_REGISTRATION childprotection
  key key REGISTRATION_NO childprotectionid
  child ref CLIENT_NO personid
  start day REGISTERED_DATE startdate
  end day DEREGISTERED_DATE enddate
  category text CATEGORY categoryofabuse
  transfer flag TRANSFER_IN istransferin
  temporary flag TEMPORARY istemporary
  recorded time RECORDED -
  other - S47_NO section47id
episode LAC_EPISODE lacepisode
  key key EPISODE_NO lacepisodeid
  child ref CLIENT_NO personid
  care ref CARE_PERIOD_NO careperiodid
  placement ref PLACEMENT_NO placementid
  start day START_DATE startdate
  legal legal LEGAL_STATUS legalstatus
  type placement_type PLACEMENT_TYPE placementtypeid
  provider provider PROVIDER providerid
  place authority PLACEMENT_LA placementauthority
  end day END_DATE enddate
  reason end_reason END_REASON endreason
  recorded time RECORDED -
  other - START_REASON startreason
health LAC_HEALTH lachealth
  key key HEALTH_NO lachealthid
  child ref CLIENT_NO personid
  care ref CARE_PERIOD_NO careperiodid
  placement ref PLACEMENT_NO placementid
  kind text KIND kind
  day day EVENT_DATE eventdate
  recorded time RECORDED -
move SCHOOL_MOVE schoolmove
  key key MOVE_NO schoolmoveid
  child ref CLIENT_NO personid
  day day MOVE_DATE movedate
  reason text REASON reason
  recorded time RECORDED -
result EDUCATION_RESULT educationresult
  key key RESULT_NO educationresultid
  child ref CLIENT_NO personid
  year text ACADEMIC_YEAR academicyear
  stage text KEY_STAGE keystage
  csi text CSI csi
  recorded time RECORDED -
missing MISSING missingepisode
  key key MISSING_NO missingepisodeid
  child ref CLIENT_NO personid
  start time MISSING_FROM missingfrom
  returned time RETURNED returned
  offered text RHI_OFFERED rhioffered
  accepted text RHI_ACCEPTED rhiaccepted
  interviewed time RHI_COMPLETED rhicompleted
  recorded time RECORDED -
  other - REPORTED_BY reportedby
check CARE_LEAVER_CHECK careleavercheck
  key key CHECK_NO careleavercheckid
  child ref CLIENT_NO personid
  left day LEFT_CARE_DATE leftcaredate
  months text MONTHS months
  day day CHECK_DATE checkdate
  eet text EET eet
  recorded time RECORDED -
homeless HOMELESS_SPELL homelessspell
  key key SPELL_NO homelessspellid
  child ref CLIENT_NO personid
  start day START_DATE startdate
  end day END_DATE enddate
  recorded time RECORDED -
prevention PREVENTION prevention
  key key SERVICE_NO preventionid
  child ref CLIENT_NO personid
  family ref FAMILY_NO familyid
  service text SERVICE service
  start day START_DATE startdate
  end day END_DATE enddate
  recorded time RECORDED -
  other - OUTCOME outcome
"""

LISTS = {
    "sex": "1 M 2 F 3 U 4 I",
    "source": "1 POL 2 HEA 3 EDU 4 FAM 5 SELF 6 ANON 7 OLA 8 HOU 9 PRO 10 CRT 99 OTH",
    "contact_outcome": "1 IAA 2 ASS 3 OPEN 4 NFA",
    "assessment_status": "1 OPEN 2 COMPLETE 3 CANCELLED",
    "seen": "0 N 1 Y 2 NA",
    "flag": "0 N 1 Y",
    "language": "1 ENG 2 WEL 3 OTH",
    "disabled": "Y Y N N 0 N 1 Y",
    "plan_type": "1 CASP 2 CP 3 LAC",
    "enquiry_outcome": "1 ICPC 2 NFA 3 PLAN",
    "conference_outcome": "1 REG 2 NOTREG",
    "review_status": "1 PLANNED 2 HELD 3 CANCELLED",
    "placement_type": "1 FOST_LA 2 FOST_IFA 3 KIN 4 RES_LA 5 RES_IND 6 PARENT 7 ADOPT 8 INDEP 9 SECURE 10 TEMP",
    "provider": "1 OWN 2 OTHER_LA 3 IFA 4 PRIVATE 5 VOLUNTARY 6 PARENT",
}
SAME = {
    "legal": "C1 C2 E1 V2 J1 J2 L1 L2 V3 V4",
    "end_reason": "HOME ADOPTED SGO INDEP ADULT OTHER MOVE",
}
"""Lists whose codes are the same text in both systems."""

AUTHORITY = re.compile(r"W060000(0[1-9]|1\d|2[0-4])|E\d{8}")


@dataclass
class Entity:
    """One entity: its name in each system, and its columns as (name, kind, column) per system."""

    name: str
    tables: dict[str, str]
    columns: dict[str, list[tuple[str, str, str]]] = field(default_factory=lambda: {"raise": [], "wccis": []})
    required: dict[str, set[str]] = field(default_factory=lambda: {"raise": set(), "wccis": set()})


def _read_table() -> list[Entity]:
    entities: list[Entity] = []
    for line in TABLE.strip().splitlines():
        name, *rest = line.split()
        if not line.startswith(" "):
            entities.append(Entity(name, {"raise": rest[0], "wccis": rest[1]}))
            continue
        kind, *columns = rest
        for system, column in zip(("raise", "wccis"), columns, strict=True):
            if column != "-":
                entities[-1].required[system].update(column.split(","))
                if kind != "-":
                    entities[-1].columns[system].append((name, kind, column))
    for entity in entities:
        common = [("created", "time"), ("modified", "time"), ("legacy", "legacy"), ("inactive", "text")]
        names = ("createdon", "modifiedon", "legacyid", "inactive")
        entity.columns["wccis"] += [(*pair, column) for pair, column in zip(common, names, strict=True)]
        entity.required["wccis"].update({*names, "owningauthority"})
    return entities


ENTITIES = _read_table()


@lru_cache(200_000)
def number_key(text: str) -> str:
    """Return a `*_NO` without its leading zeros, '' for none."""
    text = text.strip()
    return (text.lstrip("0") or "0").lower() if text else ""


@lru_cache(200_000)
def guid(text: str) -> str:
    """Return a GUID lower-cased."""
    return text.strip().lower()


@lru_cache(100_000)
def raise_day(text: str) -> dt.date | None:
    """Read dd/mm/yyyy. Raises ValueError."""
    text = text.strip()
    if not text or text == "01/01/1900":
        return None
    if not re.fullmatch(r"\d\d/\d\d/\d{4}", text, re.ASCII):
        raise ValueError(text)
    return dt.date(int(text[6:]), int(text[3:5]), int(text[:2]))


@lru_cache(200_000)
def raise_time(text: str) -> dt.datetime | None:
    """Read dd/mm/yyyy HH:MM of London as naive UTC. Raises ValueError."""
    text = text.strip()
    if not text or text == "01/01/1900 00:00":
        return None
    if not re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d", text, re.ASCII):
        raise ValueError(text)
    day = dt.date(int(text[6:10]), int(text[3:5]), int(text[:2]))
    return london_to_utc(dt.datetime.combine(day, dt.time(int(text[11:13]), int(text[14:]))))


@lru_cache(100_000)
def iso_day(text: str) -> dt.date | None:
    """Read yyyy-mm-dd. Raises ValueError."""
    text = text.strip()
    if text and not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError(text)
    return dt.date.fromisoformat(text) if text else None


@lru_cache(200_000)
def iso_time(text: str) -> dt.datetime | None:
    """Read an ISO time in UTC as naive UTC. Raises ValueError."""
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text, re.ASCII):
        raise ValueError(text)
    return dt.datetime.fromisoformat(text).replace(tzinfo=None)


@lru_cache(10_000)
def whole_number(text: str) -> int | None:
    """Read a whole number of up to 31 bits. Raises ValueError."""
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"[+-]?(\d+\.?0*|\.0+)", text, re.ASCII) or not 0 <= float(text) < 2**31:
        raise ValueError(text)
    return int(float(text))


@lru_cache(10_000)
def upper(text: str) -> str | None:
    """Return text in composed letters, upper case, with single spaces and none around it; None for none."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).upper())
    return " ".join(composed.split()) or None


@lru_cache(10_000)
def authority(text: str) -> str | None:
    """Return an ONS code, 'unknown' when it is not one."""
    code = upper(text)
    return code if code is None or AUTHORITY.fullmatch(code) else "unknown"


def decoder(name: str, system: str) -> Callable[[str], str | None]:
    """Return the reader of a coded column."""
    words = LISTS.get(name, "").split()
    pairs = dict(zip(words[::2], words[1::2], strict=True)) if system == "wccis" else {w: w for w in words[1::2]}
    pairs |= {word: word for word in SAME.get(name, "").split()}

    def decode(text: str) -> str | None:
        code = upper(text)
        return None if code is None else pairs.get(code, "unknown")

    return decode


def readers(entity: Entity, system: str) -> dict[str, tuple[str, Callable[[str], Any]]]:
    """Return, per canonical name, the column and what reads it."""
    plain: dict[str, Callable[[str], Any]] = {
        "key": number_key if system == "raise" else guid,
        "ref": number_key if system == "raise" else guid,
        "legacy": number_key,
        "day": raise_day if system == "raise" else iso_day,
        "time": raise_time if system == "raise" else iso_time,
        "number": number_key,
        "version": whole_number,
        "text": upper,
        "authority": authority,
    }
    return {name: (column, plain.get(kind) or decoder(kind, system)) for name, kind, column in entity.columns[system]}
