"""Who may do what: the group roles, the steps of a night that act as them, and what each is granted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

OWNER = "csc_owner"
"""Owns the published views: neither superuser nor exempt from row-level security, so that policies hold for it."""
LOADER = "csc_loader"
TRANSFORMER = "csc_transformer"
PUBLISHER = "csc_publisher"
ANALYST = "csc_analyst"
READER = "csc_reader"
"""Sees the profile committee."""
PUBLIC = "csc_public"
"""Sees the profile open."""
REVIEWER = "csc_reviewer"
PIPELINE = (LOADER, TRANSFORMER, PUBLISHER)
"""What the night's steps act as."""
READING = (ANALYST, READER, PUBLIC, REVIEWER)
ROLES = (OWNER, *PIPELINE, *READING)

Step = Literal["land", "build", "check", "publish", "tell"]
STEP_ROLES: dict[Step, str] = {
    "land": LOADER,
    "build": TRANSFORMER,
    "check": TRANSFORMER,
    "publish": PUBLISHER,
    "tell": TRANSFORMER,
}
"""As whom each step of a night works. Migrations and grants are the login's own, and what people decide by day is."""

READ = ("select",)
LOCK = ("select", "update")
APPEND = ("select", "insert")
KEEP = ("select", "insert", "update")
WRITE = ("select", "insert", "update", "delete", "truncate")


@dataclass(frozen=True)
class Grant:
    """What one role may do in one schema; relations None: all of them, () none."""

    role: str
    schema: str
    relation_privileges: tuple[str, ...] = READ
    schema_privileges: tuple[str, ...] = ("usage",)
    relations: tuple[str, ...] | None = None


CANDIDATES = ("marts_candidate", "reporting_candidate", "restricted_candidate")
BUILT = ("staging", "intermediate", *CANDIDATES)
"""Schemas of which everything is made by a build."""
PUBLISHED = ("marts", "reporting", "restricted")
SCHEMAS = ("landing", *BUILT, *PUBLISHED, "quality", "release")
VERDICTS_AND_GRADES = ("publications", "indicator_grades", "indicator_bounds")
SECRETS = "authority_keys"
"""Salts of record keys: for the build alone."""
KEPT_BY_BUILD = ("child_keys", SECRETS, "failing_records", "hiding_reasons", "disclosure_proofs")
"""Tables of the schema restricted that a build keeps from night to night."""
RECORDED = tuple(name for name in KEPT_BY_BUILD if name != SECRETS)
"""Those of them that reviewers read: who does is recorded with the reading."""
JOURNAL = ("decisions", "explanations", "signed_figures")
"""Tables of the schema quality that nobody writes but through functions that record the person."""

LOOKED_UP = ("pointer", "access", "visible_authorities", "visible_profiles", "hidden_children")
"""What the policies of stored releases ask of the schema release."""

GRANTS: tuple[Grant, ...] = (
    # policies of the stored releases look these up on behalf of whoever reads
    Grant(
        OWNER, "release", relations=("pointer", "access", "visible_authorities", "visible_profiles", "hidden_children")
    ),
    *(Grant(OWNER, schema, (), ("usage", "create"), ()) for schema in PUBLISHED),
    Grant(LOADER, "landing", WRITE, ("usage", "create")),
    Grant(LOADER, "quality", APPEND, relations=("check_results",)),
    Grant(TRANSFORMER, "landing"),
    *(Grant(TRANSFORMER, schema, WRITE, ("usage", "create")) for schema in BUILT),
    *(Grant(TRANSFORMER, schema) for schema in ("marts", "reporting", "quality", "release")),
    Grant(TRANSFORMER, "restricted", READ, ("usage", "create")),
    Grant(TRANSFORMER, "restricted", WRITE, relations=KEPT_BY_BUILD),
    Grant(TRANSFORMER, "quality", APPEND, relations=("check_results", "quiet_nights")),
    Grant(TRANSFORMER, "quality", WRITE, relations=("indicator_grades", "indicator_bounds")),
    Grant(TRANSFORMER, "release", KEEP, relations=("candidate_seals", "releases")),
    Grant(TRANSFORMER, "release", WRITE, relations=("release_authorities", "overlay_files")),
    Grant(TRANSFORMER, "release", LOCK, relations=("locks",)),
    *(Grant(PUBLISHER, schema) for schema in (*CANDIDATES, "quality")),
    *(Grant(PUBLISHER, schema, (), ("usage", "create"), ()) for schema in PUBLISHED),
    Grant(PUBLISHER, "staging", relations=("run_context",)),
    Grant(PUBLISHER, "quality", KEEP, relations=("publications",)),
    # a day whose delivery was withdrawn holds back no later figures
    Grant(PUBLISHER, "landing", relations=("days_taken_back", "deliveries")),
    Grant(PUBLISHER, "release", READ, ("usage", "create")),
    Grant(PUBLISHER, "release", KEEP, relations=("releases",)),
    Grant(PUBLISHER, "release", WRITE, relations=("pointer", "pointer_moves", "relations", "restricted_children")),
    Grant(PUBLISHER, "release", LOCK, relations=("locks",)),
    Grant(ANALYST, "marts"),
    Grant(ANALYST, "reporting"),
    Grant(ANALYST, "quality", relations=VERDICTS_AND_GRADES),
    Grant(READER, "reporting"),
    Grant(PUBLIC, "reporting"),
    Grant(REVIEWER, "landing", relations=("deliveries", "delivery_entities")),
    Grant(REVIEWER, "marts"),
    Grant(REVIEWER, "reporting"),
    Grant(REVIEWER, "restricted"),
    Grant(REVIEWER, "quality"),
    # who reads the verdicts also reads, through their policy, these two views; the schema stays closed to them
    *(Grant(role, "release", READ, (), ("access", "visible_authorities")) for role in (ANALYST, REVIEWER)),
)
HIDDEN_COLUMNS = {("landing", "quarantine"): ("raw_record",)}
"""Columns that hold a source's raw text: the reviewer's ledger leaves them out."""
REVIEWER_FUNCTIONS = ("explain_failure", "withdraw_explanation", "sign_release", "reject_release", "write_report_note")
"""How a reviewer writes: through functions that record the person."""
RECORDING_FUNCTIONS = ("note_query",)
"""What the policies of the schema restricted call on behalf of whoever reads it."""
FUNCTIONS = {
    REVIEWER: (*REVIEWER_FUNCTIONS, *RECORDING_FUNCTIONS),
    TRANSFORMER: RECORDING_FUNCTIONS,
    # owns what it publishes, and is bound by the policies like all others
    PUBLISHER: RECORDING_FUNCTIONS,
}
"""Which functions of the schema quality a role may call that act as their owner."""


def allowed() -> Iterator[tuple[str, str, str | None, str]]:
    """Yield (role, schema, relation or None for all, privilege) of everything in a relation that is granted."""
    for grant in GRANTS:
        for relation in (None,) if grant.relations is None else grant.relations:
            for privilege in grant.relation_privileges:
                yield grant.role, grant.schema, relation, privilege
