"""What a return lacks stands beside the figures that it feeds, by name, until a later return or an acceptance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from csc_warehouse import landing
from csc_warehouse.quality import candidate_judgement, verdict
from csc_warehouse.quality.check_result import CheckResult
from csc_warehouse.quality.grades import _beside_indicator
from csc_warehouse.quality.result_history import record
from csc_warehouse.warehouse import Warehouse
from expectations.catalogue import RegisteredIndicators, load_catalogue
from expectations.statements import family_statement
from tests.support.landings import WREXHAM, Place, day

ADOPTERS = "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n"
SERVICES = "area,organisation,service,commissioned,start_date,end_date,as_at\n"
STANDS = """
create or replace view intermediate.int_corporate_returns as
with said as (
    select
        authority_code, 'nwas_adopters' as return_kind, as_at::date as as_at_date, valid_from_date as business_date,
        1 as row_count
    from landing.corporate_nwas_adopters
    union all
    select authority_code, 'families_first', as_at::date, valid_from_date, 1 from landing.corporate_families_first
    union all
    select authority_code, name, business_date, business_date, 0 from landing.deliveries
    where kind = 'return' and status = 'accepted' and rows_accepted = 0
)
select distinct on (said.authority_code, said.return_kind, said.as_at_date)
    said.authority_code, said.return_kind, said.as_at_date, said.business_date,
    sum(said.row_count)::integer as row_count,
    lag(sum(said.row_count)::integer) over (
        partition by said.authority_code, said.return_kind, said.as_at_date order by said.business_date
    ) as row_count_replaced
from said
inner join staging.run_context as context
    on
        context.authority_code = said.authority_code and said.as_at_date <= context.as_at_date
        and said.business_date <= context.as_at_date
group by said.authority_code, said.return_kind, said.as_at_date, said.business_date
order by said.authority_code, said.return_kind, said.as_at_date, said.business_date desc
"""
"""Which return says a day last, as the model of that name tells it: here without a build."""


@pytest.fixture(scope="module")
def shared(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(module_warehouse, tmp_path_factory.mktemp("told"))
    with place.warehouse.transaction() as connection:
        connection.execute(text("create schema if not exists intermediate"))
        connection.execute(text(STANDS))
    yield place
    with place.warehouse.transaction() as connection:
        connection.execute(text("drop view intermediate.int_corporate_returns"))


@pytest.fixture
def place(shared: Place) -> Place:
    shared.start_again()
    return shared


def deliver(place: Place, number: int, kind: str, *rows: str) -> None:
    folder = place.exports / "corporate" / str(day(number))
    folder.mkdir(parents=True, exist_ok=True)
    header = {"nwas_adopters": ADOPTERS, "families_first": SERVICES}[kind]
    Path(folder / f"{kind}_{day(number):%Y%m%d}.csv").write_text(header + "".join(f"{row}\n" for row in rows))
    place.land()


def families(number: int, count: int) -> list[str]:
    return [f"F{place},W06000006,GENERAL,N,ASSESSMENT,N,{day(number)}" for place in range(count)]


def service(number: int, organisation: str, start: str = "") -> str:
    return f"TAC,{organisation},S1,EXTERNAL,{start},,{day(number)}"


def failing(place: Place, number: int) -> dict[str, CheckResult]:
    """Judge the returns as at a day and return the checks that fail, as they were recorded."""
    catalogue = load_catalogue()
    with place.warehouse.transaction() as connection:
        connection.execute(text("truncate staging.run_context"))
        connection.execute(
            text(
                "insert into staging.run_context (authority_code, authority_name, run_id, requested_date, as_at_date,"
                " as_at_end_at, is_cut_over_assumed, live_source, is_home_authority)"
                " values (:code, 'Wrexham', 'r', :day, :day, :day, false, 'raise', true)"
            ),
            {"code": WREXHAM, "day": day(number)},
        )
        judge = candidate_judgement.CandidateJudge(
            gate="exit",
            release_id=number,
            catalogue=catalogue,
            register=candidate_judgement.registered_indicators(connection),
            taken={"returns": candidate_judgement.take(connection, "returns", family_statement("returns"))},
        )
        checks = [check for check in catalogue.exit if check.family == "returns"]
        (candidate,) = candidate_judgement.candidates(connection)
        record(connection, [judge.judge(candidate, checks)])
        results = verdict.recorded(connection, number, catalogue).get(WREXHAM, [])
    return {result.code: result for result in results if result.is_failing}


def beside(result: CheckResult, code: str) -> str:
    """Return what stands beside one figure."""
    return verdict.said(_beside_indicator(load_catalogue(), result, RegisteredIndicators((code,))))


def test_whole_returns_are_no_reason_for_a_caveat(place: Place) -> None:
    deliver(place, 10, "nwas_adopters", *families(10, 6))
    deliver(place, 20, "nwas_adopters", *families(20, 3))
    deliver(place, 20, "families_first", service(20, "A"), service(20, "Total"))
    assert failing(place, 21) == {}


def test_rows_set_apart_put_a_caveat_on_what_the_return_feeds_until_a_later_one(place: Place) -> None:
    deliver(place, 10, "nwas_adopters", *families(10, 6))
    deliver(place, 10, "families_first", service(10, "A"), service(10, "B", "soon"), service(10, "C"))
    found = failing(place, 12)
    assert set(found) == {"RET01"}
    assert (found["RET01"].failed, found["RET01"].indicators) == (1, ("FF01",))
    assert beside(found["RET01"], "FF01") == (
        "Rows of a return could not be read and are missing from its figures: families_first of 10 May 2018."
    )
    deliver(place, 20, "families_first", service(20, "A"), service(20, "B"), service(20, "C"))
    assert failing(place, 21) == {}
    assert set(failing(place, 12)) == {"RET01"}


@pytest.mark.parametrize(("before", "now", "is_told"), [(6, 2, True), (7, 3, True), (6, 3, False), (4, 0, True)])
def test_a_return_of_fewer_than_half_of_the_rows_before_carries_a_caveat_until_it_is_accepted(
    place: Place, before: int, now: int, is_told: bool
) -> None:
    deliver(place, 10, "nwas_adopters", *families(10, before))
    deliver(place, 20, "nwas_adopters", *families(20, now))
    found = failing(place, 21)
    assert set(found) == ({"RET02"} if is_told else set())
    if is_told:
        assert found["RET02"].indicators == ("ADO01",)
        assert "nwas_adopters of 20 May 2018" in beside(found["RET02"], "ADO01")
    decision: dict[str, Any] = {"source": "corporate", "business_date": day(20), "by": "A. Jones", "reason": "so it is"}
    landing.accept_loss(place.warehouse, name="families_first", **decision)
    assert set(failing(place, 21)) == set(found)
    landing.accept_loss(place.warehouse, name="nwas_adopters", **decision)
    assert failing(place, 21) == {}


def test_a_shrunken_return_is_answered_by_a_later_one_and_an_empty_one_by_none_that_is_empty_too(place: Place) -> None:
    deliver(place, 10, "nwas_adopters", *families(10, 9))
    deliver(place, 12, "nwas_adopters", *families(12, 2))
    assert set(failing(place, 12)) == {"RET02"}
    deliver(place, 14, "nwas_adopters", *families(14, 2))
    assert failing(place, 14) == {}
    deliver(place, 16, "nwas_adopters")
    deliver(place, 18, "nwas_adopters")
    assert set(failing(place, 18)) == {"RET02"}
    deliver(place, 20, "nwas_adopters", *families(20, 1))
    assert failing(place, 20) == {}


@pytest.mark.parametrize("strayed", [1, 2])
def test_few_rows_of_a_later_day_that_push_the_others_out_of_the_figures_carry_a_caveat(
    place: Place, strayed: int
) -> None:
    deliver(place, 10, "nwas_adopters", *families(10, 6))
    deliver(place, 20, "nwas_adopters", *families(19, 9)[strayed:], *families(20, strayed))
    found = failing(place, 21)
    assert set(found) == {"RET02"}
    assert "nwas_adopters of 20 May 2018" in beside(found["RET02"], "ADO01")
    deliver(place, 25, "nwas_adopters", *families(25, 6))
    assert failing(place, 26) == {}


def test_a_return_that_tells_of_earlier_days_too_is_no_reason_for_a_caveat(place: Place) -> None:
    deliver(place, 10, "nwas_adopters", *families(8, 6), *families(9, 6), *families(10, 6))
    deliver(place, 20, "nwas_adopters", *families(18, 6), *families(19, 6), *families(20, 5))
    assert failing(place, 21) == {}


def test_few_rows_of_an_older_day_that_push_its_whole_return_out_carry_a_caveat_until_it_is_said_again(
    place: Place,
) -> None:
    deliver(place, 10, "nwas_adopters", *families(10, 6))
    deliver(place, 20, "nwas_adopters", *families(10, 1), *families(20, 6)[1:])
    found = failing(place, 21)
    assert set(found) == {"RET02"}
    assert beside(found["RET02"], "ADO01") == (
        "A return came with fewer than half of the rows of the one before, or with none at all: nwas_adopters of"
        " 20 May 2018, which speaks for 10 May 2018."
    )
    # the figures of that day stay wrong, whatever comes of later ones
    deliver(place, 25, "nwas_adopters", *families(25, 6))
    assert set(failing(place, 26)) == {"RET02"}
    deliver(place, 27, "nwas_adopters", *families(10, 6), *families(27, 6))
    assert failing(place, 28) == {}


def test_few_rows_of_an_older_day_when_a_person_accepts_them_then_are_no_reason_for_a_caveat(place: Place) -> None:
    deliver(place, 10, "nwas_adopters", *families(10, 6))
    deliver(place, 20, "nwas_adopters", *families(10, 1), *families(20, 6)[1:])
    accepted: dict[str, Any] = {"source": "corporate", "business_date": day(20), "by": "A. Jones", "reason": "so it is"}
    landing.accept_loss(place.warehouse, name="nwas_adopters", **accepted)
    assert failing(place, 21) == {}


def test_an_older_return_that_stands_because_a_newer_was_refused_is_named(place: Place) -> None:
    deliver(place, 10, "nwas_adopters", *families(10, 6))
    deliver(place, 10, "families_first", service(10, "A"), service(10, "B"))
    deliver(place, 20, "nwas_adopters", *families(20, 6)[:3], ",,,,,,", *families(20, 6)[3:])
    found = failing(place, 21)
    assert set(found) == {"RET03"}
    assert beside(found["RET03"], "ADO01") == (
        "An older return stands, because a newer one was refused: nwas_adopters of 10 May 2018 (refused: that of"
        " 20 May 2018)."
    )
    # as at a day before it nothing was refused, and what comes later answers it
    assert failing(place, 15) == {}
    deliver(place, 22, "nwas_adopters", *families(22, 6))
    assert failing(place, 22) == {}


def test_a_return_refused_for_a_day_that_has_a_newer_one_is_no_caveat_and_a_re_sent_one_is(place: Place) -> None:
    deliver(place, 20, "nwas_adopters", *families(20, 6))
    deliver(place, 10, "nwas_adopters", *[row.replace("2018-05-10", "2108-05-10") for row in families(10, 6)])
    assert failing(place, 21) == {}
    deliver(place, 20, "nwas_adopters", *[row.replace("2018-05-20", "soon") for row in families(20, 6)])
    assert set(failing(place, 21)) == {"RET03"}


def test_each_figure_is_told_of_its_own_return_alone(place: Place) -> None:
    deliver(place, 10, "nwas_adopters", *families(10, 3), "F9,W06000006,GENERAL,N,ASSESSMENT,N,soon")
    deliver(place, 10, "families_first", service(10, "A"), service(10, "B", "soon"), service(10, "C"))
    found = failing(place, 12)["RET01"]
    assert found.indicators == ("ADO01", "FF01")
    assert beside(found, "ADO01").endswith(": nwas_adopters of 10 May 2018.")
    assert beside(found, "FF01").endswith(": families_first of 10 May 2018.")
    assert verdict.said(found).endswith(": families_first of 10 May 2018, nwas_adopters of 10 May 2018.")


def test_a_return_of_another_day_beside_the_one_that_stands_is_no_caveat_and_its_other_form_is(place: Place) -> None:
    deliver(place, 20, "nwas_adopters", *families(20, 6))
    folder = place.exports / "corporate" / str(day(20))
    good = folder / "nwas_adopters_20180520.csv"
    (folder / "nwas_adopters_20171231.csv").write_bytes(good.read_bytes())
    assert len(place.land().refused) == 1
    assert failing(place, 21) == {}
    # this one may be a correction, which nobody can tell
    (folder / "nwas_adopters_20180520.xlsx").write_bytes(good.read_bytes())
    assert len(place.land().refused) == 1
    assert set(failing(place, 21)) == {"RET03"}


def test_a_return_of_another_day_alone_in_its_folder_is_a_caveat(place: Place) -> None:
    deliver(place, 10, "nwas_adopters", *families(10, 6))
    deliver(place, 20, "nwas_adopters", *families(20, 6))
    folder = place.exports / "corporate" / str(day(22))
    folder.mkdir()
    (folder / "nwas_adopters_20171231.csv").write_text(ADOPTERS)
    assert len(place.land().refused) == 1
    assert set(failing(place, 22)) == {"RET03"}
