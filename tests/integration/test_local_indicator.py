"""A council's own indicator is built, graded, shown and explained as any other, and leaves no trace when it is gone."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from csc_warehouse import nightly, overlay
from csc_warehouse.disclosure import step as hiding
from csc_warehouse.quality import candidate_judgement, exit_checks, grades
from csc_warehouse.quality.result_history import record
from csc_warehouse.register import Register, load_register
from csc_warehouse.reporting import explain
from csc_warehouse.sample import write_sample
from csc_warehouse.settings import Settings, load_settings
from csc_warehouse.transform import runner
from csc_warehouse.warehouse import Warehouse, open_warehouse
from expectations.catalogue import load_catalogue
from tests.support import local_indicator
from tests.support.homes import temporary_home
from tests.support.local_indicator import CODE, MODEL

LAST_DAY = datetime.date(2018, 4, 30)
FIGURES = """
select md5(string_agg(t::text, E'\\n' order by t::text)) from (
    select indicator_code, authority_code, period_type, period_label, breakdown, breakdown_value, numerator,
        denominator, value, status
    from {schema}.indicator_values where indicator_code <> :code
) as t
"""
REGROUPED = """
update marts_candidate.indicator_values
set
    numerator = case
        when indicator_code = 'CON02' or breakdown_value = 'POL' then 914 - :small - :schools
        when breakdown_value = 'PRO' then :small
        else :schools
    end,
    value = case
        when indicator_code = 'CON02' then 100.0 * (914 - :small - :schools) / denominator
        when indicator_code = :code then 100.0 * :schools / denominator
        else value
    end
where indicator_code in ('CON02', :code) or (indicator_code = 'CON01' and breakdown_value in ('EDU', 'POL', 'PRO'))
"""
"""Gives every contact one of three sources, and few of them one."""
UNGROUPED = """
delete from marts_candidate.indicator_values
where
    breakdown = 'source'
    and (indicator_code <> 'CON01' or breakdown_value not in ('EDU', 'POL', 'PRO'))
    and indicator_code like 'CON%'
"""
HIDDEN = """
select distinct indicator_code, breakdown_value from staging.hidden_figures
where profile = 'open' and indicator_code in ('CON01', 'CON02', :code) and breakdown in ('all', 'source')
"""
RECORDS = """
select md5(string_agg(t::text, E'\\n' order by t::text)) from (
    select * from marts_candidate.indicator_records where indicator_code <> :code
) as t
"""


@pytest.fixture(scope="module")
def built() -> Iterator[tuple[Settings, Warehouse]]:
    """Yield a small home after a night with the indicator in its overlay."""
    with temporary_home() as home:
        settings = load_settings(home=home, exports=home / "exports").model_copy(update={"overlay": home / "overlay"})
        write_sample(settings.exports, years=0, end=LAST_DAY, clean=True)
        local_indicator.write_indicator(home / "overlay")
        nightly.run(settings=settings)
        warehouse = open_warehouse(settings)
        yield settings, warehouse
        warehouse.engine.dispose()


def rows(warehouse: Warehouse, statement: str, **parameters: object) -> list[tuple[object, ...]]:
    with warehouse.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(statement), parameters)]


def test_indicator_when_a_night_is_published_then_it_is_there_as_any_other(built: tuple[Settings, Warehouse]) -> None:
    _, warehouse = built
    # worked out from the contacts themselves
    (expected,) = rows(
        warehouse,
        "select count(*) filter (where source_code = 'EDU'), count(*) from marts.fct_contacts"
        " where exclusion_reason is null and received_date between '2018-04-01' and '2018-04-30'",
    )
    assert expected[0] not in (0, expected[1])
    month = "indicator_code = :code and period_label = '2018-04' and breakdown = 'all'"
    assert rows(warehouse, f"select numerator, denominator from marts.indicator_values where {month}", code=CODE) == [
        expected
    ]
    shown = rows(
        warehouse,
        "select distinct title, profile from reporting.rpt_scorecard where indicator_code = :code order by profile",
        code=CODE,
    )
    assert {title for title, _ in shown} == {"Contacts from schools"}
    assert len(shown) > 1
    assert rows(warehouse, "select grade from quality.indicator_grades where indicator_code = :code", code=CODE)
    files = rows(warehouse, "select file_name, rows_added from release.overlay_files")
    assert {(f"indicators/{MODEL}.sql", 1), ("indicators/indicators.csv", 1)} < set(files)


def test_indicator_when_explained_then_in_its_own_words(built: tuple[Settings, Warehouse]) -> None:
    _, warehouse = built
    told = "\n".join(
        explain.explain(
            warehouse,
            code=CODE,
            period_label="2018-04",
            authority_code="W06000006",
            breakdown=None,
            record_key=None,
            limit=3,
        )
    )
    assert "contacts whose source is education" in told


def test_indicator_when_its_unit_test_runs_then_it_passes(built: tuple[Settings, Warehouse]) -> None:
    settings, warehouse = built
    (result,) = runner.run_unit_tests(warehouse, [MODEL], project=overlay.present(settings))
    assert (result.name, result.status) == ("xco01_counts_schools", "pass")


def test_fault_when_it_puts_a_caveat_on_shipped_indicators_on_contacts_then_on_the_council_s(
    built: tuple[Settings, Warehouse],
) -> None:
    """Contacts whose decision lies before their receipt: a rule that names CON03 and others, and no local code."""
    _, warehouse = built
    with warehouse.engine.connect() as connection:
        transaction = connection.begin()
        before = exit_checks.judge_candidate(connection, 1)[0]
        connection.execute(
            text(
                "update marts_candidate.fct_contacts"
                " set source_code = 'unknown', decided_at = received_at - interval '2 days'"
            )
        )
        after = exit_checks.judge_candidate(connection, 1)[0]
        record(connection, [after])
        register = candidate_judgement.registered_indicators(connection)
        caveats = grades._failing(connection, 1, load_catalogue(), register)
        transaction.rollback()
    quiet = {result.code for result in before.results if result.is_failing}
    new = [result for result in after.results if result.is_failing and result.code not in quiet]
    assert any("CON03" in result.indicators and "*" not in result.indicators for result in new)
    for result in new:
        assert (CODE in result.indicators) == any(code.startswith("CON") for code in result.indicators), result.code
    # and so it is in the grade
    named = {code: {result.code for result in found} for (_, code), found in caveats.items()}
    assert named["CON03"] - quiet
    assert named["CON03"] | named["CON02"] <= named[CODE]


def hidden_when_regrouped(
    built: tuple[Settings, Warehouse], register: Register, *, small: int, schools: int
) -> tuple[set[tuple[str, str]], dict[str, object]]:
    """Return which figures the open profile hides when sources are so many, and the outcome that the gate reads."""
    settings, warehouse = built
    with warehouse.engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(text(UNGROUPED))
        connection.execute(text(REGROUPED), {"code": CODE, "small": small, "schools": schools})
        hiding.hide_candidate(connection, settings.config.disclosure, register)
        hidden = {(row[0], row[1]) for row in connection.execute(text(HIDDEN), {"code": CODE})}
        outcome = connection.execute(text("select * from staging.disclosure_outcomes where profile = 'open'"))
        told = dict(outcome.mappings().one())
        transaction.rollback()
    return hidden, told


def test_group_when_it_is_small_then_it_is_hidden_of_the_council_s_own_and_of_the_shipped_one(
    built: tuple[Settings, Warehouse],
) -> None:
    composed = load_register(overlay.present(built[0]) / "seeds")
    hidden, _ = hidden_when_regrouped(built, composed, small=100, schools=2)
    assert {(CODE, "all"), ("CON01", "EDU")} <= hidden


def test_figure_when_hidden_of_the_shipped_one_then_the_council_s_own_does_not_show_it(
    built: tuple[Settings, Warehouse],
) -> None:
    """Two of all contacts are of a professional: whoever knows those of schools and of the police knows them."""
    composed = load_register(overlay.present(built[0]) / "seeds")
    undeclared = composed.model_copy(update={"figure_relations": load_register().figure_relations})
    assert undeclared.without_relations() == [CODE]

    def is_told(hidden: set[tuple[str, str]]) -> bool:
        schools = not {("CON01", "EDU"), (CODE, "all")} <= hidden
        police = not {("CON01", "POL"), ("CON02", "all")} <= hidden
        return schools and police

    open_to_all, before = hidden_when_regrouped(built, undeclared, small=2, schools=160)
    assert ("CON01", "PRO") in open_to_all
    assert is_told(open_to_all)

    hidden, after = hidden_when_regrouped(built, composed, small=2, schools=160)
    assert ("CON01", "PRO") in hidden
    assert not is_told(hidden)
    # both relations of the council's own, for the days of each period that there is
    assert after["relations_failed"] == before["relations_failed"]
    assert int(str(after["relations_checked"])) > int(str(before["relations_checked"]))


def test_relations_when_a_night_is_built_then_those_of_the_council_are_checked(
    built: tuple[Settings, Warehouse],
) -> None:
    settings, warehouse = built
    (shown,) = rows(
        warehouse,
        "select relations_checked, relations_failed from staging.disclosure_outcomes where profile = 'open'",
    )
    with warehouse.engine.connect() as connection:
        transaction = connection.begin()
        shipped = hiding.hide_candidate(connection, settings.config.disclosure, load_register())
        transaction.rollback()
    (without,) = (outcome.relations_checked for outcome in shipped if outcome.profile == "open")
    assert int(str(shown[0])) > without
    assert shown[1] == 0
    assert rows(
        warehouse, "select rows_added from release.overlay_files where file_name = 'indicators/figure_relations.csv'"
    ) == [(4,)]


def test_indicator_when_taken_out_again_then_all_others_are_as_before(built: tuple[Settings, Warehouse]) -> None:
    settings, warehouse = built
    before = [rows(warehouse, query, code=CODE) for query in (FIGURES.format(schema="marts_candidate"), RECORDS)]
    assert rows(warehouse, "select 1 from pg_class where relname = :name", name=MODEL) == [(1,)]
    assert settings.overlay is not None
    shutil.rmtree(settings.overlay / "indicators")

    nightly.build(settings=settings)

    assert [
        rows(warehouse, query, code=CODE) for query in (FIGURES.format(schema="marts_candidate"), RECORDS)
    ] == before
    assert (
        rows(warehouse, "select 1 from marts_candidate.indicator_values where indicator_code = :code", code=CODE) == []
    )
    assert rows(warehouse, "select 1 from marts_candidate.indicators where code = :code", code=CODE) == []
    assert rows(warehouse, "select * from staging.caveats_shared") == []
    # its own relation would keep children's records for ever
    assert rows(warehouse, "select 1 from pg_class where relname = :name", name=MODEL) == []
    # what was published stays until the next publication
    assert rows(warehouse, "select 1 from marts.indicators where code = :code", code=CODE) == [(1,)]
