"""Deliveries that cannot be trusted: refused whole with one sentence, and nothing of them reaches the warehouse."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse.settings import Config, LandingConfig
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import Place, day

GOOD, BAD = day(19), day(20)
NEXT = day(21)
MOVES = [{"MOVE_NO": f"{n:07}", "CLIENT_NO": "7", "MOVE_DATE": "01/05/2018", "REASON": "HOME"} for n in range(1, 151)]
CLIENTS = [{"CLIENT_NO": "0000007", "SURNAME": "Secretname", "DOB": "01/02/2010"}]
PERSON = {"personid": "AAAA-1", "lastname": "Secretname", "dateofbirth": "2010-02-01"}
PEOPLE = [PERSON | {"personid": f"AAAA-{n}"} for n in range(150)]
LIMITS = Config(landing=LandingConfig(maximum_member_bytes=4_000_000, maximum_compression_ratio=100))


def raise_entities(**changes: Any) -> dict[str, Any]:
    return {"CLIENT": CLIENTS, "SCHOOL_MOVE": MOVES} | changes


def move_file(folder: Path) -> Path:
    return next(folder.glob("RAISE_SCHOOL_MOVE_*"))


def control_file(folder: Path) -> Path:
    return next(folder.glob("RAISE_CONTROL_*"))


def edit(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def recount(folder: Path, name: str, rows: int | str) -> None:
    lines = [line.split(",") for line in control_file(folder).read_text().splitlines()]
    control_file(folder).write_text("\r\n".join(f"{n},{rows if name in n else c}" for n, c in lines) + "\r\n")


def header_only(content: bytes) -> bytes:
    return content.split(b"\r\n")[0] + b"\r\n"


def lose(share: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        kept = int(150 * (1 - share))
        edit(move_file(folder), lambda content: b"\r\n".join(content.split(b"\r\n")[: kept + 1]) + b"\r\n")
        recount(folder, "SCHOOL_MOVE", kept)

    return damage


def spoil(rows: int) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        edit(move_file(folder), lambda content: content.replace(b"01/05/2018", b"31/02/2018", rows))

    return damage


def add_control_line(line: str) -> Callable[[Path], None]:
    return lambda folder: edit(control_file(folder), lambda content: content + line.encode() + b"\r\n")


def drop_column(content: bytes) -> bytes:
    rows = list(csv.reader(io.StringIO(content.decode())))
    place = rows[0].index("MOVE_DATE")
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([row[:place] + row[place + 1 :] for row in rows])
    return out.getvalue().encode()


def link_outside(folder: Path) -> None:
    outside = folder.parent.parent / "outside.csv"
    shutil.copy(move_file(folder), outside)
    path = move_file(folder)
    path.unlink()
    path.symlink_to(outside)


RAISE_CASES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "row count too high": (lambda f: recount(f, "SCHOOL_MOVE", 151), "holds 150 rows where 151 were stated"),
    "row count too low": (lambda f: recount(f, "SCHOOL_MOVE", 149), "holds 150 rows where 149 were stated"),
    "row count of an empty file": (lambda f: recount(f, "S47", 3), "holds 0 rows where 3 were stated"),
    "cut off in the middle": (lambda f: edit(move_file(f), lambda c: c[: len(c) // 2]), "breaks off within record 7"),
    "cut off in a quoted field": (lambda f: edit(move_file(f), lambda c: c[:-20] + b',"'), "cut off"),
    "emptied": (lambda f: move_file(f).write_bytes(b""), "is empty"),
    "missing column": (lambda f: edit(move_file(f), drop_column), "lacks the required column MOVE_DATE"),
    "column twice": (
        lambda f: edit(move_file(f), lambda c: c.replace(b"REASON", b"MOVE_DATE", 1)),
        "lacks the required",
    ),
    "listed but absent": (lambda f: move_file(f).unlink(), "is listed in the control file but absent"),
    "not listed": (
        lambda f: edit(control_file(f), lambda c: b"\r\n".join(x for x in c.split(b"\r\n") if b"SCHOOL" not in x)),
        "is missing: the control file does not list this entity",
    ),
    "UTF-16": (lambda f: edit(move_file(f), lambda c: c.decode().encode("utf-16")), "wrong encoding (UTF-16"),
    "UTF-32": (lambda f: edit(move_file(f), lambda c: c.decode().encode("utf-32")), "wrong encoding (UTF-32"),
    "UTF-16 without a mark": (lambda f: edit(move_file(f), lambda c: c.decode().encode("utf-16-le")), "binary"),
    "UTF-8 with a mark": (lambda f: edit(move_file(f), lambda c: b"\xef\xbb\xbf" + c), "wrong encoding (UTF-8"),
    "UTF-8 throughout": (lambda f: edit(move_file(f), lambda c: c.replace(b"HOME", "Tŷ".encode(), 3)), "UTF-8 where"),
    "a NUL byte": (lambda f: edit(move_file(f), lambda c: c.replace(b"HOME", b"H\0ME", 1)), "is a binary file"),
    "a picture": (lambda f: move_file(f).write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 50), "is a binary file"),
    "marked before binary": (lambda f: edit(move_file(f), lambda c: b"\xff\xfe\0\0" + c), "wrong encoding"),
    "file of another date": (
        lambda f: edit(control_file(f), lambda c: c.replace(b"MOVE_20180520", b"MOVE_20180519")),
        "is not of 2018-05-20",
    ),
    "control of another date": (
        lambda f: control_file(f).rename(f / "RAISE_CONTROL_20180519.csv"),
        "RAISE_CONTROL_20180519.csv is not of 2018-05-20",
    ),
    "control without columns": (lambda f: control_file(f).write_text("A,B\r\n1,2\r\n"), "lacks the columns"),
    "control emptied": (lambda f: control_file(f).write_text(""), "lacks the columns"),
    "control with a word for a count": (lambda f: recount(f, "S47", "many"), "S47_20180520.csv as many, where a whole"),
    "control with a negative count": (lambda f: recount(f, "S47", -1), "S47_20180520.csv as -1, where a whole number"),
    "control lists a file twice": (add_control_line("RAISE_S47_20180520.csv,0"), "lists RAISE_S47_20180520.csv twice"),
    "control in UTF-16": (lambda f: edit(control_file(f), lambda c: c.decode().encode("utf-16")), "wrong encoding"),
    "control lists a path that leaves": (add_control_line("../RAISE_S47_20180519.csv,0"), "path leaves the folder"),
    "control lists an absolute path": (add_control_line("/etc/passwd,0"), "path leaves the folder"),
    "control lists a Windows path": (add_control_line("..\\x.csv,0"), "path leaves the folder"),
    "control lists an unknown absent file": (add_control_line("RAISE_NEW_20180520.csv,0"), "but absent"),
    "a link that leaves the folder": (link_outside, "is a link that leaves"),
    "lost just over a fifth": (lose(0.21), "lost 32 of the 150 rows that the full of 2018-05-19 had, more than 20%"),
    "lost everything": (
        lose(1),
        "lost 150 of the 150 rows",
    ),
    "more than a twentieth unreadable": (spoil(12), "has 12 unreadable rows of 151, more than 5% and more than 10"),
    "a quote that is never closed": (
        lambda f: edit(move_file(f), lambda c: c.replace(b",HOME", b',"HOME', 1)),
        "ends inside a quoted field",
    ),
}


def repack(path: Path, change: Callable[[dict[str, bytes], dict[str, Any]], Any]) -> None:
    """Change the members and the manifest of a zip, and write it again."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        if manifest:
            archive.writestr("manifest.json", json.dumps(manifest))


def entry(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    return next(file for file in manifest["files"] if file["name"] == name)


def rewrite(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    """Change a member and state its new hash, as a supplier who damages before packing would."""

    def damage(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        members[name] = change(members[name])
        entry(manifest, name)["sha256"] = hashlib.sha256(members[name]).hexdigest()

    return damage


def state(**values: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda members, manifest: manifest.update(values)


def with_member(name: str, content: bytes = b"x") -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda members, manifest: members.update({name: content})


WCCIS_CASES: dict[str, tuple[Callable[[dict[str, bytes], dict[str, Any]], Any], str]] = {
    "another row count": (lambda m, f: entry(f, "person.csv").update(rows=149), "holds 150 rows where 149 were stated"),
    "another sha256": (lambda m, f: entry(f, "person.csv").update(sha256="0" * 64), "another sha256"),
    "a changed byte": (lambda m, f: m.update({"person.csv": m["person.csv"] + b" "}), "another sha256"),
    "absent member": (lambda m, f: m.pop("review.csv"), "is listed in the manifest but absent"),
    "missing entity": (
        lambda m, f: (m.pop("review.csv"), f.update(files=[x for x in f["files"] if x["name"] != "review.csv"])),
        "review.csv is missing: the manifest does not list this entity",
    ),
    "no manifest": (lambda m, f: f.clear(), "holds no manifest.json"),
    "another source": (state(source="raise"), "manifest of another source"),
    "another authority": (state(authority="W06000005"), "manifest of another authority"),
    "another date": (state(business_date="2018-05-19"), "manifest of another date"),
    "no date": (state(business_date="soon"), "manifest of another date"),
    "an unknown extract type": (state(extract_type="partial"), "neither full nor delta"),
    "a manifest without files": (lambda m, f: f.pop("files"), "lacks files"),
    "a file entry without a hash": (lambda m, f: entry(f, "person.csv").pop("sha256"), "without name, rows and sha256"),
    "a count in words": (lambda m, f: entry(f, "person.csv").update(rows="150"), 'as "150", a text, where a whole'),
    "a file listed twice": (lambda m, f: f["files"].append(dict(f["files"][0])), "lists person.csv twice"),
    "an unlisted member that climbs out": (with_member("../../evil.csv"), "path leaves the folder"),
    "an absolute member": (with_member("/evil.csv"), "path leaves the folder"),
    "a member on a drive": (with_member("C:\\evil.csv"), "path leaves the folder"),
    "a member with backslashes": (with_member("..\\..\\evil.csv"), "path leaves the folder"),
    "a listed path that climbs out": (
        lambda m, f: f["files"].append({"name": "../x.csv", "rows": 0, "sha256": ""}),
        "path leaves the folder",
    ),
    "a member that unpacks to far more": (with_member("bomb.csv", b"0" * 3_000_000), "times its size"),
    "a member that is too large": (with_member("big.csv", bytes(range(256)) * 16_000), "larger than"),
    "UTF-16": (rewrite("person.csv", lambda c: c.decode("utf-8-sig").encode("utf-16")), "wrong encoding (UTF-16"),
    "a NUL byte": (rewrite("person.csv", lambda c: c.replace(b"Secretname", b"\0", 1)), "is a binary file"),
    "Windows-1252 without a mark": (
        rewrite("person.csv", lambda c: c[3:].replace(b"Secretname", b"S\xe9cret", 1)),
        "wrong encoding (not UTF-8)",
    ),
    "a missing column": (rewrite("person.csv", lambda c: c.replace(b"dateofbirth", b"birthday", 1)), "dateofbirth"),
    "an empty member": (rewrite("person.csv", lambda c: b""), "is empty"),
    "rows of another authority": (
        rewrite("person.csv", lambda c: c.replace(b"W06000006", b"W06000005", 12)),
        "has 12 unreadable rows of 150",
    ),
}


@pytest.fixture(scope="module")
def place(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(module_warehouse, tmp_path_factory.mktemp("untrusted"), LIMITS)


def check_refused(place: Place, source: str, said: str, good: datetime.date) -> None:
    """Land what waits: the good delivery must be all there is, and the bad one be a sentence."""
    first = place.land()
    assert len(first.landed) == 1, first
    assert len(first.refused) == 1, first
    sentence = first.refused[0]
    assert said in sentence
    assert sentence.startswith(f"{source} W06000006 {BAD} is refused: ")
    assert sentence.count("\n") == 0
    assert "Secretname" not in sentence
    ledger = place.query("select business_date, status, reason, rows_in_files from landing.deliveries order by 1")
    assert [row[:2] for row in ledger] == [(good, "accepted"), (BAD, "refused")]
    assert ledger[1][2:] == (sentence, 0)
    assert place.query("select count(*) from landing.refusals where reason_code <> ''") == [(1,)]
    assert place.query("select count(*) from landing.quarantine") == [(0,)]
    for table in place.tables():
        assert place.query(f"select count(*) from landing.{table} where valid_from_date <> %s", good) == [(0,)]
        assert place.query(f"select count(*) from landing.{table} where valid_to_date is not null") == [(0,)]
    assert place.waiting().deliveries == [], "a refused delivery met again unchanged is not tried again"
    assert place.accounts_balance()


@pytest.fixture
def fresh(place: Place) -> Place:
    place.start_again()
    return place


@pytest.mark.parametrize("case", RAISE_CASES)
def test_untrusted_raise_delivery_is_refused_whole(fresh: Place, case: str) -> None:
    damage, said = RAISE_CASES[case]
    write_raise(fresh.exports, GOOD, raise_entities())
    damage(write_raise(fresh.exports, BAD, raise_entities()))
    check_refused(fresh, "raise", said, GOOD)


@pytest.mark.parametrize("case", WCCIS_CASES)
def test_untrusted_wccis_delivery_is_refused_whole(fresh: Place, case: str) -> None:
    damage, said = WCCIS_CASES[case]
    write_wccis(fresh.exports, GOOD, {"person": PEOPLE})
    repack(write_wccis(fresh.exports, BAD, {"person": PEOPLE}), damage)
    check_refused(fresh, "wccis", said, GOOD)


def cut_off(path: Path) -> None:
    edit(path, lambda content: content[: len(content) // 2])


def break_member(path: Path) -> None:
    """Damage the packed bytes of a member, so that its checksum no longer holds."""
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("person.csv").header_offset + 60
    edit(path, lambda content: content[:start] + b"\xff\x00\xff\x00" + content[start + 4 :])


def encrypt(path: Path) -> None:
    """Set the flag that says that the first member is encrypted, in its header and in the directory."""

    def change(content: bytes) -> bytes:
        changed = bytearray(content)
        changed[6] |= 1
        changed[content.index(b"PK\x01\x02") + 8] |= 1
        return bytes(changed)

    edit(path, change)


ZIP_CASES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "cut off": (cut_off, "does not open as a zip"),
    "emptied": (lambda path: path.write_bytes(b""), "does not open as a zip"),
    "no zip at all": (lambda path: path.write_text("sorry, no export tonight"), "does not open as a zip"),
    "a damaged member": (break_member, "does not unpack"),
    "an encrypted member": (encrypt, "encrypted"),
    "of another date": (
        lambda path: path.rename(path.with_name("wccis_export_20180519.zip")),
        "wccis_export_20180519.zip is not of 2018-05-20",
    ),
}


@pytest.mark.parametrize("case", ZIP_CASES)
def test_untrusted_zip_is_refused_whole(fresh: Place, case: str) -> None:
    damage, said = ZIP_CASES[case]
    write_wccis(fresh.exports, GOOD, {"person": PEOPLE})
    damage(write_wccis(fresh.exports, BAD, {"person": PEOPLE}))
    check_refused(fresh, "wccis", said, GOOD)


def test_the_next_good_delivery_heals_a_refused_one(fresh: Place) -> None:
    write_raise(fresh.exports, GOOD, raise_entities())
    recount(write_raise(fresh.exports, BAD, raise_entities()), "S47", 5)
    assert len(fresh.land().refused) == 1
    write_raise(fresh.exports, NEXT, raise_entities(SCHOOL_MOVE=[*MOVES, MOVES[0] | {"MOVE_NO": "999"}]))
    assert fresh.land().refused == []
    assert len(fresh.state("raise_school_move", "reason", NEXT)) == 151


def test_a_refused_delivery_that_is_sent_again_is_tried_again(fresh: Place) -> None:
    recount(write_raise(fresh.exports, BAD, raise_entities()), "S47", 5)
    assert len(fresh.land().refused) == 1
    write_raise(fresh.exports, BAD, raise_entities())
    assert len(fresh.land().landed) == 1
    statuses = fresh.query("select status from landing.deliveries order by delivery_id")
    assert statuses == [("refused",), ("accepted",)]


def test_exactly_a_fifth_lost_and_a_twentieth_unreadable_are_let_in(fresh: Place) -> None:
    # 120 of 150 rows stay: 20% lost; then 6 of 121 rows are unreadable: under 5%
    write_raise(fresh.exports, GOOD, raise_entities())
    folder = write_raise(fresh.exports, BAD, raise_entities())
    lose(0.2)(folder)
    spoil(6)(folder)
    summary = fresh.land()
    assert summary.refused == []
    assert summary.rows_quarantined == 6


def test_refused_files_are_kept_apart(fresh: Place) -> None:
    recount(write_raise(fresh.exports, BAD, raise_entities()), "S47", 5)
    fresh.land()
    kept = list((fresh.warehouse.settings.archive / "refused").iterdir())
    assert len(kept) == 16


def test_names_are_neither_in_log_nor_journal(fresh: Place, caplog: pytest.LogCaptureFixture) -> None:
    spoil(3)(write_raise(fresh.exports, GOOD, raise_entities()))
    spoil(20)(write_raise(fresh.exports, BAD, raise_entities()))
    with caplog.at_level("DEBUG"):
        summary = fresh.land()
    journal = (fresh.warehouse.settings.archive / "journal.jsonl").read_text()
    assert "Secretname" not in caplog.text + journal + repr(summary)
    assert "31/02/2018" not in caplog.text + journal + repr(summary)
