"""From a figure to its rule, its records and the source rows behind them, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.errors import UsageError
from csc_warehouse.reporting import arguments
from csc_warehouse.rounding import decimals_of, half_up
from csc_warehouse.sql_files import statement
from csc_warehouse.warehouse import Warehouse

_REGISTER = text("select * from marts.indicators where code = :code")
_VALUE = text(
    "select * from marts.indicator_values where authority_code = :authority_code and indicator_code = :code"
    " and period_label = :period_label and breakdown = :breakdown and breakdown_value = :breakdown_value"
)
_PERIODS = text(
    "select period_label from marts.indicator_values where authority_code = :authority_code"
    " and indicator_code = :code and breakdown = 'all' order by period_end_date desc, period_start_date desc"
)
_RECORDS = statement(__name__, "records")
_HAS_BUCKETS = text("select to_regclass('marts.indicator_buckets') is not null")
_RECORD = text(
    "select indicator_code, counting_from_date, is_in_denominator, is_in_numerator, exclusion_reason, evidence"
    " from marts.indicator_records where authority_code = :authority_code and record_key = :record_key"
    " order by indicator_code, counting_from_date desc"
)
_SHOWN = text(
    "select display, status, commentary, grade, caveat from reporting.rpt_scorecard"
    " where authority_code = :authority_code and indicator_code = :code and period_label = :period_label"
    " order by profile limit 1"
)
_BREAKS = text(
    "select break_date, reason from marts.series_breaks where indicator_code = :code"
    " and authority_code in ('all', :authority_code) and break_date <= :as_at_date order by break_date"
)
_EARLIER = text(statement(__name__, "earlier"))
_CHECKS = text(
    "select sentence, severity, status, failed, checked, measure from quality.check_results"
    " where authority_code = :authority_code and release_id = :release_id and status <> 'passed'"
    " and :code = any(indicators)"
    # what hiding notes is about the release, and about no figure of it
    " and not (gate = 'disclosure' and severity = 'info') order by severity, check_code limit 10"
)
_SOURCES = text(statement(__name__, "sources"))


def find_indicator(connection: Connection, code: str) -> Any:
    """Return the register's row of a code or local code. Raises UsageError when there is none."""
    return connection.execute(_REGISTER, {"code": arguments.indicator(connection, code)}).one()


def explain(
    warehouse: Warehouse,
    *,
    code: str,
    period_label: str,
    authority_code: str,
    breakdown: str | None,
    record_key: str | None,
    limit: int,
) -> Iterator[str]:
    """Yield lines of explanation of one published figure, or of one of its records.

    breakdown: a group, as team=AIT; None: the whole. Raises UsageError when the code, the period or the group is not
    there, naming what is.
    """
    with warehouse.transaction() as connection:
        register = find_indicator(connection, code)
        names = {"authority_code": authority_code, "code": register.code}
        whose = f"{register.code}, {arguments.name_of(warehouse.settings.config, authority_code)}"
        labels: list[str] = list(connection.execute(_PERIODS, names).scalars())
        names["period_label"] = arguments.period(period_label, labels, of=whose)
        name, of_group = arguments.group(connection, breakdown, names)
        value = connection.execute(_VALUE, names | {"breakdown": name, "breakdown_value": of_group}).one()
        yield from _figure(register, value)
        if record_key is not None:
            yield from _record(connection, authority_code, record_key)
            yield f'Back: csc-warehouse explain {register.code} "{value.period_label}"'
            return
        yield from _circumstances(connection, register, value)
        yield from _records(connection, register, value, limit)


def _figure(register: Any, value: Any) -> Iterator[str]:
    local = f" ({register.local_code})" if register.local_code else ""
    group = "" if value.breakdown == "all" else f", {value.breakdown} {value.breakdown_value}"
    yield f"{register.code}{local} {register.title}: {value.period_label}{group}, {value.authority_code}"
    decimals = decimals_of(register.value_type)
    shown = "no value" if value.value is None else f"{half_up(value.value, decimals):,} {register.unit}"
    if value.denominator is not None:
        shown += f" = {value.numerator:,.0f} of {value.denominator:,.0f}"
    yield f"  {shown}; status {value.status}; as at {value.as_at_date} (release {value.release_id})"
    yield f"  Counted: {register.numerator_text}."
    if register.denominator_text:
        yield f"  Out of: {register.denominator_text}."
    if value.breakdown != "all" and register.breakdown_denominator == "whole":
        yield "  The denominator of this group is that of the whole: only the group's own records are listed."
    kind = "events in the period" if register.flow_or_stock == "flow" else "a state at the period's end"
    yield f"  It counts {kind}. Source of the rule: {register.statutory_source}. Owner: {register.owner}."
    if not register.is_confirmed:
        yield f"  To be confirmed: {register.confirm_note}"


def _circumstances(connection: Connection, register: Any, value: Any) -> Iterator[str]:
    """Yield what is said of a figure besides its records: in words, breaks, checks that failed, earlier values."""
    names = {
        "authority_code": value.authority_code,
        "code": register.code,
        "period_label": value.period_label,
        "breakdown": value.breakdown,
        "breakdown_value": value.breakdown_value,
        "as_at_date": value.as_at_date,
        "release_id": value.release_id,
    }
    shown = connection.execute(_SHOWN, names).one_or_none() if value.breakdown == "all" else None
    if shown is not None:
        if shown.commentary:
            yield f"  In words: {shown.commentary}"
        if shown.status == "suppressed":
            yield "  Readers of the scorecard see [c] instead of this figure."
        grade = f"Grade {shown.grade}. " if shown.grade else ""
        if grade or shown.caveat:
            yield f"  {grade}{'Caveat: ' + shown.caveat if shown.caveat else ''}".rstrip()
    for row in connection.execute(_BREAKS, names):
        yield f"  The series breaks on {row.break_date}: {row.reason}"
    for row in connection.execute(_CHECKS, names):
        yield f"  Check {row.status} ({row.severity}): {row.sentence} {row.failed:,} of {row.checked:,}."
    for row in connection.execute(_EARLIER, names):
        before = "no value" if row.value is None else f"{half_up(row.value, decimals_of(register.value_type)):,}"
        of = f" of {row.denominator:,.0f}" if row.denominator is not None else ""
        yield f"  Release {row.release_id} (as at {row.as_at_date}) said {before} = {row.numerator:,.0f}{of}."


def records_of(connection: Connection, register: Any, value: Any) -> Sequence[Any]:
    """Return the records that a published figure looks at, by key: counted, met, or left out with a reason.

    register, value: rows of marts.indicators and marts.indicator_values.
    """
    return connection.execute(
        text(_RECORDS),
        {
            "authority_code": value.authority_code,
            "code": register.code,
            "flow_or_stock": register.flow_or_stock,
            "numerator_rule": register.numerator_rule,
            "period_type": value.period_type,
            "period_label": value.period_label,
            "breakdown": value.breakdown,
            "breakdown_value": value.breakdown_value,
        },
    ).all()


def _records(connection: Connection, register: Any, value: Any, limit: int) -> Iterator[str]:
    if not connection.execute(_HAS_BUCKETS).scalar_one():
        yield "Its records can be listed once the next night is published: no release says yet which count in a period."
        return
    rows = records_of(connection, register, value)
    missed = "counted, but not met" if register.value_type == "percent" else "counted in the total only"
    kinds = [
        ("counted and met" if register.value_type == "percent" else "counted", [r for r in rows if r.is_in_numerator]),
        (missed, [r for r in rows if r.is_in_denominator and not r.is_in_numerator]),
        ("left out, with the reason", [r for r in rows if not r.is_in_denominator and not r.is_in_numerator]),
    ]
    for heading, chosen in kinds:
        if not chosen:
            continue
        units = len({row.count_key for row in chosen})
        counted = f" ({units:,} {register.counted})" if units < len(chosen) and chosen is not kinds[2][1] else ""
        yield f"{len(chosen):,} records{counted} {heading}:"
        for row in chosen[:limit]:
            reason = f" [{row.exclusion_reason}]" if row.exclusion_reason else ""
            yield f"  {row.record_key}  {row.evidence}{reason}"
        if len(chosen) > limit:
            yield f"  ... and {len(chosen) - limit:,} more: --limit {len(chosen)} shows all."
    if rows:
        yield f'Next: csc-warehouse explain {register.code} "{value.period_label}" --record {rows[0].record_key}'


def _record(connection: Connection, authority_code: str, record_key: str) -> Iterator[str]:
    names = {"authority_code": authority_code, "record_key": record_key}
    uses = connection.execute(_RECORD, names).all()
    if not uses:
        raise UsageError(f"No published indicator record has the key {record_key} for {authority_code}.")
    yield f"Record {record_key} counts in:"
    for use in uses:
        state = "met" if use.is_in_numerator else "not met" if use.is_in_denominator else "left out"
        reason = f" [{use.exclusion_reason}]" if use.exclusion_reason else ""
        yield f"  {use.indicator_code} {use.counting_from_date}: {state}; {use.evidence}{reason}"
    yield "It comes from (restricted: the source's own ids):"
    for source in connection.execute(_SOURCES, names):
        where = f"{source.file_name}, record {source.record_number}" if source.file_name else "its delivery"
        whose = (
            f" {source.record_id}, child {source.child_id}" if source.record_id else ", the latest return that has it"
        )
        yield (
            f"  {source.source_name} {source.entity}{whose}:"
            f" delivery {source.delivery_id} of {source.business_date}, {where}"
        )
        if source.rectified_columns:
            yield f"    Set right by a person, unlike what that row says: {source.rectified_columns}."
        if source.rectified_of_child:
            yield f"    Of the child itself set right by a person: {source.rectified_of_child}."
