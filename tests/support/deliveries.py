"""Write small deliveries by hand, exactly in the sources' form (deliveries.md), for tests of the whole chain."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = Mapping[str, str]

RAISE_COLUMNS: dict[str, str] = {
    "CLIENT": "CLIENT_NO SURNAME FORENAMES DOB EXPECTED_DOB DATE_OF_DEATH SEX ETHNICITY LANGUAGE POSTCODE RESP_LA"
    " FAMILY_NO DISABLED RESTRICTED UPN LAST_UPDATED",
    "CONTACT": "CONTACT_NO CLIENT_NO RECEIVED SOURCE REASON DECIDED OUTCOME TEAM WORKER PLACING_LA INCIDENT_NO STATUS"
    " RECORDED",
    "ASSESSMENT": "ASSESSMENT_NO VERSION_NO CLIENT_NO CONTACT_NO REFERRAL_DATE START_DATE AUTHORISED_DATE STATUS"
    " CHILD_SEEN CHILD_SEEN_ALONE NOT_SEEN_REASON OUTCOME DELAY_REASON TEAM WORKER RECORDED",
    "PLAN": "PLAN_NO CLIENT_NO PLAN_TYPE START_DATE END_DATE END_REASON TEAM WORKER RECORDED",
    "REVIEW": "REVIEW_NO PLAN_NO CLIENT_NO PLANNED_DATE HELD_DATE STATUS RECORDED",
    "S47": "S47_NO CLIENT_NO STRATEGY_DATE ENQUIRY_END_DATE OUTCOME CONFERENCE_DATE CONFERENCE_OUTCOME RECORDED",
    "CP_REGISTRATION": "REGISTRATION_NO CLIENT_NO S47_NO REGISTERED_DATE DEREGISTERED_DATE CATEGORY TRANSFER_IN"
    " TEMPORARY RECORDED",
    "LAC_EPISODE": "EPISODE_NO CLIENT_NO CARE_PERIOD_NO PLACEMENT_NO START_DATE START_REASON LEGAL_STATUS"
    " PLACEMENT_TYPE PROVIDER PLACEMENT_LA END_DATE END_REASON RECORDED",
    "LAC_HEALTH": "HEALTH_NO CLIENT_NO CARE_PERIOD_NO PLACEMENT_NO KIND EVENT_DATE RECORDED",
    "SCHOOL_MOVE": "MOVE_NO CLIENT_NO MOVE_DATE REASON RECORDED",
    "EDUCATION_RESULT": "RESULT_NO CLIENT_NO ACADEMIC_YEAR KEY_STAGE CSI RECORDED",
    "MISSING": "MISSING_NO CLIENT_NO MISSING_FROM RETURNED REPORTED_BY RHI_OFFERED RHI_ACCEPTED RHI_COMPLETED RECORDED",
    "CARE_LEAVER_CHECK": "CHECK_NO CLIENT_NO LEFT_CARE_DATE MONTHS CHECK_DATE EET RECORDED",
    "HOMELESS_SPELL": "SPELL_NO CLIENT_NO START_DATE END_DATE RECORDED",
    "PREVENTION": "SERVICE_NO CLIENT_NO FAMILY_NO SERVICE START_DATE END_DATE OUTCOME RECORDED",
}
"""The entities of RAISe and their columns, as deliveries.md section 2 lists them."""

_COMMON = " createdon modifiedon owningauthority legacyid inactive"
WCCIS_COLUMNS: dict[str, str] = {
    entity: columns + _COMMON
    for entity, columns in {
        "person": "personid personnumber lastname firstname dateofbirth expecteddateofbirth dateofdeath genderid"
        " ethnicityid_cwname languageid postcode responsibleauthority familyid isdisabled isrestricted upn",
        "mergedrecord": "mergedrecordid entity masterid subordinateid mergedon",
        "contact": "contactid personid contactreceiveddatetime contactsourceid contactsourceid_cwname"
        " contactreasonid_cwname decisiondatetime contactoutcomeid contactoutcomeid_cwname ownerid_cwname"
        " responsibleuserid placingauthority incidentid",
        "caseform": "caseformid versionnumber personid contactid referraldate startdate signedoffdate"
        " assessmentstatusid childseen childseenalone notseenreason outcomeid delayreasonid_cwname ownerid_cwname"
        " responsibleuserid",
        "careplan": "careplanid personid plantypeid startdate enddate endreasonid_cwname ownerid_cwname"
        " responsibleuserid",
        "review": "reviewid careplanid personid planneddate helddate reviewstatusid",
        "section47": "section47id personid strategydate enquiryenddate outcomeid conferencedate conferenceoutcomeid",
        "childprotection": "childprotectionid personid section47id startdate enddate categoryofabuse istransferin"
        " istemporary",
        "lacepisode": "lacepisodeid personid careperiodid placementid startdate startreason legalstatus"
        " placementtypeid providerid placementauthority enddate endreason",
        "lachealth": "lachealthid personid careperiodid placementid kind eventdate",
        "schoolmove": "schoolmoveid personid movedate reason",
        "educationresult": "educationresultid personid academicyear keystage csi",
        "missingepisode": "missingepisodeid personid missingfrom returned reportedby rhioffered rhiaccepted"
        " rhicompleted",
        "careleavercheck": "careleavercheckid personid leftcaredate months checkdate eet",
        "homelessspell": "homelessspellid personid startdate enddate",
        "prevention": "preventionid personid familyid service startdate enddate outcome",
    }.items()
}
"""The entities of WCCIS and their columns, as deliveries.md section 3 lists them."""


def _digits(date: datetime.date) -> str:
    return date.isoformat().replace("-", "")


def _csv(columns: Sequence[str], rows: Sequence[Row], line_end: str) -> str:
    stray = {name for row in rows for name in row} - set(columns)
    if stray:
        raise ValueError(f"not in the contract: {sorted(stray)}")
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=line_end)
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return buffer.getvalue()


def write_raise(exports: Path, date: datetime.date, entities: Mapping[str, Sequence[Row]]) -> Path:
    """Write one RAISe delivery (a full): every entity, the rows given, and the control file; return its folder."""
    folder = exports / "raise" / date.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    unknown = set(entities) - set(RAISE_COLUMNS)
    if unknown:
        raise ValueError(f"no such entity: {sorted(unknown)}")
    control: list[Row] = []
    for entity, columns in RAISE_COLUMNS.items():
        rows = entities.get(entity, ())
        name = f"RAISE_{entity}_{_digits(date)}.csv"
        (folder / name).write_bytes(_csv(columns.split(), rows, "\r\n").encode("cp1252"))
        control.append({"FILE_NAME": name, "ROW_COUNT": str(len(rows))})
    (folder / f"RAISE_CONTROL_{_digits(date)}.csv").write_bytes(
        _csv(("FILE_NAME", "ROW_COUNT"), control, "\r\n").encode("cp1252")
    )
    return folder


def write_wccis(
    exports: Path,
    date: datetime.date,
    entities: Mapping[str, Sequence[Row]],
    *,
    authority: str = "W06000006",
    extract_type: str = "full",
) -> Path:
    """Write one WCCIS delivery, full or delta: every entity, the rows given, and the manifest; return the zip."""
    folder = exports / "wccis" / authority / date.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    unknown = set(entities) - set(WCCIS_COLUMNS)
    if unknown:
        raise ValueError(f"no such entity: {sorted(unknown)}")
    files = []
    path = folder / f"wccis_export_{_digits(date)}.zip"
    defaults = {
        "createdon": f"{date}T08:00:00Z",
        "modifiedon": f"{date}T08:00:00Z",
        "owningauthority": authority,
        "inactive": "0",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entity, columns in WCCIS_COLUMNS.items():
            rows = [defaults | dict(row) for row in entities.get(entity, ())]
            content = _csv(columns.split(), rows, "\n").encode("utf-8-sig")
            archive.writestr(f"{entity}.csv", content)
            files.append({"name": f"{entity}.csv", "rows": len(rows), "sha256": hashlib.sha256(content).hexdigest()})
        manifest = {
            "source": "wccis",
            "authority": authority,
            "business_date": date.isoformat(),
            "extract_type": extract_type,
            "generated_at": f"{date + datetime.timedelta(days=1)}T00:40:12Z",
            "files": files,
        }
        archive.writestr("manifest.json", json.dumps(manifest))
    return path
