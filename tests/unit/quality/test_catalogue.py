"""The catalogue is data that a performance lead can read, and every word of it must hold."""

from __future__ import annotations

import re

import pytest

from csc_warehouse.quality import case_systems, indicator_codes
from expectations.catalogue import DIRECTORY, RecordRule, RegisteredIndicators, affected_by, load_catalogue, touched_by
from expectations.grading import load_rule
from expectations.statements import family_statement, rules_statement

CATALOGUE = load_catalogue()
PROOF = {"authority_code": "W", "check_code": "DIS08", "subject": "open", "value": 0, "checked": 1, "failed": 0}
PARAMETERS = {
    "has_published": True,
    "tables": ("a", "b"),
    "smallest": 5,
    "profiles": ("open",),
    "proofs": [PROOF],
    "systems": case_systems.described(),
}


def test_rules_about_records_when_counted_then_at_least_sixty() -> None:
    assert len(CATALOGUE.rules) >= 60


@pytest.mark.parametrize("check", list(CATALOGUE), ids=lambda check: check.code)
def test_check_when_read_then_its_indicators_are_registered(check: RecordRule) -> None:
    codes = indicator_codes.codes()
    unknown = [pattern for pattern in check.indicators if not affected_by_pattern(pattern, codes)]
    assert unknown == []


def affected_by_pattern(pattern: str, codes: tuple[str, ...]) -> bool:
    return any(re.fullmatch(pattern.replace("*", ".*"), code) for code in codes)


def test_sentences_when_compared_then_each_check_has_its_own() -> None:
    sentences = [check.sentence for check in CATALOGUE if check.code not in ("SRC01", "SRC02")]
    assert len(sentences) == len(set(sentences))


@pytest.mark.parametrize("family", sorted({check.family for check in (*CATALOGUE.exit, *CATALOGUE.disclosure)}))
def test_family_when_rendered_then_its_sql_yields_each_of_its_checks(family: str) -> None:
    statement = family_statement(family, PARAMETERS)
    checks = [check for check in (*CATALOGUE.exit, *CATALOGUE.disclosure) if check.family == family]
    assert [check.code for check in checks if f"'{check.code}'" not in statement] == []


def test_sql_files_when_listed_then_each_is_used() -> None:
    families = {check.family for check in (*CATALOGUE.exit, *CATALOGUE.disclosure)}
    assert {path.stem for path in (DIRECTORY / "measures").glob("*.sql")} == families
    assert {path.stem for path in (DIRECTORY / "relations").glob("*.sql")} == {
        rule.relation for rule in CATALOGUE.rules
    }


def test_rules_of_one_relation_when_written_then_one_statement_counts_them_all() -> None:
    rules = [rule for rule in CATALOGUE.rules if rule.relation == "contacts"]
    statement = rules_statement(rules)
    assert statement.count("from marts_candidate.fct_contacts") == 1
    assert all(f"'{rule.code}'" in statement for rule in rules)


def test_entities_when_mapped_then_every_pattern_names_registered_indicators() -> None:
    codes = indicator_codes.codes()
    wrong = {
        entity: pattern
        for entity, patterns in CATALOGUE.entity_indicators.items()
        for pattern in patterns
        if not affected_by_pattern(pattern, codes)
    }
    assert wrong == {}


def test_broken_check_that_names_no_indicator_when_asked_then_touches_all() -> None:
    check = next(check for check in CATALOGUE.exit if check.code == "REC04")
    register = RegisteredIndicators(("CON01", "PM24"))
    assert affected_by(CATALOGUE, check, [], register, is_broken=True) == ("CON01", "PM24")
    assert affected_by(CATALOGUE, check, ["PM24"], register, is_broken=False) == ("PM24",)
    assert affected_by(CATALOGUE, check, ["contacts"], register, is_broken=False) == ("CON01",)


LOCAL = RegisteredIndicators(
    ("CON01", "CON03", "PM24", "LAC01", "XCO01"), shared={"XCO01": frozenset(("CON01", "CON03"))}
)


@pytest.mark.parametrize("check", list(CATALOGUE), ids=lambda check: check.code)
def test_indicator_of_a_council_when_it_counts_contacts_then_each_check_on_them_concerns_it(check: RecordRule) -> None:
    concerned = check.affected(LOCAL)
    assert ("XCO01" in concerned) == bool({"CON01", "CON03"} & set(concerned))


@pytest.mark.parametrize(
    ("subject", "is_concerned"),
    [
        ("contact", True),
        ("contacts", True),
        ("contact.received_at", True),
        ("CON03", True),
        ("client", True),
        ("XCO01", True),
        ("lacepisode", False),
        ("assessments", False),
        ("PM24", False),
    ],
)
def test_indicator_of_a_council_when_a_subject_fails_then_concerned_as_the_shipped_one(
    subject: str, is_concerned: bool
) -> None:
    assert ("XCO01" in touched_by(CATALOGUE, [subject], LOCAL)) is is_concerned
    # as a grade asks it: of one indicator alone, though what it shares is not in sight
    assert bool(touched_by(CATALOGUE, [subject], LOCAL.only("XCO01"))) is is_concerned
    assert touched_by(CATALOGUE, ["XCO01"], LOCAL) == ("XCO01",)


@pytest.mark.parametrize(
    ("shares", "warnings", "criticals", "letter"),
    [
        ({"complete": 0.98, "timely": 0.9, "consistent": 0.98}, 0, 0, "A"),
        ({"complete": 0.979, "timely": 0.9, "consistent": 0.98}, 0, 0, "B"),
        ({"complete": 1.0, "timely": 0.74, "consistent": 1.0}, 0, 0, "C"),
        ({"complete": 0.84, "timely": 1.0, "consistent": 1.0}, 0, 0, "D"),
        ({"complete": None, "timely": None, "consistent": None}, 0, 0, "A"),
        ({"complete": 1.0, "timely": 1.0, "consistent": 1.0}, 1, 0, "B"),
        ({"complete": 1.0, "timely": 1.0, "consistent": 1.0}, 3, 0, "C"),
        ({"complete": 1.0, "timely": 1.0, "consistent": 1.0}, 0, 1, "D"),
    ],
)
def test_grade_when_shares_and_failures_are_known_then_letter(
    shares: dict[str, float | None], warnings: int, criticals: int, letter: str
) -> None:
    assert load_rule().grade(**shares, warnings=warnings, criticals=criticals).letter == letter
