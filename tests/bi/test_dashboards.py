"""The dashboards as a reader gets them in a browser: each number as SQL gives it, and no request to another machine."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.bi.expected_charts import BY_GROUP, FIGURES, ON_THE_SCORECARD, OVER_TIME, Shown, code_of
from tests.support.dashboards import FLINTSHIRE, PICTURES, SLUGS, Running, Visit, chart_files, dashboard_files
from tests.support.debian import needs_program
from tests.support.listeners import Listener

pytestmark = needs_program("chromium", package="chromium")
BROWSERS_OWN = (".googleapis.com", ".google.com")
"""Where Chromium asks for its own updates and accounts; no page of Superset's names them."""
RATINGS = {
    "green": "meets the target",
    "amber": "within the margin of the target",
    "red": "beyond the margin of the target",
}
PERIOD = """
    select period_label from reporting.rpt_scorecard
    where authority_code = %(authority)s and period_type = 'quarter'
    order by period_start_date desc limit 1
"""


def drawn(visits: dict[str, Visit], chart: str) -> list[dict[str, Any]]:
    """Return the rows that a chart was drawn from, on whichever dashboard it is."""
    uuid = chart_files()[chart]["uuid"]
    return next(found.charts[uuid] for found in visits.values() if uuid in found.charts)


def day(milliseconds: float) -> datetime.date:
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC).date()


def figures(superset: Running, shown: Shown) -> list[dict[str, Any]]:
    names = ("start", "label", "code", "title", "group", "value", "display", "target", "comparator")
    found = superset.rows(
        FIGURES,
        {
            "authority": FLINTSHIRE,
            "codes": list(shown.codes),
            "breakdown": shown.breakdown,
            "period_type": shown.period_type,
        },
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def close(value: Any) -> float | None:
    return None if value is None else round(float(value), 6)


@pytest.mark.parametrize("slug", SLUGS)
def test_dashboard_when_opened_then_every_chart_of_it_is_drawn(visits: dict[str, Visit], slug: str) -> None:
    wanted = {part["meta"]["uuid"] for part in dashboard_files()[slug]["position"].values() if is_chart(part)}
    assert visits[slug].faults == []
    assert set(visits[slug].charts) == wanted
    assert [uuid for uuid, rows in visits[slug].charts.items() if not rows] == []
    assert "Unexpected error" not in visits[slug].text
    assert (PICTURES / f"{slug}.png").stat().st_size > 50_000


def is_chart(part: Any) -> bool:
    return isinstance(part, dict) and part["type"] == "CHART"


@pytest.mark.parametrize("slug", SLUGS)
def test_dashboard_when_opened_then_no_request_leaves_this_machine(
    visits: dict[str, Visit], proxy: Listener, slug: str
) -> None:
    found = visits[slug]
    hosts = {urlsplit(address).hostname for address in found.asked if address.startswith(("http", "ws"))}
    assert hosts == {"127.0.0.1"}
    assert len(found.asked) > 20
    # on the way out nothing was heard but what the browser asks by itself, whatever page is open
    outside = {heard_host(line) for line in proxy.heard}
    assert [host for host in outside if not host.endswith(BROWSERS_OWN)] == []
    assert outside & {urlsplit(address).hostname for address in found.stopped} == set()


def heard_host(line: str) -> str:
    """Return the host of a request to a proxy, as CONNECT a.b:443 HTTP/1.1 or GET http://a.b/c HTTP/1.1."""
    wanted = line.split()[1]
    return str(urlsplit(wanted if "://" in wanted else f"//{wanted}").hostname)


@pytest.mark.parametrize("slug", SLUGS)
def test_policy_of_a_page_when_read_then_names_no_other_host(visits: dict[str, Visit], slug: str) -> None:
    words = visits[slug].policy.replace(";", " ").split()
    assert "default-src" in words
    assert [word for word in words if "." in word or "//" in word or word in {"*", "http:", "https:"}] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_page_when_read_then_says_whose_figures_as_at_when_of_which_release_for_whom(
    superset: Running, visits: dict[str, Visit], slug: str
) -> None:
    told = superset.rows(
        "select distinct as_at_date, release_id, profile from reporting.rpt_scorecard where authority_code ="
        " %(authority)s",
        {"authority": FLINTSHIRE},
    )
    assert len(told) == 1
    as_at, release_id, profile = told[0]
    uuid = chart_files()["release_shown"]["uuid"]
    rows = visits[slug].charts[uuid]
    assert len(rows) == 1
    assert (rows[0]["authority"], day(rows[0]["as_at_date"]), rows[0]["release_id"]) == (
        "Flintshire",
        as_at,
        release_id,
    )
    for word in ("Flintshire", f"{as_at:%d/%m/%Y}", f"{profile}: "):
        assert word in visits[slug].text


def test_charts_when_counted_then_each_has_its_expected_figures() -> None:
    assert set(chart_files()) == set(OVER_TIME) | set(BY_GROUP) | ON_THE_SCORECARD


@pytest.mark.parametrize("chart", OVER_TIME)
def test_chart_over_time_when_drawn_then_each_point_is_the_figure_that_sql_gives(
    superset: Running, visits: dict[str, Visit], chart: str
) -> None:
    shown = OVER_TIME[chart]
    name: Callable[[dict[str, Any]], str] = lambda row: (  # noqa: E731
        row["group"] if shown.breakdown != "all" else row["title"] if len(shown.codes) > 1 else "figure"
    )
    wanted: dict[tuple[datetime.date, str], float | None] = {}
    for row in figures(superset, shown):
        wanted[row["start"], name(row)] = close(row["value"])
        if shown.has_comparison:
            wanted[row["start"], "target_shown"] = close(row["target"])
            wanted[row["start"], "comparator_shown"] = close(row["comparator"])
    rows = drawn(visits, chart)
    got = {
        (day(row["period_start_date"]), code_of(series)): close(value)
        for row in rows
        for series, value in row.items()
        if series != "period_start_date"
    }
    assert {key: value for key, value in wanted.items() if value is not None}
    assert {key: value for key, value in got.items() if value is not None} == {
        key: value for key, value in wanted.items() if value is not None
    }
    # a hidden figure has its place, and nothing in it
    assert set(got) >= set(wanted)
    starts = [day(row["period_start_date"]) for row in rows]
    assert starts == sorted(starts)


@pytest.mark.parametrize("chart", BY_GROUP)
def test_table_by_group_when_drawn_then_each_cell_is_as_sql_prints_it(
    superset: Running, visits: dict[str, Visit], chart: str
) -> None:
    wanted = {(row["label"], row["group"]): row["display"] for row in figures(superset, BY_GROUP[chart])}
    rows = drawn(visits, chart)
    got = {(row["period_label"], code_of(row["group_in_words"])): row["printed"] for row in rows}
    assert len(got) == len(rows)
    assert got == wanted
    labels = {row["label"]: row["start"] for row in figures(superset, BY_GROUP[chart])}
    # the table sorts its columns by their letters, which must be the order of their first days
    assert sorted(labels) == sorted(labels, key=lambda label: labels[label])


def test_figures_when_hidden_then_no_chart_prints_a_number_for_them(
    superset: Running, visits: dict[str, Visit]
) -> None:
    hidden = 0
    for chart, shown in BY_GROUP.items():
        cells = {(row["period_label"], code_of(row["group_in_words"])): row["printed"] for row in drawn(visits, chart)}
        for row in figures(superset, shown):
            if row["value"] is None:
                hidden += 1
                assert cells[row["label"], row["group"]].startswith("[")
    assert hidden > 50


@pytest.fixture(scope="module")
def period(superset: Running) -> str:
    return str(superset.rows(PERIOD, {"authority": FLINTSHIRE})[0][0])


def test_scorecard_when_drawn_then_has_each_figure_of_the_newest_quarter_with_grade_and_caveat(
    superset: Running, visits: dict[str, Visit], period: str
) -> None:
    wanted = superset.rows(
        "select coalesce(local_code, indicator_code), title, period_label, display, unit, coalesce(caveat, 'none'),"
        " target, comparator, comparator_label, direction, status, grade, rating from reporting.rpt_scorecard"
        " where authority_code = %(authority)s and period_type = 'quarter' and period_label = %(period)s",
        {"authority": FLINTSHIRE, "period": period},
    )
    assert len(wanted) > 40
    shown = ["title", "period_label", "display", "unit", "caveat_in_words", "target", "comparator", "comparator_label"]
    shown += ["direction", "status"]
    got = {
        row["code"]: (*(plain(row[name]) for name in shown), row["grade_in_words"][:1], row["rating_in_words"])
        for row in drawn(visits, "scorecard")
    }
    assert got == {
        row[0]: (
            *map(plain, row[1:11]),
            row[11] or "n",
            RATINGS.get(row[12]) or ("no target" if row[6] is None else "not rated"),
        )
        for row in wanted
    }


def plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else close(value)


def test_counts_and_words_of_the_scorecard_when_drawn_then_as_sql_gives_them(
    superset: Running, visits: dict[str, Visit], period: str
) -> None:
    chosen = {"authority": FLINTSHIRE, "period": period}
    where = " from reporting.rpt_scorecard where authority_code = %(authority)s and period_label = %(period)s"
    where += " and period_type = 'quarter'"
    grades = superset.rows(f"select grade, count(*){where} group by grade", chosen)
    got = {row["grade_in_words"].partition(":")[0]: row["indicators"] for row in drawn(visits, "scorecard_grades")}
    assert got == {grade or "not graded": count for grade, count in grades}
    rated = sum(
        row["indicators"] for row in drawn(visits, "scorecard_ratings") if row["rating_in_words"] != "no target"
    )
    assert [(rated,)] == superset.rows(f"select count(target){where}", chosen)
    for chart, column in (("scorecard_caveats", "caveat"), ("scorecard_in_words", "commentary")):
        wanted = superset.rows(
            f"select coalesce(local_code, indicator_code), {column}{where} and {column} is not null", chosen
        )
        assert sorted((row["code"], row[column]) for row in drawn(visits, chart)) == sorted(wanted)
