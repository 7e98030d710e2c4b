"""Where the successor of WCCIS is in use, each named fault damages its deliveries and nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from csc_warehouse.errors import UsageError
from csc_warehouse.sample import CUT_OVER, HOME_AUTHORITY
from csc_warehouse.sample.calibration import load_calibration
from csc_warehouse.sample.faults import apply_faults, known_faults
from csc_warehouse.sample.generate import generate
from csc_warehouse.sample.identities import add_merges
from csc_warehouse.sample.migration import migrate
from csc_warehouse.sample.successor_writer import write_successor
from csc_warehouse.sample.written_deliveries import deliveries_of
from csc_warehouse.sample.written_parquet import as_table, as_text
from tests.support.parquet_deliveries import COFNOD_COLUMNS, schema

FIRST, LAST = dt.date(2018, 12, 5), dt.date(2018, 12, 16)
OTHERS = {
    # of forms that it does not have
    "control_row_count",
    "control_missing",
    "wrong_encoding",
    "names_garbled",
    "zip_broken",
    "zip_leaves_folder",
}
DISAGREEING = {"entity_missing", "sha256_mismatch", "manifest_row_count"}
OTHER_COLUMNS = {"column_missing", "column_added", "columns_reordered"}
UNREADABLE = {"truncated_file", "binary_file"}
NAMES = sorted(name for name in known_faults() if name not in OTHERS and not name.startswith(("return_", "corporate_")))


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small council's deliveries of the successor, and a stand-in of what came before."""
    world = generate(
        HOME_AUTHORITY,
        seed=8,
        start=dt.date(2018, 1, 1),
        horizon=LAST,
        cut_over=CUT_OVER,
        scale=0.05,
        calibration=load_calibration().uncalibrated(),
        is_clean=False,
        progress=_silent,
    )
    placed = migrate(world)
    add_merges(world, placed)
    out = tmp_path_factory.mktemp("damaged successor")
    write_successor(world, placed, out, FIRST, LAST, _silent)
    # so small a council may have merged nobody
    merge = {"id": world.guid("merge", 1), "authority": HOME_AUTHORITY, "change": "upsert"}
    newest = deliveries_of(out, "cofnod", HOME_AUTHORITY)[-1]
    newest.edit("mergedrecord", lambda sheet: sheet.rows.append([merge.get(name, "") for name in sheet.header]))
    for folder in ("raise/2018-05-20", f"wccis/{HOME_AUTHORITY}/2018-12-02"):
        (out / folder).mkdir(parents=True)
    return out


def _silent(what: str, done: int, of: int) -> None:
    """Show no progress."""


def state(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_damages_the_system_in_use_and_its_manifest_agrees(exports: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "exports"
    shutil.copytree(exports, out)
    apply_faults(out, HOME_AUTHORITY, [name], seed=1)
    before, after = state(exports), state(out)
    assert after != before
    days = sorted(path.name for path in (out / "cofnod" / HOME_AUTHORITY).iterdir())
    if name not in ("last_night_missing", "week_lost", "frozen_extract"):
        assert len(days) == 12
    for day in days:
        folder = out / "cofnod" / HOME_AUTHORITY / day
        manifest = json.loads((folder / "manifest.json").read_text())
        for file in manifest["files"] if name not in DISAGREEING else ():
            content = (folder / file["name"]).read_bytes()
            assert file["sha256"] == hashlib.sha256(content).hexdigest()
            if name in UNREADABLE and str((folder / file["name"]).relative_to(out)) in _changed(before, after):
                with pytest.raises(pa.ArrowInvalid):
                    pq.read_table(folder / file["name"])
                continue
            found = pq.read_table(folder / file["name"])
            assert found.num_rows == file["rows"]
            if name not in OTHER_COLUMNS:
                assert found.schema.equals(schema(file["name"].removesuffix(".parquet")))


def _changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {path for path in before if before[path] != after.get(path)}


def test_a_fault_of_a_form_that_is_not_there_is_said(exports: Path, tmp_path: Path) -> None:
    shutil.copytree(exports, tmp_path / "exports")
    shutil.rmtree(tmp_path / "exports" / "raise")
    with pytest.raises(UsageError, match="control_missing finds nothing to damage"):
        apply_faults(tmp_path / "exports", HOME_AUTHORITY, ["control_missing"], seed=1)


def test_rows_that_are_opened_and_closed_again_are_the_same(exports: Path) -> None:
    folder = exports / "cofnod" / HOME_AUTHORITY / FIRST.isoformat()
    entities = {"contacts": "contact", "registrations": "cp_registration", "people": "client", "services": "prevention"}
    assert entities.keys() <= COFNOD_COLUMNS.keys()
    for name, entity in entities.items():
        content = (folder / f"{name}.parquet").read_bytes()
        assert as_table(entity, *as_text(content)).equals(pq.read_table(folder / f"{name}.parquet"))
