"""A delivery too large for memory lands as one that is not: on disk, in bounded memory, with the same outcome."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse.landing.history import standing_rows, versions
from csc_warehouse.landing.merging import delivery_reader
from csc_warehouse.landing.reading import rows_on_disk
from csc_warehouse.settings import PROJECT_DIRECTORY
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import Place, day


def nights(place: Place) -> None:
    """Write fulls with new, changed, vanished, doubled, unreadable and protected rows, and a delta."""
    chance = random.Random(3)  # noqa: S311  (test data)
    for number in (10, 11, 12):
        moves = [
            {"MOVE_NO": str(n), "CLIENT_NO": str(n % 70), "MOVE_DATE": "01/05/2018", "REASON": chance.choice("ABC")}
            for n in chance.sample(range(400), 360)
        ]
        moves += [moves[5] | {"REASON": "twice"}, moves[9] | {"MOVE_NO": f"00{moves[9]['MOVE_NO']}"}]
        moves[30]["MOVE_DATE"] = "soon"
        contacts = [{"CONTACT_NO": str(n), "CLIENT_NO": str(n), "RECEIVED": "01/05/2018 09:15"} for n in range(90)]
        assessments = [{"ASSESSMENT_NO": str(n), "VERSION_NO": "1", "CONTACT_NO": str(n)} for n in range(120)]
        clients = [{"CLIENT_NO": str(n), "SURNAME": "line\r\nbreak"} for n in range(60 + number)]
        entities: dict[str, Any] = {"SCHOOL_MOVE": moves, "CONTACT": contacts, "CLIENT": clients}
        write_raise(place.exports, day(number), entities | {"ASSESSMENT": assessments})
    people = [{"personid": f"A-{n}", "lastname": "x"} for n in range(200)]
    write_wccis(place.exports, day(1, 6), {"person": people})
    later = [row | {"lastname": "y"} for row in people[:9]]
    contacts = [{"contactid": f"c-{n}", "personid": f"a-{n}"} for n in range(190, 230)]
    write_wccis(place.exports, day(2, 6), {"person": later, "contact": contacts}, extract_type="delta")


def everything(place: Place) -> list[Any]:
    account = "rows_in_file, e.rows_accepted, rows_new, rows_changed, rows_unchanged, e.rows_quarantined, rows_vanished"
    return [
        place.history_digest(),
        place.query(
            f"select source, business_date, entity, {account} from landing.delivery_entities as e"
            " join landing.deliveries using (delivery_id) order by 1, 2, 3"
        ),
        place.query(
            "select business_date, entity, record_number, reason_code, raw_record from landing.quarantine"
            " order by 1, 2, 3"
        ),
        place.query(
            "select source, business_date, entity, column_name, measure, value from landing.delivery_measures"
            " join landing.deliveries using (delivery_id) order by 1, 2, 3, 4, 5"
        ),
    ]


def test_a_large_delivery_ends_as_a_small_one(
    module_warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Place(module_warehouse, tmp_path / "small")
    nights(small)
    assert small.land().refused == []
    expected = everything(small)
    monkeypatch.setattr(delivery_reader, "LARGE_DELIVERY_BYTES", 1)
    monkeypatch.setattr(delivery_reader, "SMALL_FILE_BYTES", 1)
    # all that is done a part at a time takes several parts
    for owner, name, value in (
        (standing_rows, "STRETCH_PAGES", 3),
        (rows_on_disk, "PART_ROWS", 300),
        (rows_on_disk, "SOME_KEYS", 7),
        (versions, "FEW_KEYS", 2),
    ):
        monkeypatch.setattr(owner, name, value)
    large = Place(module_warehouse, tmp_path / "large")
    nights(large)
    assert large.land().refused == []
    assert everything(large) == expected
    assert large.accounts_balance()
    assert list((large.warehouse.settings.spool / "large").iterdir()) == [], "nothing is left on disk"


MEASURE = """
import sys
from pathlib import Path
from csc_warehouse.landing.merging import delivery_reader
from csc_warehouse import landing
from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse import open_warehouse
delivery_reader.LARGE_DELIVERY_BYTES = int(sys.argv[3])
settings = load_settings(home=Path(sys.argv[1]), exports=Path(sys.argv[2]))
warehouse = open_warehouse(settings)
found = landing.look(settings, stable_seconds=0, warehouse=warehouse).deliveries
summary = landing.land(warehouse, found)
assert summary.refused == [], summary.refused
# getrusage would tell the peak of the process that started this one, where that is higher
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(summary.rows_accepted, summary.rows_changed, int(peak.split()[1]) // 1024)
"""


def write_night(exports: Path, number: int, rows: int) -> None:
    """Write a full of many contacts, of which a two-hundredth is another one each night."""
    folder = write_raise(exports, day(number), {})
    path = next(folder.glob("RAISE_CONTACT*"))
    line = ",7,01/05/2018 09:15,POL,{},01/05/2018 10:00,IAA,AIT,{},,,ACTIVE,01/05/2018 10:00\r\n"
    stands, changed = line.format("r" * 60, "W1"), line.format("r" * 60, f"W{number}")
    with path.open("a", encoding="cp1252", newline="") as file:
        file.writelines(f"{place}{changed if place % 200 == number else stands}" for place in range(rows))
    control = next(folder.glob("*CONTROL*"))
    control.write_text(control.read_text().replace(f"{path.name},0", f"{path.name},{rows}"))


def test_memory_does_not_grow_with_the_file(module_warehouse: Warehouse, tmp_path: Path) -> None:
    """Five times the rows take little more memory, in a first full and in the next one."""
    Place(module_warehouse, tmp_path / "empty")
    taken = []
    for name, rows in (("small", 60_000), ("large", 300_000)):
        for number in (10, 11):
            write_night(tmp_path / name, number, rows)
        with module_warehouse.raw_connection() as connection:
            connection.execute("truncate landing.raise_contact")
            connection.execute("truncate landing.deliveries cascade")
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", MEASURE, str(module_warehouse.settings.home), str(tmp_path / name), "1"],
            cwd=PROJECT_DIRECTORY,
            capture_output=True,
            text=True,
            check=True,
        )
        accepted, changed, megabytes = map(int, done.stdout.split())
        assert (accepted, changed) == (2 * rows, 2 * rows // 200)
        taken.append(megabytes)
    assert taken[1] < taken[0] + 90, taken
    assert taken[1] < 400, taken
