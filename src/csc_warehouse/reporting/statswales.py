"""Published figures as files for StatsWales: those of the profile `rounded`, and of no other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.reporting import arguments
from csc_warehouse.reporting.pages import render
from csc_warehouse.reporting.spreadsheets import harmless
from csc_warehouse.sql_files import statement
from csc_warehouse.statswales import Figure, Provenance, load_form, written_lookups, written_table
from csc_warehouse.version import Origin
from csc_warehouse.warehouse import Warehouse

PROFILE = "rounded"
"""StatsWales publishes numbers of children to the nearest 5, and nothing finer."""
KINDS = ("year", "quarter")
"""Of which periods the service has a code."""
_LABELS = text(
    "select distinct period_label, period_type from reporting.rpt_scorecard"
    " where authority_code = :authority and profile = :profile"
)
_PUBLISHED = text(
    "select q.release_id, q.as_at_date, cast(q.published_at at time zone 'Europe/London' as date) as published_on,"
    " r.code_version, r.code_address from release.pointer as p"
    " inner join quality.publications as q on q.release_id = p.release_id and q.authority_code = p.authority_code"
    " inner join release.releases as r on r.release_id = p.release_id"
    " where p.authority_code = :authority and q.published_at is not null"
)
_SIGNED_BEFORE = text(
    "select max(release_id) from quality.signatures where authority_code = :authority and release_id < :release"
)
_FIGURES = text(statement(__name__, "figures"))


@dataclass(frozen=True)
class Exported:
    """What was written, and of what."""

    paths: tuple[Path, ...]
    rows: int
    release_id: int
    revised_since: int | None


def export(
    warehouse: Warehouse, *, authority_code: str, period: str | None, out: Path, revised_since: int | None
) -> Exported:
    """Write the data table of an authority's published figures, its lookup tables, and what it is.

    period: a year or a quarter; None: all of them. revised_since: a release that was given out before, against which
    figures count as revised; None: the last one signed before this one, if any. Raises CscWarehouseError when nothing
    is published or no figures are made for the profile, UsageError for a period that StatsWales has no code for.
    """
    whom = arguments.name_of(warehouse.settings.config, authority_code)
    with warehouse.transaction() as connection:
        connection.execute(text("set transaction isolation level repeatable read"))
        published = _published(connection, authority_code, whom)
        label = _period(connection, authority_code, period, whom)
        if revised_since is None:
            signed = {"authority": authority_code, "release": published.release_id}
            revised_since = connection.execute(_SIGNED_BEFORE, signed).scalar()
        else:
            arguments.release(connection, revised_since, authority_code, whom=whom)
        found = connection.execute(
            _FIGURES,
            {"profile": PROFILE, "authority": authority_code, "period": label, "earlier": revised_since},
        ).all()
    figures = [_figure(row) for row in found]
    provenance = Provenance(
        PROFILE,
        published.release_id,
        published.as_at_date,
        published.published_on,
        f"{whom}, {Origin(published.code_version, published.code_address)}",
    )
    table = written_table(figures, provenance)
    form = load_form()
    measures = [*(form.measure_of(figure.value_type) for figure in figures), "numerator", "denominator"]
    lookups = written_lookups({row.indicator_code: (row.title, row.title_cy) for row in found}, measures)
    name = f"statswales-{PROFILE}-{authority_code}-release-{published.release_id}"
    name += f"-{label.replace('/', '-').replace(' ', '-')}" if label else ""
    contents = {
        f"{name}.csv": table,
        **{f"{name}-{lookup}.csv": content for lookup, content in lookups.items()},
        f"{name}-about.txt": _about(whom, provenance, revised_since),
    }
    paths = tuple(render.write(out / file_name, content) for file_name, content in contents.items())
    return Exported(paths, table.count("\n") - 1, published.release_id, revised_since)


def _published(connection: Connection, authority_code: str, whom: str) -> Any:
    if connection.execute(text("select to_regclass('reporting.rpt_scorecard')")).scalar() is None:
        raise CscWarehouseError("Nothing has been published yet: csc-warehouse status tells what has landed.")
    published = connection.execute(_PUBLISHED, {"authority": authority_code}).one_or_none()
    if published is None:
        raise CscWarehouseError(f"Nothing is published for {whom}: csc-warehouse status tells of whom figures are.")
    return published


def _period(connection: Connection, authority_code: str, period: str | None, whom: str) -> str | None:
    rows = connection.execute(_LABELS, {"authority": authority_code, "profile": PROFILE}).all()
    kinds = {row.period_label: row.period_type for row in rows}
    if not kinds:
        raise CscWarehouseError(
            f"This login sees no figures of the profile {PROFILE} of {whom}: they are made where disclosure.profiles of"
            " the configuration names it, and seen by who may read marts."
        )
    if period is None:
        return None
    label = arguments.period(period, sorted(kinds), of=whom)
    if kinds[label] not in KINDS:
        raise UsageError(f"StatsWales has no code for {label}: name a year (2018/19) or a quarter (2018/19 Q2).")
    return label


def _figure(row: Any) -> Figure:
    return Figure(
        authority_code=row.authority_code,
        indicator_code=row.indicator_code,
        value_type=row.value_type,
        period_type=row.period_type,
        period_label=row.period_label,
        breakdown=row.breakdown,
        # the name of a team is typed by somebody, and a spreadsheet may open the file
        breakdown_value=str(harmless(row.breakdown_value)),
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        status=row.status,
        is_break=row.is_break,
        is_revised=row.is_revised,
    )


def _about(whom: str, provenance: Provenance, revised_since: int | None) -> str:
    """Return what the table is, in both languages."""
    # plain text: no page on which a letter could be taken for markup
    template = render.environment().overlay(autoescape=False).get_template("statswales_about.txt")
    return template.render(whom=whom, provenance=provenance, revised_since=revised_since)
