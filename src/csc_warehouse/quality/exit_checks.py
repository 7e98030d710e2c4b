"""The exit: is the candidate reconciled, plausible and complete? Judged for each authority by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby

from sqlalchemy import Connection, text

from csc_warehouse.quality import candidate_judgement, case_systems, data_docs, verdict
from csc_warehouse.quality.check_result import Judgement
from csc_warehouse.quality.result_history import record
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import ExitCheck, RecordRule, load_catalogue
from expectations.statements import family_statement, rules_statement


def check(warehouse: Warehouse, release_id: int, run_id: str | None = None) -> dict[str, verdict.AuthorityVerdict]:
    """Judge the candidate, record every result and return each authority's verdict so far.

    A critical failure holds its authority alone. The order of a night puts grades, reporting and the disclosure check
    behind this; `verdict.read` gives the verdict over all of them.
    """
    validations: list[data_docs.Validation] = []
    with warehouse.transaction() as connection:
        judgements = [
            judgement
            for judgement in judge_candidate(connection, release_id, validations=validations)
            if run_id in (None, judgement.run_id)
        ]
        record(connection, judgements)
    data_docs.write(warehouse.settings, validations)
    return {judgement.authority_code: verdict.decide(judgement.results) for judgement in judgements}


def judge_candidate(
    connection: Connection,
    release_id: int,
    only: Collection[str] | None = None,
    validations: list[data_docs.Validation] | None = None,
) -> list[Judgement]:
    """Judge what lies in the candidate schemas and write nothing: one judgement per authority.

    `only` names the codes of the checks to make; all of them when it is not given. Great Expectations' own results
    are added to `validations`.
    """
    catalogue = load_catalogue()
    exits = [check for check in catalogue.exit if only is None or check.code in only]
    rules = [rule for rule in catalogue.rules if only is None or rule.code in only]
    judge = candidate_judgement.CandidateJudge(
        gate="exit",
        release_id=release_id,
        catalogue=catalogue,
        register=candidate_judgement.registered_indicators(connection),
        taken={**_families(connection, exits), **_rules(connection, rules)},
        validations=[] if validations is None else validations,
    )
    return [judge.judge(candidate, (*exits, *rules)) for candidate in candidate_judgement.candidates(connection)]


def _families(connection: Connection, checks: Sequence[ExitCheck]) -> dict[str, candidate_judgement.Taken]:
    """Take the measures of each family of checks in one statement each."""
    has_published = connection.execute(text("select to_regclass('marts.indicator_values')")).scalar() is not None
    parameters = {"has_published": has_published, "systems": case_systems.described()}
    return {
        family: candidate_judgement.take(connection, family, family_statement(family, parameters))
        for family in sorted({check.family for check in checks})
    }


def _rules(connection: Connection, rules: Sequence[RecordRule]) -> dict[str, candidate_judgement.Taken]:
    """Count all rules of each relation in one statement each."""
    ordered = sorted(rules, key=lambda rule: rule.relation)
    return {
        relation: candidate_judgement.take(connection, relation, rules_statement(list(group)))
        for relation, group in groupby(ordered, key=lambda rule: rule.relation)
    }
