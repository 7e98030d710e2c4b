"""Whatever lies among the deliveries, a good one beside it lands, and every row is accounted for (deliveries.md 9)."""

from __future__ import annotations

import io
import json
import logging
import os
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csc_warehouse import landing
from csc_warehouse.landing.verifying.delivery import Verifier
from csc_warehouse.landing.verifying.verified import Verified
from csc_warehouse.settings import Config, LandingConfig
from csc_warehouse.warehouse import Warehouse
from tests.faults.test_untrusted_deliveries import control_file, repack
from tests.support.deliveries import write_raise, write_wccis
from tests.support.landings import Place, day

GOOD, ODD = day(19), day(20)
MOVES = {"SCHOOL_MOVE": [{"MOVE_NO": str(n), "CLIENT_NO": "7", "MOVE_DATE": "01/05/2018"} for n in range(1, 31)]}
ADOPTERS = "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n1,W06000006,GENERAL,N,1,N,2018-05-20\n"
LIMITS = Config(landing=LandingConfig(maximum_zip_members=40, maximum_unpacked_bytes=3_000_000))


@pytest.fixture(scope="module")
def place(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(module_warehouse, tmp_path_factory.mktemp("hostile"), LIMITS)


@pytest.fixture
def fresh(place: Place) -> Place:
    return emptied(place)


def emptied(place: Place) -> Place:
    place.start_again()
    return place


def land_beside_a_good_one(place: Place) -> dict[str, list[str]]:
    """Land what waits beside a good delivery of each source, check what must always hold, and say what was said."""
    write_raise(place.exports, GOOD, MOVES)
    write_wccis(place.exports, GOOD, {"person": [{"personid": "a-1"}]}, authority="W06000005")
    folder = place.exports / "corporate" / str(GOOD)
    folder.mkdir(parents=True)
    (folder / "nwas_adopters_20180519.csv").write_text(ADOPTERS.replace("-20\n", "-19\n"))
    landed, waiting = landed_and_waiting(place)
    query = "select source from landing.deliveries where status = 'accepted' and business_date = %s"
    assert sorted(place.query(query, GOOD)) == [("corporate",), ("raise",), ("wccis",)], landed
    assert place.accounts_balance()
    said = {
        "refused": landed.refused,
        "notices": landed.notices,
        "not taken": [*waiting.ignored, *waiting.not_there_yet, *landed.not_there_yet],
    }
    for sentence in (sentence for sentences in said.values() for sentence in sentences):
        assert sentence.isprintable(), sentence
        sentence.encode()
    assert landed_and_waiting(place)[0].landed == [], "nothing is tried twice"
    return said


def landed_and_waiting(place: Place) -> tuple[landing.LandingSummary, landing.Waiting]:
    """Land what waits, its tickets written and read again as a scheduler does."""
    waiting = place.waiting()
    tickets = json.loads(json.dumps([delivery.ticket() for delivery in waiting.deliveries]).encode())
    return landing.land(place.warehouse, [landing.Delivery.from_ticket(ticket) for ticket in tickets]), waiting


def state(path: Path, **changes: Any) -> None:
    repack(path, lambda members, manifest: manifest["files"][0].update(changes))


def in_manifest(path: Path, old: str, new: str) -> None:
    """Change the manifest's own text, whatever it then is."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["manifest.json"] = members["manifest.json"].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


ROWS = '"rows": 0'
MANIFESTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a name of a lone surrogate": (lambda p: state(p, name="\ud800.csv"), "\\ud800.csv is listed in the manifest but"),
    "a name that steers a terminal": (lambda p: state(p, name="\x1b[2J.csv"), "\\x1b[2J.csv is listed"),
    "a name of a whole book": (lambda p: state(p, name="n" * 100_000), "nnn... is listed in the manifest but absent"),
    "a count of 5,000 digits": (
        lambda p: in_manifest(p, ROWS, '"rows": ' + "9" * 5000),
        "999..., where a whole number",
    ),
    "a count that is infinite": (lambda p: in_manifest(p, ROWS, '"rows": 1e400'), "as 1e400, where a whole number"),
    "a count that is none": (lambda p: in_manifest(p, ROWS, '"rows": NaN'), "holds NaN, which is no number in JSON"),
    "a count with a point": (lambda p: in_manifest(p, ROWS, '"rows": 3.0'), "as 3.0, where a whole number"),
    "a count in quotes": (lambda p: in_manifest(p, ROWS, '"rows": "3"'), 'as "3", a text, where a whole number'),
    "a key twice": (lambda p: in_manifest(p, ROWS, '"rows": 0, "rows": 1'), "has the key rows twice in one place"),
    "deeper than any reader": (lambda p: in_manifest(p, ROWS, "[" * 100_000), "cannot be read as JSON"),
    "a date that is a list": (lambda p: in_manifest(p, '"2018-05-20"', "[[[]]]"), "a manifest of another date"),
    "a hash that is a number": (lambda p: state(p, sha256=7), "whose sha256 is no text"),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_a_manifest_of_any_form_refuses_its_delivery_alone(fresh: Place, case: str) -> None:
    damage, said = MANIFESTS[case]
    damage(write_wccis(fresh.exports, ODD, {}))
    (sentence,) = land_beside_a_good_one(fresh)["refused"]
    assert said in sentence
    assert "unforeseen" not in sentence
    assert len(sentence) < 800


PLAN = b"RAISE_PLAN_20180520.csv,"
CONTROLS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a count of 5,000 digits": (
        lambda c: c.replace(b"PLAN_20180520.csv,0", b"PLAN_20180520.csv," + b"9" * 5000),
        "999...",
    ),
    "a count with a point": (lambda c: c.replace(b"PLAN_20180520.csv,0", b"PLAN_20180520.csv,3.0"), "as 3.0, where a"),
    "a name that steers a terminal": (
        lambda c: c + b"\x1b[31m.csv,0\r\n",
        "\\x1b[31m.csv is listed in the control file",
    ),
    "a field that is endless": (lambda c: c + b'"' + b"x" * 300_000, "has a line without a file name"),
    "400,000 lines": (
        lambda c: c + b"".join(b"RAISE_X%d_20180520.csv,0\r\n" % n for n in range(400_000)),
        "has more than 10,000 lines",
    ),
}


@pytest.mark.parametrize("case", CONTROLS)
def test_a_control_file_of_any_form_refuses_its_delivery_alone(fresh: Place, case: str) -> None:
    damage, said = CONTROLS[case]
    path = control_file(write_raise(fresh.exports, ODD, {}))
    path.write_bytes(damage(path.read_bytes()))
    started = time.monotonic()
    (sentence,) = land_beside_a_good_one(fresh)["refused"]
    assert said in sentence
    assert len(sentence) < 500
    assert time.monotonic() - started < 60


def overstated(path: Path) -> None:
    """Say in a zip's end that it has far more members than it has."""
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x05\x06")
    struct.pack_into("<HH", content, place + 8, 60_000, 60_000)
    path.write_bytes(content)


def with_members(count: int, size: int) -> Any:
    return lambda members, manifest: members.update(
        {f"extra{n}.csv": b"0123456789" * (size // 10) for n in range(count)}
    )


ZIPS: dict[str, tuple[Callable[[Path], object], str]] = {
    "too many members": (lambda p: repack(p, with_members(50, 10)), "holds more than 40 members"),
    "more members than it has": (overstated, "holds more than 40 members"),
    "too much altogether": (lambda p: repack(p, with_members(4, 900_000)), "unpacks to 3,6"),
    "a name with a break": (lambda p: repack(p, lambda m, f: m.update({"a\nb\x1b.csv": b"x"})), ""),
}


@pytest.mark.parametrize("case", ZIPS)
def test_a_zip_beyond_the_limits_refuses_its_delivery_alone(fresh: Place, case: str) -> None:
    damage, said = ZIPS[case]
    damage(write_wccis(fresh.exports, ODD, {}))
    landed = land_beside_a_good_one(fresh)
    if said:
        assert said in landed["refused"][0]
        assert "`landing.maximum_" in landed["refused"][0]
    else:
        assert any("a\\nb\\x1b.csv is not listed in the manifest: it was ignored." in s for s in landed["notices"])


@pytest.mark.parametrize("count", [30, 2000])
def test_many_files_that_are_no_part_of_a_delivery_are_one_notice(fresh: Place, count: int) -> None:
    folder = write_raise(fresh.exports, ODD, {})
    for number in range(count):
        (folder / f"stray{number}.csv").touch()
    notices = [s for s in land_beside_a_good_one(fresh)["notices"] if "stray" in s]
    assert len(notices) == 1
    assert f"{count:,} files are not listed in the control file: they were ignored" in notices[0]


@pytest.mark.parametrize("error", [TypeError("Secretname"), RecursionError("Secretname"), KeyError("Secretname")])
def test_what_nobody_foresaw_refuses_one_delivery_and_logs_its_place_without_its_words(
    fresh: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    write_raise(fresh.exports, ODD, MOVES)
    usual = Verifier.verify

    def fails(self: Verifier) -> Verified:
        if self.delivery.business_date == ODD:
            raise error
        return usual(self)

    monkeypatch.setattr(Verifier, "verify", fails)
    with caplog.at_level(logging.ERROR):
        (sentence,) = land_beside_a_good_one(fresh)["refused"]
    assert f"for a reason that was not foreseen ({type(error).__name__})" in sentence
    assert f"{type(error).__name__} at test_hostile_deliveries.py" in caplog.text
    assert "Secretname" not in caplog.text + sentence
    monkeypatch.setattr("csc_warehouse.landing.unforeseen_errors.version", lambda name: "another")
    monkeypatch.setattr(Verifier, "verify", usual)
    assert len(fresh.land().landed) == 1, "another version of the program tries it again"


@pytest.mark.parametrize("error", [MemoryError(), ImportError("none"), OSError(28, "No space left on device")])
def test_what_would_meet_every_delivery_refuses_none(
    fresh: Place, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    write_raise(fresh.exports, ODD, MOVES)

    def fails(self: Verifier) -> Verified:
        raise error

    monkeypatch.setattr(Verifier, "verify", fails)
    with pytest.raises(type(error)):
        fresh.land()
    assert fresh.query("select count(*) from landing.deliveries") == [(0,)]


NAME = st.one_of(
    st.binary(min_size=1, max_size=40),
    st.text(min_size=1, max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"RAISE_CONTROL_20180520.csv", b"wccis_export_20180520.zip", b"nwas_adopters_20180520.csv"]),
    st.sampled_from([b"2018-05-20", b"9999-12-30", b"2018-5-20", b"0000-00-00", b"W06000006", b"raise"]),
).filter(lambda name: b"/" not in name and b"\0" not in name and name not in {b".", b".."})
KIND = st.sampled_from(["file", "folder", "pipe", "link out", "link in", "link to nothing"])
WHERE = st.sampled_from(
    ["raise", "raise/2018-05-20", "wccis", "wccis/W06000006", "wccis/W06000006/2018-05-20", "corporate/2018-05-20"]
)
CONTENT = st.one_of(st.binary(max_size=200), st.just(ADOPTERS.encode()), st.just(b"FILE_NAME,ROW_COUNT\r\n"))
MANIFEST = json.dumps(
    {"source": "wccis", "authority": "W06000006", "business_date": str(ODD), "extract_type": "full", "files": []}
)
JSON_TEXT = st.one_of(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=12),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["name", "rows", "sha256"]), inner),
        max_leaves=12,
    ).map(lambda files: json.dumps({**json.loads(MANIFEST), "files": files})),
    st.tuples(st.integers(0, 300), st.text(max_size=8)).map(
        lambda cut: MANIFEST[: cut[0]] + cut[1] + MANIFEST[cut[0] :]
    ),
    st.binary(max_size=60).map(lambda content: content.decode("latin-1")),
)
CONTROL_LINES = st.lists(
    st.tuples(st.text(st.characters(codec="cp1252"), max_size=20), st.text("0123456789.,-+eE ٣", max_size=12)),
    max_size=6,
).map(lambda lines: "FILE_NAME,ROW_COUNT\r\n" + "\r\n".join(f"{name},{count}" for name, count in lines))


def put(place: Place, where: str, name: bytes, kind: str, content: bytes) -> None:
    folder = place.exports / where
    folder.mkdir(parents=True, exist_ok=True)
    path = os.fsencode(folder) + b"/" + name
    if os.path.lexists(path) or len(name) > 255:
        return
    if kind == "file":
        Path(os.fsdecode(path)).write_bytes(content)
    elif kind == "folder":
        os.mkdir(path)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        targets: dict[str, Path | str] = {"link out": place.exports.parent, "link in": place.exports / "raise"}
        targets["link to nothing"] = "nowhere"
        os.symlink(os.fsencode(targets[kind]), path)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    strays=st.lists(st.tuples(WHERE, NAME, KIND, CONTENT), max_size=8),
    manifest=JSON_TEXT,
    control=CONTROL_LINES,
)
def test_whatever_lies_among_them_the_good_deliveries_land(
    place: Place, strays: list[tuple[str, bytes, str, bytes]], manifest: str, control: str
) -> None:
    emptied(place)
    control_file(write_raise(place.exports, ODD, {})).write_bytes(control.encode("cp1252", "replace"))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("manifest.json", manifest.encode("utf-8", "surrogatepass"))
    put(place, "wccis/W06000006/2018-05-20", b"wccis_export_20180520.zip", "file", stream.getvalue())
    for where, name, kind, content in strays:
        put(place, where, name, kind, content)
    landed = land_beside_a_good_one(place)
    assert len(landed["refused"]) >= 2
    assert not any("not foreseen" in sentence for sentence in landed["refused"]), landed
