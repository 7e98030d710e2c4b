"""What a night of random_nights may be: what lies in the exports, what people decide, what breaks it off.

The exports hold what has come; what is still to come, and what was held back, is kept beside them. Every kind leaves a
state that a real council's warehouse can be in.
"""

from __future__ import annotations

import dataclasses
import datetime
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from csc_warehouse import landing, nightly, publication, stewardship
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.privacy import published_erasure
from csc_warehouse.sample import HOME_AUTHORITY
from csc_warehouse.sample.written_deliveries import Delivery, Sheet, deliveries_of, shifted
from csc_warehouse.settings import Settings, child_environment
from csc_warehouse.warehouse import Warehouse, open_warehouse

SYSTEM = "wccis"
WHO = "random nights"
LONGEST_BUILD = 60.0
"""Seconds after which a build that is to be killed is killed at the latest."""
_CHILD_CODE = "from csc_warehouse import nightly; nightly.build()"


@dataclass
class Council:
    """A made-up council between two nights."""

    settings: Settings
    written: Path
    """All deliveries that will ever come, by source and day."""
    rng: random.Random
    day: datetime.date
    """The night's business date."""
    held_back: list[datetime.date] = field(default_factory=list)
    merged: list[tuple[str, list[str]]] = field(default_factory=list)
    """Rows of merges that were made up and still stand, with the header's names beside."""
    withdrawn: list[int] = field(default_factory=list)

    @property
    def warehouse(self) -> Warehouse:
        """Open the warehouse as it is configured now."""
        return open_warehouse(self.settings)

    def come(self, day: datetime.date) -> Delivery | None:
        """Let a day's delivery of the system in use come; None where the council wrote none that day."""
        here, there = self._place(self.written, day), self._place(self.settings.exports, day)
        if not here.is_dir():
            return None
        shutil.rmtree(there, ignore_errors=True)
        shutil.copytree(here, there)
        return self.of_day(day)

    def of_day(self, day: datetime.date) -> Delivery:
        """Return the delivery of a day that has come."""
        found = deliveries_of(self.settings.exports, SYSTEM, HOME_AUTHORITY)
        return next(delivery for delivery in found if delivery.day == day)

    def an_earlier_day(self) -> datetime.date:
        """Return the day of one of the last deliveries before this night's."""
        days = [d.day for d in deliveries_of(self.settings.exports, SYSTEM, HOME_AUTHORITY) if d.day < self.day]
        return self.rng.choice(days[-5:])

    def land(self) -> None:
        """Land what waits."""
        nightly.land(settings=self.settings, as_at=self.day)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with self.warehouse.raw_connection() as connection:
            return connection.execute(query.encode()).fetchall()

    @staticmethod
    def _place(root: Path, day: datetime.date) -> Path:
        return root / SYSTEM / HOME_AUTHORITY / day.isoformat()


Kind = Callable[[Council], None]


def ordinary(council: Council) -> None:
    """Let the day's delivery come."""
    council.come(council.day)


def missing(council: Council) -> None:
    """Hold the day's delivery back."""
    council.held_back.append(council.day)


def late(council: Council) -> None:
    """Let everything come that was held back, after the day's own."""
    council.come(council.day)
    council.land()
    for day in council.held_back:
        council.come(day)
    council.held_back.clear()


def sent_again(council: Council) -> None:
    """Send an earlier delivery again with other contents, beside the day's own."""
    council.come(council.day)
    again = council.of_day(council.an_earlier_day())
    for entity, column in (("contact", "decided"), ("assessment", "authorised_date"), ("plan", "end_date")):
        again.edit(entity, partial(_move, council.rng, column))


def unreadable(council: Council) -> None:
    """Put contacts into the day's delivery that cannot be read; a later one brings them sound."""
    if (delivery := council.come(council.day)) is None:
        return

    def spoil(sheet: Sheet) -> None:
        for row in sheet.whole_rows():
            if council.rng.random() < 0.1:
                row[sheet.place("received")] = "2018-02-31T10:00:00Z"

    delivery.edit("contact", spoil)


def broken(council: Council) -> None:
    """Cut the day's delivery off; it comes whole another night."""
    if (delivery := council.come(council.day)) is not None:
        delivery.zip_path.write_bytes(delivery.zip_path.read_bytes()[:-200])
        council.held_back.append(council.day)


def doubled(council: Council) -> None:
    """Let contacts of the day's delivery come a second time under new keys, which may hold the release."""
    if (delivery := council.come(council.day)) is None:
        return

    def double(sheet: Sheet) -> None:
        twins = [list(row) for row in sheet.whole_rows() if council.rng.random() < 0.5]
        for twin in twins:
            twin[sheet.place("contact_no")] = _guid(council.rng)
            twin[sheet.place("legacyid")] = ""
        sheet.rows += twins

    delivery.edit("contact", double)


def merged(council: Council) -> None:
    """Merge two people whom the case system holds; where some are merged already, one merge may be undone instead."""
    if (delivery := council.come(council.day)) is None:
        return
    if council.merged and council.rng.random() < 0.5:
        _, row = council.merged.pop()
        taken_back = [*row[:-1], "1"]
        delivery.edit("mergedrecord", lambda sheet: sheet.rows.append(_stamped(sheet, taken_back, council.day)))
        return
    people = council.ask(
        "select distinct record_id from staging.stg_wccis__people order by record_id"  # as the case system has them
    )
    master, subordinate = (str(person) for (person,) in council.rng.sample(people, 2))

    def add(sheet: Sheet) -> None:
        values = {
            "mergedrecordid": _guid(council.rng),
            "entity": "person",
            "masterid": master,
            "subordinateid": subordinate,
            "owningauthority": HOME_AUTHORITY,
            "inactive": "0",
        }
        row = [values.get(name.strip().lower(), "") for name in sheet.header]
        sheet.rows.append(_stamped(sheet, row, council.day))
        council.merged.append((master, row))

    delivery.edit("mergedrecord", add)


def deleted(council: Council) -> None:
    """Let records be deleted that the last full had: by a mark in the day's delivery."""
    if (delivery := council.come(council.day)) is None:
        return
    fulls = [
        each
        for each in deliveries_of(council.settings.exports, SYSTEM, HOME_AUTHORITY)
        if each.is_full and each.day < council.day
    ]
    with tempfile.TemporaryDirectory() as folder:
        # looked into by a copy: what is written anew is another file, and would be sent again
        last = dataclasses.replace(fulls[-1], folder=Path(folder, "full"))
        shutil.copytree(fulls[-1].folder, last.folder)
        for entity in ("contact", "assessment", "lac_episode"):
            gone: list[list[str]] = []
            last.edit(entity, partial(_choose, council.rng, gone))
            delivery.edit(entity, partial(_mark_deleted, council.day, gone))


def erased(council: Council) -> None:
    """Erase a child of the last candidate."""
    council.come(council.day)
    council.land()
    (child,) = council.rng.choice(council.ask("select child_key from marts_candidate.dim_children order by child_key"))
    landing.erase(council.warehouse, str(child), by=WHO, reason="asked for", elsewhere=published_erasure.remove_child)


def withdrawn(council: Council) -> None:
    """Take the newest delivery back; where one was taken back, let it count again."""
    council.come(council.day)
    council.land()
    if council.withdrawn:
        landing.undo_withdrawal(council.warehouse, delivery_id=council.withdrawn.pop(), by=WHO, reason="it was right")
        return
    rows = council.ask(
        "select delivery_id from landing.deliveries where source = 'wccis' and status = 'accepted'"
        " order by business_date desc, delivery_id desc limit 1"
    )
    for (delivery_id,) in rows:
        landing.withdraw(council.warehouse, delivery_id=int(str(delivery_id)), by=WHO, reason="it was wrong")
        council.withdrawn.append(int(str(delivery_id)))


def earlier_day(council: Council) -> None:
    """Build a release of an earlier day in between."""
    council.come(council.day)
    council.land()
    nightly.store_as_at(council.day - datetime.timedelta(days=council.rng.randint(2, 20)), settings=council.settings)


def rolled_back(council: Council) -> None:
    """Let readers go back to the release before."""
    council.come(council.day)
    try:
        publication.rollback(council.warehouse, by=WHO)
    except CscWarehouseError:
        # there is no earlier one yet: an ordinary night
        return


def killed(council: Council) -> None:
    """Kill a build at a random moment."""
    council.come(council.day)
    council.land()
    environment = child_environment(
        CSC_WAREHOUSE_HOME=str(council.settings.home), CSC_WAREHOUSE_EXPORTS=str(council.settings.exports)
    )
    process = subprocess.Popen([sys.executable, "-c", _CHILD_CODE], env=environment, start_new_session=True)  # noqa: S603
    try:
        process.wait(council.rng.uniform(5.0, LONGEST_BUILD))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def respelled(council: Council) -> None:
    """Configure another spelling of a team."""
    council.come(council.day)
    teams = [str(team) for (team,) in council.ask("select team_key from marts_candidate.dim_teams order by team_key")]
    spellings = {**council.settings.config.spellings, "team": {council.rng.choice(teams): council.rng.choice(teams)}}
    config = council.settings.config.model_copy(update={"spellings": spellings})
    council.settings = council.settings.model_copy(update={"config": config})


def rekeyed(council: Council) -> None:
    """Put a new key of the pseudonyms in force."""
    council.come(council.day)
    stewardship.rotate_key(settings=council.settings)


KINDS: dict[Kind, int] = {
    ordinary: 5,
    missing: 2,
    late: 3,
    sent_again: 3,
    unreadable: 2,
    broken: 2,
    doubled: 2,
    merged: 4,
    deleted: 3,
    erased: 2,
    withdrawn: 2,
    earlier_day: 2,
    rolled_back: 2,
    killed: 2,
    respelled: 1,
    rekeyed: 1,
}
"""How often each kind is drawn beside the others."""


def _move(rng: random.Random, column: str, sheet: Sheet) -> None:
    for row in sheet.whole_rows():
        if rng.random() < 0.2:
            row[sheet.place(column)] = shifted(row[sheet.place(column)], datetime.timedelta(days=1))


def _choose(rng: random.Random, chosen: list[list[str]], sheet: Sheet) -> None:
    rows = list(sheet.whole_rows())
    chosen += [list(row) for row in rng.sample(rows, min(2, len(rows)))]


def _mark_deleted(day: datetime.date, gone: list[list[str]], sheet: Sheet) -> None:
    for row in gone:
        row[sheet.place("inactive")] = "1"
        sheet.rows.append(_stamped(sheet, row, day))


def _stamped(sheet: Sheet, row: list[str], day: datetime.date) -> list[str]:
    """Return a row as one that was changed on a day."""
    changed = list(row)
    changed[sheet.place("modifiedon")] = f"{day}T18:00:00Z"
    for place, name in enumerate(sheet.header):
        if name.strip().lower() in {"createdon", "mergedon"} and not changed[place]:
            changed[place] = f"{day}T18:00:00Z"
    return changed


def _guid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
