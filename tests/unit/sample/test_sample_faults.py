"""Each named fault damages what it says, and nothing else disagrees with what was announced."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import shutil
from pathlib import Path

import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.sample import write_sample
from csc_warehouse.sample.faults import apply_faults, known_faults
from csc_warehouse.sample.written_deliveries import Delivery, deliveries_of
from tests.unit.sample.counting import rows_of

HOME = "W06000006"
DISAGREEING = {
    "control_row_count",
    "control_missing",
    "truncated_file",
    "wrong_encoding",
    "names_garbled",
    "binary_file",
    "entity_missing",
    "sha256_mismatch",
    "manifest_row_count",
    "zip_broken",
    "zip_leaves_folder",
    "another_authority",
    "stale_manifest",
}
"""Faults that are about control files, manifests and unreadable files."""


@pytest.fixture
def damaged(exports: Path, tmp_path: Path) -> Path:
    """Return a copy of the newest deliveries of each source."""
    for source in (f"wccis/{HOME}", "raise", "corporate"):
        for folder in sorted((exports / source).iterdir())[-9:]:
            shutil.copytree(folder, tmp_path / source / folder.name)
    return tmp_path


def state(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file()
    }


def assert_announced(delivery: Delivery) -> None:
    """Check a delivery of WCCIS against its manifest."""
    contents = delivery.contents()
    for file in delivery.manifest(contents)["files"]:
        content = contents[file["name"]]
        assert file["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", sorted(known_faults()))
def test_a_fault_when_applied_changes_the_exports_and_keeps_the_rest_consistent(damaged: Path, name: str) -> None:
    before = state(damaged)
    apply_faults(damaged, HOME, [name], seed=1)
    after = state(damaged)
    assert after != before
    # never more than a table's newest full and what follows it, a delivery or a week
    assert len(set(before.items()) ^ set(after.items())) <= 2 * 16
    if name not in DISAGREEING:
        for delivery in deliveries_of(damaged, "wccis", HOME):
            assert_announced(delivery)


def test_faults_when_counted_are_at_least_thirty_and_described() -> None:
    descriptions = [fault.description for fault in known_faults().values()]
    assert len(descriptions) >= 30
    assert len(set(descriptions)) == len(descriptions)
    assert all(text.endswith((".", "...")) and "\n" not in text for text in descriptions)


def test_a_third_of_the_children_when_dropped_is_a_third(damaged: Path) -> None:
    def people() -> int:
        full = [each for each in deliveries_of(damaged, "wccis", HOME) if each.is_full][-1]
        return len(rows_of(full.contents()["person.csv"].decode("utf-8-sig")))

    before = people()
    apply_faults(damaged, HOME, ["third_of_children_missing"], seed=1)
    assert before > 5000
    assert 0.63 < people() / before < 0.70


def test_a_table_when_emptied_keeps_its_header(damaged: Path) -> None:
    apply_faults(damaged, HOME, ["table_emptied"], seed=1)
    full = [each for each in deliveries_of(damaged, "wccis", HOME) if each.is_full][-1]
    contents = full.contents()
    assert contents["contact.csv"].decode("utf-8-sig").startswith("contactid,")
    assert rows_of(contents["contact.csv"].decode("utf-8-sig")) == []
    assert {file["name"]: file["rows"] for file in full.manifest(contents)["files"]}["contact.csv"] == 0


def test_an_unknown_fault_when_named_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="rain is no fault; there are: all_from_police"):
        write_sample(tmp_path / "out", faults=("rain",))
    with pytest.raises(UsageError, match=r"Did you mean week_lost\?$"):
        write_sample(tmp_path / "out", faults=("week_los",))
    assert not (tmp_path / "out").exists()


def test_faults_when_named_in_another_order_then_the_same_and_none_mends_another(damaged: Path, tmp_path: Path) -> None:
    names = ["manifest_row_count", "last_night_missing", "eighth_of_assessments_missing", "team_renamed"]
    states: list[dict[str, str]] = []
    for number, named in enumerate((names, names[::-1])):
        copy = tmp_path / f"copy {number}"
        shutil.copytree(damaged / "wccis", copy / "wccis")
        apply_faults(copy, HOME, named, seed=1)
        states.append(state(copy))
    assert states[0] == states[1]
    # the rows were changed, and announced anew, before the manifest was made to disagree
    contents = deliveries_of(copy, "wccis", HOME)[-1].contents()
    (announced,) = [f["rows"] for f in Delivery.manifest(contents)["files"] if f["name"] == "caseform.csv"]
    assert announced == len(list(csv.reader(io.StringIO(contents["caseform.csv"].decode("utf-8-sig"))))) - 1 + 3
    assert b"Children's Assessment Hub" in contents["caseform.csv"]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (
            ["decisions_blanked", "table_emptied"],
            "The fault decisions_blanked finds nothing left to damage beside table_emptied: leave one out.",
        ),
        (["births_lost", "births_lost"], "births_lost is named twice: a fault is put in once."),
    ],
)
def test_faults_when_they_make_no_sense_together_then_one_sentence(
    damaged: Path, names: list[str], sentence: str
) -> None:
    with pytest.raises(UsageError) as told:
        apply_faults(damaged, HOME, names, seed=1)
    assert str(told.value) == sentence


WITHOUT_EFFECT_ON_MONTHLY_RAISE = {
    # needs a delivery in the week before the last, which monthly ones have not
    "week_lost",
    "legacy_links_lost",
    "merges_lost",
    "sha256_mismatch",
    "manifest_row_count",
    "zip_broken",
    "zip_leaves_folder",
    "another_authority",
    "stale_manifest",
}


def test_faults_when_a_monthly_raise_is_all_there_is_damage_raise(tmp_path: Path) -> None:
    written = tmp_path / "written"
    write_sample(written, end=dt.date(2016, 6, 30))
    for name in sorted(known_faults()):
        damaged = tmp_path / name
        shutil.copytree(written, damaged)
        if name in WITHOUT_EFFECT_ON_MONTHLY_RAISE:
            with pytest.raises(UsageError, match=f"The fault {name} finds nothing to damage"):
                apply_faults(damaged, HOME, [name], seed=1)
            assert state(damaged) == state(written)
            continue
        apply_faults(damaged, HOME, [name], seed=1)
        changed = {path.split("/")[0] for path, _ in set(state(damaged).items()) ^ set(state(written).items())}
        assert changed == {"corporate" if name.startswith(("corporate", "return")) else "raise"}
        if name not in DISAGREEING:
            for delivery in deliveries_of(damaged, "raise", HOME):
                rows = delivery.contents()[delivery.control.name].decode("cp1252").split("\r\n")[1:-1]
                counts = dict(row.split(",") for row in rows)
                text = delivery.file("contact").read_bytes().decode("latin-1")
                assert len(list(csv.reader(io.StringIO(text, newline="")))) - 1 == int(
                    counts[delivery.file("contact").name]
                )
        shutil.rmtree(damaged)
