"""Why a record moved between two as-at dates: each reason once, worked by hand."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text

from csc_warehouse.errors import UsageError
from csc_warehouse.reporting.compare import REASONS, compare
from csc_warehouse.warehouse import Warehouse

EARLIER, LATER = 1, 2
BEFORE, AFTER = datetime.date(2018, 6, 1), datetime.date(2018, 6, 20)

TABLES = """
create table marts.indicators (code text, local_code text, title text);
create table release.marts__indicator_values (
    release_id bigint, authority_code text, indicator_code text, period_type text, period_label text,
    period_start_date date, breakdown text, breakdown_value text, numerator numeric, denominator numeric, value numeric
);
create table release.marts__indicator_records (
    from_release_id bigint, to_release_id bigint, authority_code text, indicator_code text, record_key text,
    count_key text, counting_from_date date, counting_to_date date, numerator_date date, is_in_denominator boolean,
    is_in_numerator boolean, amount numeric, breakdowns jsonb, exclusion_reason text, evidence text
);
create table release.restricted__record_sources (
    from_release_id bigint, to_release_id bigint, authority_code text, record_key text, child_key text,
    source_name text, record_id text, delivery_id bigint
);
create table release.restricted__record_parts (
    from_release_id bigint, to_release_id bigint, authority_code text, record_key text, part_record_key text
);
insert into marts.indicators values ('PM24', 'PMC024', 'Assessments completed within 42 working days');
"""


def row(day: datetime.date, *, met: bool = True, out: str | None = None, said: str = "as it was") -> dict[str, Any]:
    """Return what an indicator says of a record."""
    return {"day": day, "met": met, "out": out, "said": said}


def source(delivery: int, *, child: str = "anna", system: str = "wccis") -> dict[str, Any]:
    """Return the row of a case system behind a record."""
    return {"delivery": delivery, "child": child, "system": system}


MAY, JUNE = datetime.date(2018, 5, 10), datetime.date(2018, 6, 10)
DELETED = "cancelled or deleted in the case system"
CASES: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None, dict[str, Any] | None, dict[str, Any] | None]] = {
    # record: (record before, record after, source before, source after)
    "void": (row(MAY), row(MAY, met=False, out=DELETED), source(1), source(2)),
    "vanished": (row(MAY), None, source(1), None),
    "merged": (row(MAY), row(MAY, met=False), source(1), source(1, child="bran")),
    "new": (None, row(JUNE), None, source(2)),
    "late": (None, row(MAY), None, source(2)),
    "step entered late": (None, row(MAY), source(1), source(2)),
    "migrated": (row(MAY), row(MAY, met=False), source(1, system="raise"), source(2)),
    "corrected": (row(MAY), row(MAY, met=False, said="as it is"), source(1), source(2)),
    "due": (row(MAY, met=False, out="not yet due"), row(MAY, met=False), source(1), source(1)),
    "responsibility": (row(MAY), row(MAY, met=False, out="another authority is responsible"), source(1), source(1)),
    "same": (row(MAY), row(MAY), source(1), source(2)),
}
EXPECTED = {
    "void": "deletion",
    "vanished": "deletion",
    "merged": "merge",
    "late": "late recording",
    "step entered late": "late recording",
    "migrated": "migration",
    "corrected": "correction",
    "due": "fell due",
    "responsibility": "details of the child",
}


@pytest.fixture(scope="module")
def warehouse(module_warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with two releases of one indicator, made by hand."""
    with module_warehouse.transaction() as connection:
        connection.execute(text(TABLES))
        _put_releases(connection)
        for name, (before, after, said_before, said_after) in CASES.items():
            for release, record, said in ((EARLIER, before, said_before), (LATER, after, said_after)):
                _put(connection, release, name, record, said)
    return module_warehouse


def _put_releases(connection: Connection) -> None:
    for release, day, numerator in ((EARLIER, BEFORE, 7), (LATER, AFTER, 5)):
        names = {"release": release, "day": day, "numerator": numerator}
        connection.execute(
            text(
                "insert into release.releases (run_id, stored_at, code_version)"
                " values (cast(:release as text), now(), 'x')"
            ),
            names,
        )
        connection.execute(text("insert into release.release_authorities values (:release, 'W', :day)"), names)
        connection.execute(
            text(
                "insert into release.marts__indicator_values values (:release, 'W', 'PM24', 'month', '2018-05',"
                " '2018-05-01', 'all', 'all', :numerator, 8, 100.0 * :numerator / 8)"
            ),
            names,
        )


def _put(
    connection: Connection, release: int, name: str, record: dict[str, Any] | None, said: dict[str, Any] | None
) -> None:
    names = {"from": release, "to": release + 1, "key": name}
    if record is not None:
        connection.execute(
            text(
                "insert into release.marts__indicator_records values (:from, :to, 'W', 'PM24', :key, :key, :day, :day,"
                " null, cast(:out as text) is null, :met, null, '{}', :out, :said)"
            ),
            names | record,
        )
    if said is not None:
        connection.execute(
            text(
                "insert into release.restricted__record_sources"
                " values (:from, :to, 'W', :key, :child, :system, :key, :delivery)"
            ),
            names | said,
        )


def test_compare_tells_the_figure_that_moved_and_how_many_records_by_reason(warehouse: Warehouse) -> None:
    lines = list(compare(warehouse, "W", EARLIER, LATER, None))

    assert lines[0] == "1 figures moved between release 1 and release 2 (W)."
    # 7 of 8 is 87.5%, 5 of 8 is 62.5%
    assert lines[1] == "  PM24 2018-05: 87.5 (7/8) -> 62.5 (5/8)"
    assert lines[-1] == (
        "  PM24: 2 deletion, 1 merge, 1 new, 2 late recording, 1 migration, 1 correction, 1 fell due,"
        " 1 details of the child"
    )


@pytest.mark.parametrize(("record", "reason"), EXPECTED.items())
def test_compare_says_why_a_record_moved(warehouse: Warehouse, record: str, reason: str) -> None:
    lines = list(compare(warehouse, "W", EARLIER, LATER, "pmc024"))

    (line,) = (line for line in lines if line.startswith(f"  {record} "))
    assert f"({reason})" in line
    assert any(REASONS[reason] in line for line in lines)


def test_compare_shows_both_sentences_of_evidence_and_leaves_out_what_did_not_move(warehouse: Warehouse) -> None:
    lines = list(compare(warehouse, "W", EARLIER, LATER, "PM24"))

    assert "  corrected changed (correction): as it was -> as it is" in lines
    assert not any(line.startswith("  same ") for line in lines)
    # what only happened since is counted, not listed
    assert not any(line.startswith("  new ") for line in lines)
    assert "  1 new: it happened after the earlier date" in lines


def test_compare_when_the_register_does_not_know_the_code_says_so(warehouse: Warehouse) -> None:
    with pytest.raises(UsageError, match="XYZ99 is not in the register: there is PM24"):
        list(compare(warehouse, "W", EARLIER, LATER, "XYZ99"))
    with pytest.raises(UsageError, match=r"PM42 is not in the register: did you mean PM24\?"):
        list(compare(warehouse, "W", EARLIER, LATER, "PM42"))
    with pytest.raises(UsageError, match=r"Did you mean PM24 \(Assessments completed within 42 working days\)\?"):
        list(compare(warehouse, "W", EARLIER, LATER, "assessments completed in 42 days"))
