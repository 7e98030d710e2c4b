"""The proof of hiding on a finished night: what it writes, what it remembers, and what it finds untrue."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from csc_warehouse.disclosure import history, step
from csc_warehouse.disclosure.declared import rules_of
from csc_warehouse.disclosure.profiles import PROTECTS
from csc_warehouse.quality import attack, attack_history
from csc_warehouse.quality.attack_equations import Published
from csc_warehouse.register import load_register
from csc_warehouse.settings import DisclosureConfig
from tests.conftest import Night

HOME = "W06000006"
CONFIG = DisclosureConfig()
REGISTER = load_register()
HIDDEN = "select profile, indicator_code, period_type, period_label, breakdown, breakdown_value, hides, reason"


def hidden(connection: Connection) -> set[tuple[str, ...]]:
    return {tuple(map(str, row)) for row in connection.execute(text(f"{HIDDEN} from staging.hidden_figures"))}


def numbers(connection: Connection, statement: str) -> list[int]:
    return [int(number) for number in connection.execute(text(statement)).one()]


def as_a_release_that_readers_hold(connection: Connection) -> None:
    """Begin another night whose candidate is what was published, so that what stands counts as an earlier release."""
    connection.execute(text("update staging.run_context set run_id = 'another night'"))


def as_decided(row: Published, told: dict[tuple[str, ...], str]) -> Published:
    """Return a row as it would be published by what was decided of it."""
    key = (row.indicator_code, row.period_type, row.period_label, row.breakdown, row.breakdown_value)
    hides = told.get(key)
    value = row.numerator if not row.denominator else row.numerator / row.denominator
    if row.denominator and REGISTER.indicators[row.indicator_code].value_type == "percent":
        value *= 100
    return replace(
        row,
        shown_numerator=None if hides else row.numerator,
        shown_denominator=None if hides else row.denominator,
        shown_value=None if hides == "figure" else round(value + 1e-9, 1) if hides else value,
    )


@pytest.mark.parametrize("profile", CONFIG.profiles)
def test_hidden_figures_when_explained_then_each_has_its_reason_and_its_interval(
    candidate: Connection, profile: str
) -> None:
    rows = candidate.execute(
        text("select * from restricted.hiding_reasons where profile = :profile"), {"profile": profile}
    ).all()
    own = {row for row in hidden(candidate) if row[0] == profile}
    assert len(rows) == len(own) > 1000
    small = [row for row in rows if row.known_to is not None and not row.is_pinned]
    assert len(small) > 500
    assert all(row.known_to - row.known_from >= CONFIG.smallest_protected_width - 0.01 for row in small)
    others = [row for row in rows if row.reason == PROTECTS]
    assert others
    assert all(row.protects and row.relation for row in others)


def test_what_the_council_prints_is_shown_to_the_committee(candidate: Connection) -> None:
    suppressed, shown = numbers(
        candidate,
        "select count(*) filter (where s.status = 'suppressed'), count(*)"
        " from reporting_candidate.rpt_indicator_series as s"
        " inner join marts_candidate.indicators as r on r.code = s.indicator_code"
        " where s.profile = 'committee' and s.breakdown = any(string_to_array(r.printed_breakdowns, '|'))",
    )
    assert (suppressed, shown > 3000) == (0, True)


def test_rounded_figures_are_multiples_of_five(candidate: Connection) -> None:
    wrong, shown = numbers(
        candidate,
        "select count(*) filter (where s.numerator % 5 <> 0 or s.denominator % 5 <> 0), count(s.numerator)"
        " from reporting_candidate.rpt_indicator_series as s inner join marts_candidate.indicators as r"
        " on r.code = s.indicator_code where s.profile = 'rounded' and r.is_about_children",
    )
    assert (wrong, shown > 5000) == (0, True)


def test_proof_when_nothing_changed_then_it_is_recalled(candidate: Connection) -> None:
    before = hidden(candidate)
    started = time.monotonic()
    step.hide_candidate(candidate, CONFIG)
    assert time.monotonic() - started < 20
    assert hidden(candidate) == before


def test_relation_that_is_not_true_of_the_figures_is_named(candidate: Connection) -> None:
    candidate.execute(
        text(
            "update marts_candidate.indicator_values set numerator = numerator + 1 where indicator_code = 'CON06'"
            " and period_label = '2018-03'"
        )
    )
    outcomes = step.hide_candidate(candidate, CONFIG)
    assert all(outcome.relations_failed for outcome in outcomes)
    assert all("contacts going on to assessment" in outcome.failing_relations for outcome in outcomes)


def test_second_release_when_attacked_with_the_first_then_nothing_more_is_told(candidate: Connection) -> None:
    """Revise what was counted, hide anew, and attack what both releases show."""
    as_a_release_that_readers_hold(candidate)
    candidate.execute(
        text(
            # one contact more in one month, and in all periods and groups that hold it
            "update marts_candidate.indicator_values as v set numerator = numerator + 1, value = value + 1"
            " where v.indicator_code = 'CON05' and v.period_start_date <= '2018-03-01'"
            " and v.period_end_date >= '2018-03-31' and (v.breakdown = 'all' or (v.breakdown, v.breakdown_value) in ("
            " select distinct on (g.breakdown) g.breakdown, g.breakdown_value"
            " from marts_candidate.indicator_values as g"
            " where g.indicator_code = 'CON05' and g.breakdown <> 'all' and g.period_label = '2018-03'"
            " order by g.breakdown, g.numerator desc))"
        )
    )
    codes = [code for code, row in REGISTER.indicators.items() if row.is_about_children]
    step.hide_candidate(candidate, CONFIG)
    for profile in ("open", "committee"):
        releases, shown = attack_history.earlier_rows(candidate, HOME, profile, codes)
        assert releases
        assert shown
        told = {row[1:6]: row[6] for row in hidden(candidate) if row[0] == profile}
        tonight = [as_decided(row, told) for row in attack_history.candidate_rows(candidate, HOME, profile)]
        found = attack.Attack(tonight, REGISTER, profile, width=5, smallest=5, releases=releases, shown=shown).run()
        assert found.small_numbers > 1000
        assert found.unprotected == 0, found


def test_signed_report_when_it_prints_more_then_the_attacker_of_the_open_figures_holds_it(
    candidate: Connection, sample_night: Night
) -> None:
    release_id = sample_night.result["built"]["release_id"]
    rules = rules_of(REGISTER)
    as_a_release_that_readers_hold(candidate)
    unsigned = history.held(candidate, HOME, "another night", rules)
    assert unsigned.releases == (release_id,)
    assert unsigned.signed("open") == {}
    candidate.execute(
        text("select quality.sign_release(:release, 'Jo Bell', 'Seen by the board')"), {"release": release_id}
    )
    told, signed = unsigned.told("open"), unsigned.signed("open")
    assert unsigned.signed("committee") == {}
    more = [version for version, state in signed.items() if state < told[version]]
    assert len(more) > 100
    before = hidden(candidate)
    step.hide_candidate(candidate, CONFIG)
    # what the report prints whole is told: it is open now where it is not small itself
    shown_now = {row[1:6] for row in before - hidden(candidate) if row[0] == "open"}
    assert shown_now
    (pinned,) = numbers(candidate, "select pinned_numbers from staging.disclosure_outcomes where profile = 'open'")
    assert pinned > 0


def test_night_when_looked_at_then_both_proofs_agree(candidate: Connection, sample_night: Night) -> None:
    verdicts = candidate.execute(
        text(
            "select check_code, status, failed from quality.check_results where check_code in ('DIS08', 'DIS09')"
            " and release_id = :release"
        ),
        {"release": sample_night.result["built"]["release_id"]},
    ).all()
    assert {tuple(row) for row in verdicts} == {("DIS08", "passed", 0), ("DIS09", "passed", 0)}
