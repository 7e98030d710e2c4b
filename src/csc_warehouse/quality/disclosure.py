"""The last check before publication: attack the suppression of what would be published."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from csc_warehouse.quality import attack, attack_history, candidate_judgement, data_docs, verdict
from csc_warehouse.quality.attack_known import Known
from csc_warehouse.quality.check_result import Judgement
from csc_warehouse.quality.result_history import record
from csc_warehouse.register import Register, load_register
from csc_warehouse.settings import DisclosureConfig
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import load_catalogue
from expectations.statements import family_statement

TABLES = ("rpt_scorecard", "rpt_indicator_series")
FAMILY = "disclosure"


def check(
    warehouse: Warehouse, release_id: int, register: Register | None = None
) -> dict[str, verdict.AuthorityVerdict]:
    """Attack reporting_candidate, record the results and return each authority's verdict on this gate.

    Looks for small counts of children that are shown, for numbers left beside a hidden figure, and for hidden numbers
    that follow from anything shown, to within less than the width (design, Suppress once). Any failure holds it.
    register: what the candidate was built with; None: as shipped.
    """
    validations: list[data_docs.Validation] = []
    with warehouse.transaction() as connection:
        judgements = judge_reporting(
            connection, release_id, warehouse.settings.config.disclosure, validations, register
        )
        record(connection, judgements)
    data_docs.write(warehouse.settings, validations)
    return {judgement.authority_code: verdict.decide(judgement.results) for judgement in judgements}


def judge_reporting(
    connection: Connection,
    release_id: int,
    configured: DisclosureConfig,
    validations: list[data_docs.Validation] | None = None,
    register: Register | None = None,
) -> list[Judgement]:
    """Attack what lies in reporting_candidate and write nothing: one judgement per authority.

    Great Expectations' own results are added to `validations`.
    """
    catalogue = load_catalogue()
    register = register or load_register()
    candidates = candidate_judgement.candidates(connection)
    statement = family_statement(
        FAMILY,
        {
            "tables": TABLES,
            "smallest": configured.smallest_shown_count,
            "profiles": configured.profiles,
            "proofs": [
                _measured(candidate.authority_code, profile, found)
                for candidate in candidates
                for profile, found in _attacked(connection, candidate, configured, register)
            ],
        },
    )
    judge = candidate_judgement.CandidateJudge(
        gate="disclosure",
        release_id=release_id,
        catalogue=catalogue,
        register=candidate_judgement.registered_indicators(connection),
        taken={FAMILY: candidate_judgement.take(connection, FAMILY, statement)},
        validations=[] if validations is None else validations,
    )
    return [judge.judge(candidate, catalogue.disclosure) for candidate in candidates]


def _attacked(
    connection: Connection,
    candidate: candidate_judgement.Candidate,
    configured: DisclosureConfig,
    register: Register,
) -> Iterator[tuple[str, attack.Findings]]:
    """Attack what each profile of one authority would show; its equations are written once for all of them."""
    codes = [code for code, row in register.indicators.items() if row.is_about_children]
    known: Known | None = None
    for profile in configured.profiles:
        releases, shown = attack_history.earlier_rows(connection, candidate.authority_code, profile, codes)
        rows = attack_history.candidate_rows(connection, candidate.authority_code, profile)
        if known is None or not known.is_of(rows, releases):
            known = Known(rows, releases, register)
        yield (
            profile,
            attack.Attack(
                rows,
                register,
                profile,
                width=configured.smallest_protected_width,
                smallest=configured.smallest_shown_count,
                releases=releases,
                shown=shown,
                known=known,
            ).run(),
        )


def _measured(authority_code: str, profile: str, found: attack.Findings) -> dict[str, str | int]:
    return {
        "authority_code": authority_code,
        "check_code": "DIS08",
        "subject": profile,
        "value": found.unprotected,
        "checked": found.small_numbers,
        "failed": found.unprotected,
    }
