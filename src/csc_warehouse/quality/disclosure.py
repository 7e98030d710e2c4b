"""The last check before publication: attack the suppression of what would be published."""

from __future__ import annotations

from sqlalchemy import Connection

from csc_warehouse.quality import candidate_judgement, data_docs, verdict
from csc_warehouse.quality.check_result import Judgement
from csc_warehouse.quality.result_history import record
from csc_warehouse.settings import DisclosureConfig
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import load_catalogue
from expectations.statements import family_statement

TABLES = ("rpt_scorecard", "rpt_indicator_series")
FAMILY = "disclosure"


def check(warehouse: Warehouse, release_id: int) -> dict[str, verdict.AuthorityVerdict]:
    """Attack reporting_candidate, record the results and return each authority's verdict on this gate.

    Looks for small counts of children that are shown, for numbers left beside a hidden figure, and for hidden figures
    that follow from their whole by subtraction (design, Suppress once). Any failure holds the authority.
    """
    validations: list[data_docs.Validation] = []
    with warehouse.transaction() as connection:
        judgements = judge_reporting(connection, release_id, warehouse.settings.config.disclosure, validations)
        record(connection, judgements)
    data_docs.write(warehouse.settings, validations)
    return {judgement.authority_code: verdict.decide(judgement.results) for judgement in judgements}


def judge_reporting(
    connection: Connection,
    release_id: int,
    configured: DisclosureConfig,
    validations: list[data_docs.Validation] | None = None,
) -> list[Judgement]:
    """Attack what lies in reporting_candidate and write nothing: one judgement per authority.

    Great Expectations' own results are added to `validations`.
    """
    catalogue = load_catalogue()
    statement = family_statement(
        FAMILY, {"tables": TABLES, "smallest": configured.smallest_shown_count, "profiles": configured.profiles}
    )
    judge = candidate_judgement.CandidateJudge(
        gate="disclosure",
        release_id=release_id,
        catalogue=catalogue,
        register=candidate_judgement.registered_indicators(connection),
        taken={FAMILY: candidate_judgement.take(connection, FAMILY, statement)},
        validations=[] if validations is None else validations,
    )
    return [judge.judge(candidate, catalogue.disclosure) for candidate in candidate_judgement.candidates(connection)]
