"""The synthetic council's deliveries have the sources' form, repeat byte for byte and hold real life's mess."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.sample import SampleSummary, write_sample
from csc_warehouse.sample.calendar import add_working_days, to_utc, working_days_between
from tests.unit.sample.counting import rows_of

HOME = "W06000006"
LAST_SUNDAY = "2018-12-30"


def members_of(exports: Path, day: str) -> tuple[dict[str, bytes], dict[str, object]]:
    with zipfile.ZipFile(next((exports / "wccis" / HOME / day).glob("*.zip"))) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    return contents, json.loads(contents.pop("manifest.json"))


def digest(folder: Path) -> str:
    """Return one hash over every file's name and bytes."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(f"{path.relative_to(folder)}\n".encode())
            total.update(path.read_bytes())
    return total.hexdigest()


def test_deliveries_when_written_have_the_agreed_business_dates(written: tuple[Path, SampleSummary]) -> None:
    exports, summary = written
    raise_days = sorted(path.name for path in (exports / "raise").iterdir())
    wccis_days = sorted(path.name for path in (exports / "wccis" / HOME).iterdir())
    # 25 month ends from April 2016 to April 2018, then the fortnight before 21 May 2018
    assert (raise_days[0], raise_days[24], raise_days[25], raise_days[-1], len(raise_days)) == (
        "2016-04-30",
        "2018-04-30",
        "2018-05-07",
        "2018-05-20",
        39,
    )
    # the cut-over, 27 Sundays to 25 November, then the 30 nights from 2 December
    assert (wccis_days[0], wccis_days[28], wccis_days[-1], len(wccis_days)) == (
        "2018-05-21",
        "2018-12-02",
        "2018-12-31",
        58,
    )
    assert summary.deliveries == {"raise": 39, "wccis": 58, "corporate": 55}


def test_raise_files_when_written_agree_with_their_control_and_form(exports: Path) -> None:
    folder = exports / "raise" / "2018-05-20"
    control = list(csv.reader(io.StringIO((folder / "RAISE_CONTROL_20180520.csv").read_text("cp1252"), newline="")))
    assert control[0] == ["FILE_NAME", "ROW_COUNT"]
    assert len(control) == 16
    for name, count in control[1:]:
        content = (folder / name).read_bytes()
        assert content.endswith(b"\r\n")
        rows = list(csv.reader(io.StringIO(content.decode("latin-1"), newline="")))
        assert len(rows) - 1 == int(count)
        assert rows[0] == [column.upper() for column in rows[0]]
    # Windows-1252, not UTF-8: the circumflex of Sian is one byte
    assert b"Si\xe2n" in (folder / "RAISE_CLIENT_20180520.csv").read_bytes()


def test_wccis_exports_when_written_agree_with_their_manifest(exports: Path) -> None:
    kinds = {}
    for day in ("2018-05-21", LAST_SUNDAY, "2018-12-31"):
        contents, manifest = members_of(exports, day)
        kinds[day] = manifest["extract_type"]
        assert (manifest["authority"], manifest["business_date"]) == (HOME, day)
        files = manifest["files"]
        assert isinstance(files, list)
        assert {file["name"] for file in files} == set(contents)
        for file in files:
            content = contents[file["name"]]
            assert content.startswith(b"\xef\xbb\xbf")
            assert file["sha256"] == hashlib.sha256(content).hexdigest()
            assert file["rows"] == len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))) - 1
    assert kinds == {"2018-05-21": "full", LAST_SUNDAY: "full", "2018-12-31": "delta"}


def test_a_delta_when_added_to_the_state_before_gives_the_next_full(exports: Path) -> None:
    def contacts(day: str) -> dict[str, dict[str, str]]:
        rows = rows_of(members_of(exports, day)[0]["contact.csv"].decode("utf-8-sig"))
        return {row["contactid"].lower(): row for row in rows if row["createdon"] and row["contactid"]}

    # full of Sunday 16 December, six deltas, full of Sunday 23 December
    state = contacts("2018-12-16")
    for day in range(17, 23):
        state |= contacts(f"2018-12-{day}")
    full = contacts("2018-12-23")
    changed_that_sunday = {
        number for number, row in full.items() if row["modifiedon"] >= "2018-12-23" or number not in state
    }
    assert len(full) > 10_000
    assert {number: row for number, row in state.items() if number not in changed_that_sunday and number in full} == {
        number: row for number, row in full.items() if number not in changed_that_sunday
    }


def test_migrated_contacts_when_delivered_read_as_local_midnight(exports: Path) -> None:
    rows = rows_of(members_of(exports, "2018-05-21")[0]["contact.csv"].decode("utf-8-sig"))
    migrated = [row for row in rows if row["legacyid"] and row["createdon"]]
    assert len(migrated) > 1000
    clocks = {row["contactreceiveddatetime"][10:] for row in migrated}
    # midnight in London is 00:00Z in winter and 23:00Z in summer
    assert clocks == {"T00:00:00Z", "T23:00:00Z"}


def test_the_mess_when_looked_for_is_there(exports: Path) -> None:
    text = (exports / "raise" / "2018-05-20" / "RAISE_CONTACT_20180520.csv").read_bytes().decode("latin-1")
    contacts = rows_of(text)
    sources = {row["source"].strip().upper() for row in contacts}
    assert {"POL", "EDU", ""} < sources
    assert sources & {"VOL", "XX", "FIRE"}
    assert any(row["status"].strip().upper() == "VOID" for row in contacts)
    assert any(row["placing_la"] for row in contacts)
    assert any(not row["contact_no"].startswith("0") for row in contacts)
    assert any("\n" in row["reason"] for row in contacts)
    people = rows_of(members_of(exports, LAST_SUNDAY)[0]["person.csv"].decode("utf-8-sig"))
    merges = rows_of(members_of(exports, LAST_SUNDAY)[0]["mergedrecord.csv"].decode("utf-8-sig"))
    assert any(row["expecteddateofbirth"] and not row["dateofbirth"] for row in people)
    masters = {row["masterid"].lower() for row in merges}
    assert any(row["subordinateid"].lower() in masters for row in merges)


def test_a_clean_sample_when_written_holds_no_mess(tmp_path: Path) -> None:
    write_sample(tmp_path, clean=True, end=dt.date(2016, 6, 30))
    for path in (tmp_path / "raise" / "2016-06-30").glob("RAISE_[!C]*.csv"):
        rows = list(csv.reader(io.StringIO(path.read_text("cp1252"), newline="")))
        assert all(len(row) == len(rows[0]) for row in rows)
        assert all(cell == cell.strip() and cell != "01/01/1900" for row in rows for cell in row)
    contacts = rows_of((tmp_path / "raise" / "2016-06-30" / "RAISE_CONTACT_20160630.csv").read_text("cp1252"))
    assert {row["status"] for row in contacts} == {"ACTIVE"}
    assert len(contacts) > 2500


def test_a_seed_when_used_again_writes_the_same_bytes(tmp_path: Path) -> None:
    digests = {}
    for name, seed, hashing in (("one", 3, "1"), ("two", 3, "2"), ("other", 4, "1")):
        code = (
            "import datetime, pathlib\nfrom csc_warehouse.sample import write_sample\n"
            f"write_sample(pathlib.Path({str(tmp_path / name)!r}), seed={seed}, end=datetime.date(2016, 7, 31))"
        )
        # processes of their own, so that neither memory addresses nor the hashing of texts can order anything
        environment = os.environ | {"PYTHONHASHSEED": hashing}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)  # noqa: S603 - our own interpreter
        digests[name] = digest(tmp_path / name)
    assert digests["one"] == digests["two"]
    assert digests["one"] != digests["other"]


def test_further_authorities_when_asked_for_have_wccis_alone(tmp_path: Path) -> None:
    summary = write_sample(tmp_path, authorities=2, end=dt.date(2016, 5, 31))
    assert sorted(path.name for path in (tmp_path / "wccis").iterdir()) == ["W06000001"]
    days = sorted(path.name for path in (tmp_path / "wccis" / "W06000001").iterdir())
    # a full and the fourteen nights after it
    assert (days[0], days[-1], len(days)) == ("2016-05-17", "2016-05-31", 15)
    assert summary.deliveries["raise"] == 2


def test_a_folder_when_it_holds_other_exports_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "raise").mkdir()
    with pytest.raises(UsageError, match="holds exports that are no sample"):
        write_sample(tmp_path)
    assert list((tmp_path / "raise").iterdir()) == []


@pytest.mark.parametrize(
    ("referral", "days", "due"),
    [
        # the anchors of the indicators' rules
        (dt.date(2017, 4, 3), 42, dt.date(2017, 6, 6)),
        (dt.date(2017, 4, 1), 42, dt.date(2017, 6, 5)),
        (dt.date(2017, 4, 13), 42, dt.date(2017, 6, 16)),
        (dt.date(2017, 12, 22), 42, dt.date(2018, 2, 23)),
        (dt.date(2018, 3, 29), 42, dt.date(2018, 6, 1)),
        (dt.date(2018, 8, 24), 15, dt.date(2018, 9, 17)),
    ],
)
def test_working_days_when_counted_meet_the_anchors(referral: dt.date, days: int, due: dt.date) -> None:
    assert working_days_between(referral, due) == days
    assert add_working_days(referral, days) == due


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2018-07-01T00:10", "2018-06-30T23:10"),
        ("2018-01-01T00:10", "2018-01-01T00:10"),
        # the hour that does not exist takes the offset before it, the hour that comes twice is GMT
        ("2018-03-25T01:30", "2018-03-25T01:30"),
        ("2018-03-25T02:00", "2018-03-25T01:00"),
        ("2018-10-28T01:30", "2018-10-28T01:30"),
        ("2018-10-28T00:59", "2018-10-27T23:59"),
    ],
)
def test_local_times_when_converted_follow_the_clocks(local: str, utc: str) -> None:
    assert to_utc(dt.datetime.fromisoformat(local)) == dt.datetime.fromisoformat(utc)
