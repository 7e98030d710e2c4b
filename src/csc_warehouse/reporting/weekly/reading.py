"""Read a pack from one release, as it was stored: counts for everybody who manages, rows for the restricted area."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.reporting.weekly.pack import (
    SHIPPED,
    Counts,
    Indicator,
    Load,
    Pack,
    Share,
    Team,
    Windows,
    Work,
)
from csc_warehouse.sql_files import statement
from csc_warehouse.version import Origin

_RELEASE = text(statement(__name__, "release"))
_TEAMS = text(statement(__name__, "teams"))
_CLOCKS = text(statement(__name__, "clocks"))
_SHARES = text(statement(__name__, "shares"))
_REASONS = text(statement(__name__, "reasons"))
_CASELOAD = text(statement(__name__, "caseload"))
_WORK = text(statement(__name__, "work"))
_IS_STORED = text(
    "select to_regclass('release.marts__indicator_open_work') is not null"
    " and to_regclass('release.restricted__workers') is not null"
)
_COLUMNS_OF_COUNTS = (
    "open_now",
    "late",
    "due_soon",
    "due_next",
    "open_before",
    "came",
    "done",
    "became_late",
    "longest_working_days",
)


def has_pack(connection: Connection, release_id: int, authority_code: str) -> bool:
    """Tell whether a release says of an authority's work what a pack needs: those of earlier versions do not."""
    if not connection.execute(_IS_STORED).scalar():
        return False
    found = connection.execute(_RELEASE, {"release": release_id, "authority": authority_code}).one_or_none()
    return found is not None and bool(found.has_work)


def read(
    connection: Connection, release_id: int, authority_code: str, *, windows: Windows = SHIPPED, name_cy: str = ""
) -> Pack:
    """Return the counts of a release; name_cy: what the authority is called in Welsh.

    Raises CscWarehouseError where it does not say of the authority's work.
    """
    key: dict[str, Any] = {"release": release_id, "authority": authority_code}
    if not has_pack(connection, release_id, authority_code):
        raise CscWarehouseError(
            f"Release {release_id} does not say which work of {authority_code} was open: there was none, or it was made"
            " before the weekly pack, or has expired. csc-warehouse weekly --as-at DAY builds one of that day."
        )
    release = connection.execute(_RELEASE, key).one()
    within = key | {"soon_days": windows.soon, "next_days": windows.next}
    shares = connection.execute(_SHARES, key).all()
    return Pack(
        authority_code=authority_code,
        authority_name=release.authority_name,
        authority_name_cy=name_cy,
        windows=windows,
        release_id=release_id,
        as_at=release.as_at_date,
        quarter=next((row.period_label for row in shares), ""),
        is_published=bool(release.is_published),
        verdict=release.verdict or "",
        live_source=release.live_source,
        origin=Origin(release.code_version, release.code_address),
        teams=[_team(row) for row in connection.execute(_TEAMS, key)],
        counts={
            (row.team_key, row.clock_code): Counts(**{name: getattr(row, name) for name in _COLUMNS_OF_COUNTS})
            for row in connection.execute(_CLOCKS, within)
        },
        shares={(row.team_key, row.indicator_code): Share(row.numerator, row.denominator) for row in shares},
        indicators={
            row.indicator_code: Indicator(row.indicator_code, row.title, row.is_of_the_day, row.title_cy or "")
            for row in shares
        },
        reasons={(row.team_key, row.delay_reason or ""): row.late for row in connection.execute(_REASONS, key)},
        loads=[
            Load(
                team=row.team_key,
                worker=row.worker_id or "",
                plans=row.plans,
                assessments=row.assessments,
                late_assessments=row.late_assessments,
                children=row.children,
            )
            for row in connection.execute(_CASELOAD, key)
        ],
    )


def read_work(connection: Connection, pack: Pack) -> list[Work]:
    """Return the rows behind a pack's counts, with the sources' own ids; of a restricted child without them."""
    key = {"release": pack.release_id, "authority": pack.authority_code, "live_source": pack.live_source}
    return [
        Work(
            team=row.team_key,
            clock=row.clock_code,
            system=row.source_title or "",
            record_id=row.record_id or "",
            child_id=row.child_id or "",
            child_source=row.child_source or "",
            is_restricted=row.is_restricted,
            worker=row.worker_id or "",
            started=row.started_date,
            started_at=row.started_at,
            due=row.due_date,
            due_at=row.due_at,
            done=row.done_date,
            working_days_used=row.working_days_used,
            working_days_left=row.working_days_left,
            delay_reason=row.delay_reason or "",
            is_open=row.is_open,
            is_late=row.is_late,
            was_open_before=row.was_open_week_before,
            was_late_before=row.was_late_week_before,
        )
        for row in connection.execute(_WORK, key)
    ]


def _team(row: Any) -> Team:
    is_of_no_service = row.level_of_management == "unknown"
    return Team(
        key=row.team_key,
        name="" if row.is_unknown else row.team_name,
        service="" if is_of_no_service else row.service_name,
        level=row.level_of_management,
        is_listed=not is_of_no_service,
        name_cy="" if row.is_unknown or row.team_name_cy == row.team_name else row.team_name_cy,
        service_cy="" if is_of_no_service or row.service_name_cy == row.service_name else row.service_name_cy,
    )
