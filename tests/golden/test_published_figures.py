"""What the council published comes out of the sample's records (HCSC/02/2018, and the minutes on HCSC/05/18).

Each expected value is the report's own, rounded as the report rounds.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from sqlalchemy import text

from csc_warehouse.warehouse import Warehouse
from tests.conftest import Night

WREXHAM = "W06000006"


def figure(
    warehouse: Warehouse, code: str, period: str, breakdown: str = "all", breakdown_value: str = "all"
) -> dict[str, Any]:
    """Return one published figure; fail when there is not exactly one."""
    with warehouse.transaction() as connection:
        row = connection.execute(
            text(
                "select numerator, denominator, value, status from marts.indicator_values"
                " where authority_code = :authority and indicator_code = :code and period_label = :period"
                " and breakdown = :breakdown and breakdown_value = :breakdown_value"
            ),
            {
                "authority": WREXHAM,
                "code": code,
                "period": period,
                "breakdown": breakdown,
                "breakdown_value": breakdown_value,
            },
        ).mappings()
        return dict(row.one())


def shown(value: Decimal) -> str:
    """Round half up to one decimal, as reports print."""
    return str(Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("code", "period", "expected"),
    [
        ("PM24", "2016/17", "85.3"),
        ("PM24", "2017/18 Q1", "86.0"),
        ("PM24", "2017/18 Q2", "68.8"),
        ("PM24", "2018/19 Q2", "70.8"),
        ("ASM01", "2017/18 Q1", "51.5"),
        ("ASM01", "2017/18 Q2", "59.7"),
        ("ASM02", "2017/18 Q1", "99.2"),
        ("ASM02", "2017/18 Q2", "98.7"),
    ],
)
def test_percentages_and_means_are_the_published_ones(
    sample_night: Night, code: str, period: str, expected: str
) -> None:
    assert shown(figure(sample_night.warehouse, code, period)["value"]) == expected


@pytest.mark.parametrize(
    ("code", "period", "breakdown", "breakdown_value", "expected"),
    [
        ("CON01", "2017/18 H1", "all", "all", 5549),
        ("CON01", "2018/19 H1", "all", "all", 5677),  # 2.3% more than 5,549
        ("ADO01", "2017/18 H1", "all", "all", 27),
        ("ADO01", "2017/18 H1", "applicant_type", "GENERAL", 16),
        ("ADO01", "2017/18 H1", "applicant_type", "PARTNER_OF_PARENT", 8),
        ("ADO01", "2017/18 H1", "applicant_type", "FOSTER_CARER", 3),
        ("ADO01", "2017/18 H1", "second_time", "Y", 6),
        ("ADO01", "2017/18 H1", "on_hold", "Y", 1),
        ("ADO01", "2017/18 H1", "own_authority", "all", 5),
        ("ADO01", "2017/18 H1", "own_authority_applicant_type", "PARTNER_OF_PARENT", 1),
        ("ADO02", "2017/18 Q1", "age", "6+", 1),
        ("ADO02", "2017/18 Q2", "age_status", "6+ | LINK_UNDER_CONSIDERATION", 1),
        ("WRK01", "2017/18 H1", "team_role", "AIT | SW", 6),
        ("WRK01", "2017/18 H1", "all", "all", 15),
        ("FIN01", "2017/18 H1", "all", "all", 991_000),
        ("FIN01", "2017/18 H1", "heading", "OUT OF COUNTY PLACEMENTS", 1_201_000),
        ("FIN01", "2017/18 H1", "heading", "BUSINESS SUPPORT", -90_000),
        ("FIN01", "2017/18 H1", "heading", "CHILD AND FAMILY INCLUSION", -73_000),
        ("FIN01", "2017/18 H1", "heading", "DEPARTMENTAL EFFICIENCIES", -47_000),
        (
            "FIN01",
            "2017/18 H1",
            "heading_component",
            "OUT OF COUNTY PLACEMENTS | VARIANCE BEFORE SAVING",
            1_551_000,
        ),
        ("FIN01", "2017/18 H1", "heading_component", "OUT OF COUNTY PLACEMENTS | PLANNED SAVING", -350_000),
        ("FF01", "2017/18 H1", "area", "DISABILITY", 4),
        ("FF01", "2017/18 H1", "area", "PARENTING", 10),
    ],
)
def test_counts_and_money_are_the_published_ones(  # noqa: PLR0917  (one parameter a column of the figure)
    sample_night: Night, code: str, period: str, breakdown: str, breakdown_value: str, expected: int
) -> None:
    assert figure(sample_night.warehouse, code, period, breakdown, breakdown_value)["value"] == expected


@pytest.mark.parametrize(("period", "lowest", "highest"), [("2017/18 H1", 47, 49.9), ("2018/19 H1", 43.5, 44.4)])
def test_the_police_share_of_contacts_is_the_published_one(
    sample_night: Night, period: str, lowest: float, highest: float
) -> None:
    assert lowest <= figure(sample_night.warehouse, "CON02", period)["value"] <= highest


@pytest.mark.parametrize("period", ["2017/18 Q1", "2017/18 Q2"])
def test_decisions_within_24_hours_are_over_99_percent(sample_night: Night, period: str) -> None:
    assert 99 < figure(sample_night.warehouse, "CON03", period)["value"] < 100


@pytest.mark.parametrize("period", ["2016/17", "2017/18 H1"])
def test_reviews_within_timescale_are_above_90_percent(sample_night: Night, period: str) -> None:
    assert 90 < figure(sample_night.warehouse, "REV01", period)["value"] < 100


def test_all_vacancies_of_the_half_year_are_covered(sample_night: Night) -> None:
    found = figure(sample_night.warehouse, "WRK02", "2017/18 H1")
    assert (found["numerator"], found["denominator"], found["value"]) == (15, 15, 100)


def test_nobody_aged_six_or_over_waits_at_the_end_of_the_second_quarter(sample_night: Night) -> None:
    with sample_night.warehouse.transaction() as connection:
        waiting: int = connection.execute(
            text(
                "select count(*) from marts.indicator_values where indicator_code = 'ADO02'"
                " and period_label = '2017/18 Q2' and breakdown = 'age' and breakdown_value = '6+'"
            )
        ).scalar_one()
    # a group without anybody has no row
    assert waiting == 0


def test_the_open_assessments_of_17_december_2018_are_those_in_the_minutes(
    seventeenth_of_december: Warehouse,
) -> None:
    month = "2018-12"
    opened = figure(seventeenth_of_december, "ASM05", month, "team", "AIT")
    overdue = figure(seventeenth_of_december, "ASM06", month, "team", "AIT")
    within = figure(seventeenth_of_december, "ASM04", month, "team", "AIT")
    assert (opened["value"], overdue["value"], opened["status"]) == (159, 22, "provisional")
    # 159 - 22 = 137; 137 / 159 = 86.16...%
    assert (within["numerator"], within["denominator"]) == (137, 159)
    assert Decimal(within["value"]).quantize(Decimal(1), ROUND_HALF_UP) == 86
