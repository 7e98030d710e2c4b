"""A delivery is verified by its form, and known by its content."""

from __future__ import annotations

import datetime
import shutil
import zipfile
from pathlib import Path

import pytest

from csc_warehouse.contracts import load_contracts
from csc_warehouse.landing.refusal import Refusal
from csc_warehouse.landing.verifying.delivery import Verifier
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import Delivery
from csc_warehouse.sources.folder import delivered_file
from tests.support.deliveries import write_raise, write_wccis

DAY = datetime.date(2018, 5, 10)
CONTRACTS = load_contracts(("raise", "wccis", "corporate"))
ADOPTERS = "family_no,authority,applicant_type,second_time,stage,on_hold,as_at\n"


def verifier(source: str, folder: Path, name: str = "all") -> Verifier:
    files = tuple(delivered_file(path) for path in sorted(folder.iterdir()))
    delivery = Delivery(source, "W06000006", name, DAY, str(folder), files, notices=("it came by hand.",))
    return Verifier(delivery, CONTRACTS[source], LandingConfig())


def write_return(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "nwas_adopters_20180510.csv").write_text(ADOPTERS, encoding="utf-8")
    return folder


def test_control_file_when_verified_then_a_full_of_every_entity(tmp_path: Path) -> None:
    found = verifier("raise", write_raise(tmp_path, DAY, {}))
    assert found.kind == "full"
    verified = found.verify()
    assert [file.entity.name for file in verified.entity_files] == list(CONTRACTS["raise"].entities)
    assert len(verified.arrived) == len(verified.entity_files) + 1, "the control file is archived too"
    assert verified.notices == ["it came by hand."]


@pytest.mark.parametrize("kind", ["full", "delta"])
def test_zip_when_verified_then_of_the_kind_that_its_manifest_states(tmp_path: Path, kind: str) -> None:
    found = verifier("wccis", write_wccis(tmp_path, DAY, {}, extract_type=kind).parent)
    assert found.kind == "unknown"
    verified = found.verify()
    assert (found.kind, verified.kind) == (kind, kind)
    assert [file.entity.name for file in verified.entity_files] == list(CONTRACTS["wccis"].entities)
    assert len(verified.arrived) == 1, "the zip is archived whole"


def test_return_when_verified_then_one_entity(tmp_path: Path) -> None:
    found = verifier("corporate", write_return(tmp_path / "returns"), "nwas_adopters")
    verified = found.verify()
    assert (found.kind, verified.kind) == ("return", "return")
    assert [file.file_name for file in verified.entity_files] == ["nwas_adopters_20180510.csv"]


def test_zip_when_packed_again_then_the_same_content(tmp_path: Path) -> None:
    path = write_wccis(tmp_path / "first", DAY, {})
    other = tmp_path / "again" / path.name
    other.parent.mkdir()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w", zipfile.ZIP_STORED) as target:
        for name in reversed(source.namelist()):
            target.writestr(name, source.read(name))
    assert path.read_bytes() != other.read_bytes()
    contents = {verifier("wccis", folder).content_sha256() for folder in (path.parent, other.parent)}
    assert len(contents) == 1


def test_file_when_changed_or_added_then_another_content_if_it_counts(tmp_path: Path) -> None:
    folder = write_raise(tmp_path, DAY, {})
    before = verifier("raise", folder).content_sha256()
    (folder / "notes.txt").write_text("no file of any entity")
    assert verifier("raise", folder).content_sha256() == before
    plan = next(folder.glob("RAISE_PLAN_*"))
    plan.write_bytes(plan.read_bytes() + b"1,7,CP,01/05/2018,,,AIT,W1,01/05/2018 10:00\r\n")
    assert verifier("raise", folder).content_sha256() != before


def test_link_when_it_leaves_the_folder_then_refused_before_it_is_read(tmp_path: Path) -> None:
    folder = write_raise(tmp_path / "exports", DAY, {})
    plan = next(folder.glob("RAISE_PLAN_*"))
    shutil.move(plan, tmp_path / plan.name)
    plan.symlink_to(tmp_path / plan.name)
    for ask in (verifier("raise", folder).content_sha256, verifier("raise", folder).verify):
        with pytest.raises(Refusal) as found:
            ask()
        assert (found.value.code, found.value.file_name) == ("unsafe_path", plan.name)
