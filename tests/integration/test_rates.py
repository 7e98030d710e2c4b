"""Rates on a finished night: what is shown of them is what is shown of their numbers, for each login by its profile."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import text

from tests.conftest import Night
from tests.support.candidates import read

TELLING = """
select count(*) from reporting.rpt_rates as r
left join reporting.rpt_scorecard as s using (profile, authority_code, indicator_code, period_type, period_label)
where
    s.indicator_code is null
    or (r.rate is null) is distinct from (s.value is null)
    or r.rate is distinct from r.per_population * s.value / r.population
    or (s.value is null and (r.numerator is not null or r.display <> s.display))
"""


def test_rate_is_shown_and_hidden_with_its_number_in_each_profile(sample_night: Night) -> None:
    with sample_night.warehouse.transaction() as connection:
        assert connection.execute(text(TELLING)).scalar_one() == 0
        counts = connection.execute(
            text("select profile, count(*), count(rate) from reporting.rpt_rates group by profile order by profile")
        ).all()
        # whoever reads a shown rate of a made-up population reads that it is made up, beside the number and in words
        silent: int = connection.execute(
            text(
                "select count(*) from reporting.rpt_rates where is_made_up and (caveat is null or caveat !~ '^The"
                " population is made up' or (rate is not null and display !~ 'made-up population'))"
            )
        ).scalar_one()
    assert [row.profile for row in counts] == ["committee", "open", "rounded"]
    assert all(0 < row[2] < row[1] for row in counts)
    assert silent == 0


def test_rate_of_the_marts_is_of_the_counted_number_and_the_newest_population(sample_night: Night) -> None:
    with sample_night.warehouse.transaction() as connection:
        wrong: int = connection.execute(
            text(
                "select count(*) from marts.indicator_rates as r inner join marts.indicator_values as v"
                " using (authority_code, indicator_code, period_type, period_label)"
                " where v.breakdown = 'all' and (r.rate <> 10000 * v.value / r.population or r.population <> ("
                " select p.population from marts.populations as p where p.authority_code = r.authority_code and"
                " p.population_date <= least(r.period_end_date, r.as_at_date)"
                " order by p.population_date desc limit 1))"
            )
        ).scalar_one()
        row = connection.execute(
            text(
                "select numerator, population, population_year, rate from marts.indicator_rates"
                " where indicator_code = 'CON01' and period_label = '2017/18 H1'"
            )
        ).one()
    assert wrong == 0
    # 5,549 contacts of 30,300 made-up children of mid-2017
    assert (row.numerator, row.population, row.population_year) == (5549, 30300, 2017)
    assert round(row.rate, 1) == Decimal("1831.4")


def test_login_sees_the_rates_of_its_profile_alone(sample_night: Night) -> None:
    warehouse = sample_night.warehouse
    with warehouse.raw_connection() as connection:
        for login, group in (("rates_reader", "csc_reader"), ("rates_public", "csc_public")):
            connection.execute(f"create role {login} login in role {group}")
    profiles = "select distinct profile from reporting.rpt_rates"
    assert read(warehouse, profiles, "rates_reader") == [("committee",)]
    assert read(warehouse, profiles, "rates_public") == [("open",)]
    for statement in ("select * from marts.indicator_rates", "select * from release.reporting__rpt_rates"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            read(warehouse, statement, "rates_reader")
