"""Corporate returns: posts, money, adoption and Families First (deliveries.md section 5)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from csc_warehouse.sample.calendar import month_ends
from csc_warehouse.sample.calibration import Calibration
from csc_warehouse.sample.model import DAY, World
from csc_warehouse.sample.wccis_writer import pack

Cell = str | int | float | dt.datetime | None
_FTE = (1, 1, 1, 0.8, 0.6, 0.5)
_POSTS = ("post_no", "team", "role", "fte", "status", "cover", "as_at")
_MONEY = ("heading", "budget_gbp", "projected_gbp", "planned_saving_gbp", "as_at")
_ADOPTERS = ("family_no", "authority", "applicant_type", "second_time", "stage", "on_hold", "as_at")
_WAITING = ("child_ref", "authority", "age_years", "waiting_since", "status", "as_at")
_FAMILIES_FIRST = ("area", "organisation", "service", "commissioned", "start_date", "end_date", "as_at")


def quarter_ends(start: dt.date, end: dt.date) -> list[dt.date]:
    """Return the last days of the quarters that end from start to end."""
    return [day for day in month_ends(start, end) if day.month % 3 == 0]


def write_corporate(world: World, out: Path, end: dt.date) -> tuple[int, int]:
    """Write the quarterly returns up to a day; return files and rows written."""
    files = rows = 0
    for day in quarter_ends(world.start, end):
        rng = random.Random(f"corporate {world.seed} {day}")  # noqa: S311 - a synthetic council, no secret
        folder = out / "corporate" / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        stamp = f"{day:%Y%m%d}"
        sheets = {
            "hr_establishment": (_POSTS, _establishment(world, day, rng), "Establishment and vacancies"),
            "finance_monitor": (_MONEY, _monitor(world, day, rng), "Budget monitoring, children's social care"),
        }
        for name, (columns, table, title) in sheets.items():
            write_workbook(folder / f"{name}_{stamp}.xlsx", columns, table, None if world.is_clean else title, day)
            rows += len(table)
        texts = {
            "nwas_adopters": (_ADOPTERS, _adopters(world, day, rng)),
            "nwas_children_waiting": (_WAITING, _children_waiting(world, day, rng)),
            "families_first": (_FAMILIES_FIRST, _families_first(world.calibration, day)),
        }
        for name, (columns, table) in texts.items():
            write_csv(folder / f"{name}_{stamp}.csv", columns, table)
            rows += len(table)
        files += len(sheets) + len(texts)
    return files, rows


def _establishment(world: World, day: dt.date, rng: random.Random) -> list[list[Cell]]:
    workforce = world.calibration.workforce
    vacant = {(team, role): count for team, role, count in workforce.vacancies}
    is_published = day == workforce.published_on
    table: list[list[Cell]] = []
    for team, role, posts in workforce.posts:
        usual = vacant.get((team, role), 0)
        count = usual if is_published else min(posts, max(0, usual + rng.choice((-1, 0, 0, 1))))
        for post in range(posts):
            is_vacant = post < count
            covered = is_published or rng.random() < 0.85
            cover = ("AGENCY" if post % 2 else "SUBSTANTIVE") if is_vacant and covered else "NONE"
            as_at: Cell = dt.datetime.combine(day, dt.time()) if rng.random() < 0.5 else day.isoformat()
            status = "VACANT" if is_vacant else "FILLED"
            table.append([f"P{len(table) + 1:04d}", team, role, rng.choice(_FTE), status, cover, as_at])
    return table


def _monitor(world: World, day: dt.date, rng: random.Random) -> list[list[Cell]]:
    finance = world.calibration.finance
    table: list[list[Cell]] = []
    for heading, (budget, projected, saving) in finance.lines.items():
        shown: int = projected
        if day != finance.published_on:
            shown = budget + round((projected - budget) * rng.uniform(0.3, 1.15) / 1000) * 1000
        table.append([heading, budget, shown, saving, day.isoformat()])
    return table


def _yes(flag: bool) -> str:
    return "Y" if flag else "N"


def _adopters(world: World, day: dt.date, rng: random.Random) -> list[list[Cell]]:
    adoption = world.calibration.adoption
    others = [code for code in world.calibration.north_wales if code != world.authority]
    table: list[list[Cell]] = []
    for is_own, kind, second, on_hold, count in adoption.families_in_assessment:
        families = count if day == adoption.published_on else max(0, count + rng.choice((-1, 0, 0, 1)))
        for _ in range(families):
            authority = world.authority if is_own else rng.choice(others)
            table.append([authority, kind, _yes(second), "ASSESSMENT", _yes(on_hold), day.isoformat()])
    for _ in range(rng.randint(4, 8)):
        authority = rng.choice(world.calibration.north_wales)
        table.append(
            [authority, "GENERAL", _yes(rng.random() < 0.2), rng.choice(("ENQUIRY", "APPROVED")), "N", day.isoformat()]
        )
    rng.shuffle(table)
    return [[f"F{number:03d}", *row] for number, row in enumerate(table, 1)]


def _children_waiting(world: World, day: dt.date, rng: random.Random) -> list[list[Cell]]:
    adoption = world.calibration.adoption
    waiting, link = adoption.children_aged_six_and_over.get(day, (rng.randint(0, 2), rng.randint(0, 1)))
    others = [code for code in world.calibration.north_wales if code != world.authority]
    children = [(world.authority, rng.randint(6, 9), "WAITING") for _ in range(waiting)]
    children += [(world.authority, rng.randint(6, 9), "LINK_UNDER_CONSIDERATION") for _ in range(link)]
    children += [
        (world.authority, rng.randint(0, 5), rng.choice(("WAITING", "WAITING", "MATCHED")))
        for _ in range(rng.randint(4, 9))
    ]
    children += [
        (rng.choice(others), rng.randint(0, 9), rng.choice(("WAITING", "MATCHED", "LINK_UNDER_CONSIDERATION")))
        for _ in range(rng.randint(8, 16))
    ]
    rng.shuffle(children)
    return [
        [f"K{number:03d}", authority, age, (day - DAY * rng.randint(20, 500)).isoformat(), status, day.isoformat()]
        for number, (authority, age, status) in enumerate(children, 1)
    ]


def _families_first(calibration: Calibration, day: dt.date) -> list[list[Cell]]:
    """Return the programme: the old services until September 2017, the newly appointed organisations from then on."""
    programme = calibration.families_first
    table: list[list[Cell]] = []
    is_new = day >= programme.published_on

    def add(area: str, organisation: str, service: str, terms: tuple[str, dt.date, dt.date | None]) -> None:
        commissioned, start, end = terms
        table.append(
            [
                area,
                organisation,
                service,
                commissioned,
                start.isoformat(),
                end.isoformat() if end else None,
                day.isoformat(),
            ]
        )

    old_end = dt.date(2017, 9, 30)
    for area, organisations in (("DISABILITY", programme.disability), ("PARENTING", programme.parenting)):
        project = f"{area.capitalize()} project"
        for index, organisation in enumerate(organisations):
            begins = dt.date(2017, 10, 1) + DAY * (30 * (index % 6))
            if is_new:
                add(area, organisation, f"{area.capitalize()} framework {index + 1}", ("EXTERNAL", begins, None))
            elif index % 2 == 0:
                add(area, organisation, project, ("EXTERNAL", dt.date(2014, 4, 1), old_end))
        if is_new:
            # One service of the old programme ended before the return: it counts no longer.
            add(area, "Former provider", project, ("EXTERNAL", dt.date(2014, 4, 1), old_end))
    for organisation in programme.youth_support:
        add("YOUTH_SUPPORT", organisation, "Youth support", ("INTERNAL", dt.date(2014, 4, 1), None))
    for organisation in programme.team_around_the_family:
        add("TAC", organisation, "Team around the family", ("INTERNAL", dt.date(2013, 4, 1), None))
    return table


def write_csv(path: Path, columns: Sequence[str], table: list[list[Cell]]) -> None:
    """Write a return as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(table)
    path.write_bytes(text.getvalue().encode("utf-8"))


def write_workbook(
    path: Path, columns: Sequence[str], table: list[list[Cell]], title: str | None, day: dt.date
) -> None:
    """Write a workbook: title rows above, notes below, and bytes that depend on the content alone."""
    from openpyxl import Workbook

    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    if title is not None:
        sheet.append([f"{title} at {day:%d/%m/%Y}"])
        sheet.append([])
    sheet.append(list(columns))
    for row in table:
        sheet.append(row)
    if title is not None:
        sheet.append([])
        sheet.append(["Prepared from the monthly return; figures are unaudited."])
    buffer = io.BytesIO()
    workbook.save(buffer)
    made = dt.datetime.combine(day, dt.time(17, 30))
    with zipfile.ZipFile(buffer) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    core = contents["docProps/core.xml"].decode()
    contents["docProps/core.xml"] = re.sub(r">\d{4}-\d\d-\d\dT[^<]*<", f">{made.isoformat()}Z<", core).encode()
    pack(path, contents, made)
