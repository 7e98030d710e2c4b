"""From the scorecard to a child's record and back, on a finished night."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from sqlalchemy import text

from csc_warehouse.errors import UsageError
from csc_warehouse.reporting import explain, scorecard
from tests.conftest import Night

HOME = "W06000006"
COUNTED = re.compile(r"^([\d,]+) records(?: \(([\d,]+) [^)]*\))? (counted and met|counted, but not met|counted)[,:]")


def explained(
    night: Night, code: str, period: str, breakdown: tuple[str, str] = ("all", "all"), record: str | None = None
) -> list[str]:
    return list(
        explain.explain(
            night.warehouse,
            code=code,
            period_label=period,
            authority_code=HOME,
            breakdown="=".join(breakdown),
            record_key=record,
            limit=3,
        )
    )


def test_scorecard_says_in_words_how_far_a_figure_lies_from_the_welsh_average(sample_night: Night) -> None:
    found = scorecard.read(sample_night.warehouse, authority_code=HOME, profile="committee", period="2017/18 Q2")

    (sentence,) = (words for words in found["words"] if words.startswith("PM24 "))
    # 68.8% against 90.8%
    assert "22.0 percentage points below the Welsh average of 2016/17" in sentence
    # "worse" would follow, were the terms not hidden
    assert "17.2 percentage points less than in 2017/18 Q1 (86.0%)" in sentence


def test_commentary_of_a_hidden_figure_holds_no_number(sample_night: Night) -> None:
    with sample_night.warehouse.transaction() as connection:
        hidden: Iterable[str | None] = connection.execute(
            text("select commentary from reporting.rpt_indicator_series where status = 'suppressed' group by 1")
        ).scalars()
        assert set(hidden) == {None, "Hidden, so that no child can be recognised."}


def test_explain_leads_to_the_source_row_and_back(sample_night: Night) -> None:
    lines = explained(sample_night, "PMC024", "2017/18 Q2")
    assert any("In words: 22.0 percentage points below" in line for line in lines)
    assert not any("hidden number follows" in line for line in lines)
    assert any("limit 42" in line for line in lines)
    step = re.fullmatch(r'Next: csc-warehouse explain PM24 "2017/18 Q2" --record (\w+)', lines[-1])
    assert step

    lines = explained(sample_night, "PM24", "2017/18 Q2", record=step[1])
    assert any(line.startswith("  PM24 ") for line in lines)
    assert any(re.search(r"delivery \d+ of \d{4}-\d\d-\d\d, \S+, record \d+$", line) for line in lines)
    assert lines[-1] == 'Back: csc-warehouse explain PM24 "2017/18 Q2"'


def test_explain_tells_where_a_series_breaks(sample_night: Night) -> None:
    lines = explained(sample_night, "CON03", "2018/19 H1")
    assert any(line.startswith("  The series breaks on 2018-05-21: The case system changed") for line in lines)


@pytest.mark.parametrize("period", ["2017/18", "2018/19 H1"])
def test_explain_lists_as_many_records_as_the_figure_counts(sample_night: Night, period: str) -> None:
    with sample_night.warehouse.transaction() as connection:
        figures = connection.execute(
            text(
                "select indicator_code, breakdown, breakdown_value, numerator from marts.indicator_values"
                " inner join marts.indicators on code = indicator_code"
                " where authority_code = :home and period_label = :period and value_type in ('count', 'percent')"
                # of these a group counts another unit than the record
                " and not jsonb_exists(unit_breakdowns, breakdown)"
                " order by indicator_code, breakdown, breakdown_value"
            ),
            {"home": HOME, "period": period},
        ).all()
    assert len(figures) > 100
    # the whole of each indicator, and one group of each breakdown
    chosen = {(figure.indicator_code, figure.breakdown): figure for figure in figures}
    wrong = []
    for figure in chosen.values():
        lines = explained(sample_night, figure.indicator_code, period, (figure.breakdown, figure.breakdown_value))
        counts = [match for line in lines if (match := COUNTED.match(line))]
        met = next((int((m[2] or m[1]).replace(",", "")) for m in counts if m[3] in ("counted and met", "counted")), 0)
        if met != figure.numerator:
            wrong.append(f"{figure.indicator_code} {figure.breakdown} {figure.breakdown_value}: {met}")
    assert wrong == []


def test_every_counted_record_leads_to_a_source_row(sample_night: Night) -> None:
    with sample_night.warehouse.transaction() as connection:
        lost = connection.execute(
            text(
                "select r.indicator_code, count(*) from marts.indicator_records r"
                " where r.is_in_denominator and not exists ("
                "  select from restricted.record_sources s"
                "  where s.authority_code = r.authority_code and s.record_key = r.record_key)"
                " and not exists ("
                "  select from restricted.record_parts p inner join restricted.record_sources s"
                "  on s.authority_code = p.authority_code and s.record_key = p.part_record_key"
                "  where p.authority_code = r.authority_code and p.record_key = r.record_key)"
                " group by r.indicator_code order by r.indicator_code"
            )
        ).all()
    assert [tuple(row) for row in lost] == []


def test_explain_when_there_is_no_such_figure_names_some_that_are(sample_night: Night) -> None:
    with pytest.raises(UsageError, match=r"has no figures of 2031/32\. There is .*2017/18"):
        explained(sample_night, "PM24", "2031/32")
    with pytest.raises(UsageError, match=r"has no team XXX\. .*There is AIT, "):
        explained(sample_night, "PM24", "2017/18 Q2", ("team", "XXX"))
    with pytest.raises(UsageError, match="is not divided by tem: did you mean team"):
        explained(sample_night, "PM24", "2017/18 Q2", ("tem", "AIT"))
    with pytest.raises(UsageError, match=r"Did you mean LAC01 \(Children looked after\)\?"):
        explained(sample_night, "children looked after", "2017/18 Q2")
    assert explained(sample_night, "pm24", " 2017/18  q2 ", ("team", "ait"))[0].startswith("PM24 (PMC024)")
