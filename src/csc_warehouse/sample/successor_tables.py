"""How each entity stands in cofnod, the successor of WCCIS: columns and codes (deliveries.md section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "date", "time", "flag", "list", "ref", "client", "code", "team"]


@dataclass(frozen=True, slots=True)
class SuccessorColumn:
    """One column: its name, what it is, its list of codes or kind of thing, and the value that records hold."""

    name: str
    kind: Kind
    codes: str
    value: str


@dataclass(frozen=True, slots=True)
class SuccessorTable:
    """One entity: its name here, that of its records, and its columns besides the common ones."""

    name: str
    entity: str
    columns: tuple[SuccessorColumn, ...]


WORDS: dict[str, dict[str, str]] = {
    name: {code: word for word, code in (pair.split(":") for pair in pairs.split())}
    for name, pairs in {
        "sex": "male:M female:F unknown:U indeterminate:I",
        "language": "english:ENG welsh:WEL other:OTH",
        "contact_source": "police:POL health:HEA education:EDU family:FAM self:SELF anonymous:ANON"
        " other_authority:OLA housing:HOU probation:PRO court:CRT other:OTH",
        "contact_outcome": "advice:IAA assessment:ASS open_case:OPEN no_further_action:NFA",
        "contact_status": "live:ACTIVE void:VOID",
        "assessment_status": "open:OPEN complete:COMPLETE cancelled:CANCELLED",
        "assessment_outcome": "plan:PLAN advice:IAA no_further_action:NFA child_protection:CP",
        "seen": "yes:Y no:N not_applicable:NA",
        "eet": "yes:Y no:N unknown:UNK",
        "plan_type": "care_and_support:CASP child_protection:CP looked_after:LAC",
        "review_status": "planned:PLANNED held:HELD cancelled:CANCELLED",
        "s47_outcome": "conference:ICPC no_further_action:NFA plan:PLAN",
        "conference_outcome": "registered:REG not_registered:NOTREG",
        "abuse_category": "neglect:NEG physical:PHY sexual:SEX emotional:EMO financial:FIN",
        "placement_type": "foster_council:FOST_LA foster_agency:FOST_IFA kinship:KIN residential_council:RES_LA"
        " residential_private:RES_IND parent:PARENT adoption:ADOPT independent:INDEP secure:SECURE temporary:TEMP",
        "provider": "own:OWN other_authority:OTHER_LA agency:IFA private:PRIVATE voluntary:VOLUNTARY parent:PARENT",
        "care_end_reason": "home:HOME adopted:ADOPTED guardianship:SGO independence:INDEP adulthood:ADULT"
        " other:OTHER move:MOVE",
        "health_kind": "gp:GP dentist:DENTIST",
        "school_move_reason": "transition:TRANSITION adoption:ADOPTION home:HOME other:OTHER",
        "reported_by": "police:POL carer:CARER other:OTHER",
        "prevention_service": "prevention_team:PASS family_group_meeting:FGM edge_of_care_panel:EOC"
        " team_around_the_family:TAC",
    }.items()
}
"""The word for each of RAISe's codes; a code that a list does not have is sent in lower case."""
TEAMS = {
    "SPOA": "Front Door",
    "AIT": "Assessment Service",
    "EDT": "Out of Hours",
    "CASP TEAM": "Care and Support",
    "CWD": "Disabled Children",
    "LAC": "Children in Care",
    "LEAVING CARE": "Pathways",
    "SAFEGUARDING": "Child Protection Unit",
}
"""What the teams are called from the cut-over on."""


def _table(name: str, entity: str, text: str) -> SuccessorTable:
    """Read columns written as `name=value kind codes`, one a line; the value is left out where it has the same name."""
    columns = []
    for line in text.strip().splitlines():
        names, *rest = line.split()
        kind, codes = (*rest, "", "")[:2]
        column, _, value = names.partition("=")
        columns.append(SuccessorColumn(column, kind or "text", codes, value or column))  # type: ignore[arg-type]
    return SuccessorTable(name, entity, tuple(columns))


_PERSON = "person_id client\n"
SUCCESSOR_TABLES = (
    _table(
        "people",
        "client",
        """family_name=surname
        given_names=forenames
        born_on=dob date
        expected_on=expected_dob date
        died_on=date_of_death date
        sex code sex
        ethnicity
        language code language
        postcode
        responsible_authority=resp_la
        household_id=family_no ref family
        is_disabled=disabled flag
        is_restricted=restricted flag
        upn""",
    ),
    _table(
        "person_merges", "mergedrecord", "kept_id=masterid ref\ndropped_id=subordinateid ref\nmerged_at=mergedon time"
    ),
    _table(
        "contacts",
        "contact",
        _PERSON
        + """received_at=received time
        source code contact_source
        reason
        decided_at=decided time
        outcome code contact_outcome
        team team
        worker_id=worker
        placing_authority=placing_la
        incident_id=incident_no ref incident
        status code contact_status""",
    ),
    _table(
        "assessments",
        "assessment",
        _PERSON
        + """contact_id=contact_no ref
        referred_on=referral_date date
        started_on=start_date date
        authorised_on=authorised_date date
        state=status code assessment_status
        child_seen code seen
        child_seen_alone code seen
        not_seen_reason
        outcome code assessment_outcome
        delay_reason
        team team
        worker_id=worker""",
    ),
    _table(
        "plans",
        "plan",
        _PERSON
        + """kind=plan_type code plan_type
        started_on=start_date date
        ended_on=end_date date
        end_reason
        team team
        worker_id=worker""",
    ),
    _table(
        "reviews",
        "review",
        "plan_id=plan_no ref\n"
        + _PERSON
        + "planned_on=planned_date date\nheld_on=held_date date\nstate=status code review_status",
    ),
    _table(
        "enquiries",
        "s47",
        _PERSON
        + """strategy_on=strategy_date date
        ended_on=enquiry_end_date date
        outcome code s47_outcome
        conference_on=conference_date date
        conference_outcome code conference_outcome""",
    ),
    _table(
        "registrations",
        "cp_registration",
        _PERSON
        + """enquiry_id=s47_no ref
        registered_on=registered_date date
        deregistered_on=deregistered_date date
        categories=category list abuse_category
        is_transfer_in=transfer_in flag
        is_temporary=temporary flag""",
    ),
    _table(
        "care_episodes",
        "lac_episode",
        _PERSON
        + """care_period_id=care_period_no ref care_period
        placement_id=placement_no ref placement
        started_on=start_date date
        start_reason code
        legal_status code
        placement_type code placement_type
        provider code provider
        placement_authority=placement_la
        ended_on=end_date date
        end_reason code care_end_reason""",
    ),
    _table(
        "health_events",
        "lac_health",
        _PERSON
        + """care_period_id=care_period_no ref care_period
        placement_id=placement_no ref placement
        kind code health_kind
        happened_on=event_date date""",
    ),
    _table("school_moves", "school_move", _PERSON + "moved_on=move_date date\nreason code school_move_reason"),
    _table("education_results", "education_result", _PERSON + "academic_year\nkey_stage\nachieved_csi=csi flag"),
    _table(
        "missing_episodes",
        "missing",
        _PERSON
        + """missing_from time
        returned_at=returned time
        reported_by code reported_by
        interview_offered=rhi_offered flag
        interview_accepted=rhi_accepted flag
        interview_at=rhi_completed time""",
    ),
    _table(
        "leaver_checks",
        "care_leaver_check",
        _PERSON
        + """left_care_on=left_care_date date
        months
        checked_on=check_date date
        in_education_or_work=eet code eet""",
    ),
    _table("homeless_spells", "homeless_spell", _PERSON + "started_on=start_date date\nended_on=end_date date"),
    _table(
        "services",
        "prevention",
        _PERSON
        + """household_id=family_no ref family
        service code prevention_service
        started_on=start_date date
        ended_on=end_date date
        outcome""",
    ),
)
