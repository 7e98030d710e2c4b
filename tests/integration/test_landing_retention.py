"""What is past its retention leaves the archive with a proof, and a rebuild still tells the same story."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from csc_warehouse import landing
from csc_warehouse.errors import UsageError
from csc_warehouse.landing.keeping import retention
from csc_warehouse.landing.recording import archive, journal, ledger
from csc_warehouse.settings import Config, LandingConfig
from csc_warehouse.warehouse import Warehouse
from tests.support.deliveries import write_raise
from tests.support.landings import Place, day

AT_ONCE = Config(landing=LandingConfig(keep_superseded_days=0, keep_refused_days=0))
STORY = (
    "select to_jsonb(d) from landing.deliveries as d order by delivery_id",
    "select to_jsonb(e) from landing.delivery_entities as e order by delivery_id, entity",
    "select to_jsonb(f) from landing.arrived_files as f order by delivery_id, file_name",
    "select to_jsonb(f) from landing.entity_files as f order by delivery_id, entity",
    "select to_jsonb(q) from landing.quarantine as q order by delivery_id, entity, record_number",
    "select to_jsonb(m) from landing.delivery_measures as m order by delivery_id, entity, column_name, measure",
    "select to_jsonb(n) from landing.delivery_notices as n order by delivery_id, notice_number",
    "select to_jsonb(p) from landing.retention_proofs as p order by p::text",
)


def moves(*reasons: str) -> dict[str, Any]:
    rows = [
        {"MOVE_NO": str(n), "CLIENT_NO": "7", "MOVE_DATE": "01/05/2018", "REASON": r} for n, r in enumerate(reasons)
    ]
    rows += [{"MOVE_NO": str(n), "CLIENT_NO": "8", "MOVE_DATE": "01/05/2018", "REASON": "HOME"} for n in range(50, 90)]
    rows.append({"MOVE_NO": "99", "CLIENT_NO": "9", "MOVE_DATE": "soon", "REASON": "Secretword"})
    return {"SCHOOL_MOVE": rows}


def land_three(place: Place) -> None:
    """Land a full, one that replaces it, a later one, and refuse one."""
    write_raise(place.exports, day(10), moves("HOME", "OTHER"))
    place.land()
    write_raise(place.exports, day(10), moves("OTHER", "OTHER"))
    place.land()
    write_raise(place.exports, day(11), moves("OTHER", "HOME"))
    folder = write_raise(place.exports, day(12), moves("HOME"))
    path = next(folder.glob("RAISE_SCHOOL*"))
    path.write_bytes(path.read_bytes()[:-40])
    assert len(place.land().refused) == 1


@pytest.fixture
def place(module_warehouse: Warehouse, tmp_path: Path) -> Place:
    place = Place(module_warehouse, tmp_path, AT_ONCE)
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.retention_proofs")
    land_three(place)
    return place


def kept(place: Place) -> list[str]:
    root = place.warehouse.settings.archive
    return sorted(str(path.relative_to(root)) for part in ("objects", "refused") for path in (root / part).rglob("*.*"))


def proven(place: Place) -> list[tuple[Any, ...]]:
    return place.query(
        "select holding, delivery_id, file_name, sha256, size_bytes, rule, removed_by from landing.retention_proofs"
        " order by holding, delivery_id, file_name"
    )


def everything(place: Place) -> list[Any]:
    return [place.history_digest(with_ids=True), *(place.query(query) for query in STORY)]


def test_nothing_that_history_is_made_of_goes_and_by_default_nothing_verified(place: Place) -> None:
    before = kept(place)
    settings = place.warehouse.settings.model_copy(update={"config": Config()})
    by_default = type(place.warehouse)(settings=settings, url=place.warehouse.url, engine=place.warehouse.engine)
    assert landing.expire(by_default, by="A. Jones").files == []
    assert kept(place) == before
    landing.expire(place.warehouse, by="A. Jones")
    # RAISe's files of a night that did not change are shared by deliveries: two of the first one's were its own alone
    gone = set(before) - set(kept(place))
    assert sum(name.startswith("objects/") for name in gone) == 1
    assert all(not name.startswith("refused/") for name in kept(place))
    assert place.accounts_balance()


def test_each_file_has_a_proof_and_a_rebuild_ends_the_same(place: Place) -> None:
    (replaced,) = place.query("select delivery_id from landing.deliveries where status = 'superseded'")[0]
    (refused,) = place.query("select delivery_id from landing.deliveries where status = 'refused'")[0]
    history = place.history_digest(with_ids=True)
    assert "Secretword" in str(
        place.query("select raw_record from landing.quarantine where delivery_id = %s", replaced)
    )
    preview = landing.due(place.warehouse)
    summary = landing.expire(place.warehouse, by="A. Jones")
    assert preview.files == summary.files
    rows = proven(place)
    assert {(row[0], row[1]) for row in rows} == {("refused", refused), ("superseded", replaced)}
    assert {row[5:] for row in rows} == {
        ("landing.keep_refused_days = 0", "A. Jones"),
        ("landing.keep_superseded_days = 0", "A. Jones"),
    }
    (move,) = [row for row in rows if row[0] == "superseded"]
    arrived = (
        "select file_name, sha256, size_bytes from landing.arrived_files where delivery_id = %s and file_name = %s"
    )
    assert place.query(arrived, replaced, move[2]) == [move[2:5]]
    assert place.history_digest(with_ids=True) == history
    assert place.query("select distinct raw_record from landing.quarantine where delivery_id = %s", replaced) == [
        (None,)
    ]
    expected = everything(place)
    place.empty()
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.retention_proofs")
    landing.rebuild(place.warehouse)
    assert everything(place) == expected
    assert place.accounts_balance()
    assert landing.expire(place.warehouse, by="A. Jones").files == [], "what is gone is not removed twice"
    assert "Secretword" not in (place.warehouse.settings.archive / "journal.jsonl").read_text()


def test_a_delivery_that_is_sent_again_after_its_files_went_lands_and_rebuilds(place: Place) -> None:
    landing.expire(place.warehouse, by="A. Jones")
    write_raise(place.exports, day(10), moves("HOME", "OTHER"))
    assert len(place.land().landed) == 1
    landing.expire(place.warehouse, by="A. Jones")
    history, proofs = place.history_digest(with_ids=True), proven(place)
    assert len({row[1] for row in proofs if row[0] == "superseded"}) == 2
    landing.rebuild(place.warehouse)
    assert (place.history_digest(with_ids=True), proven(place)) == (history, proofs)
    assert place.accounts_balance()


def kill_at(
    place: Place, owner: Any, name: str, call: int, *, after: bool, step: Callable[[], Any] | None = None
) -> None:
    """Run retention in a process of its own that is killed before or after a call of a function."""
    child = os.fork()
    if child == 0:
        original: Callable[..., Any] = getattr(owner, name)
        calls = 0

        def struck(*values: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            result = original(*values, **named) if after or calls != call else None
            if calls == call:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(owner, name, struck)
        try:
            if step is None:
                landing.expire(place.warehouse, by="A. Jones")
            else:
                step()
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL, "the blow must have fallen"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("owner", "name", "call"),
    [
        (journal.Journal, "append", 1),
        (archive.Archive, "remove", 1),
        (archive.Archive, "remove", 3),
        (journal.Journal, "append", 2),
        (retention, "write_proofs", 2),
    ],
)
def test_a_kill_leaves_no_file_without_proof_and_no_proof_of_a_file_that_stays(
    place: Place, owner: Any, name: str, call: int, after: bool
) -> None:
    before = kept(place)
    kill_at(place, owner, name, call, after=after)
    assert {row[3][:16] for row in proven(place)} <= {
        path.split("/")[-1][:16] for path in set(before) - set(kept(place))
    }
    history = place.history_digest(with_ids=True)
    # even before it is healed, the journal is enough
    landing.rebuild(place.warehouse)
    assert place.history_digest(with_ids=True) == history
    landing.expire(place.warehouse, by="A. Jones")
    gone = set(before) - set(kept(place))
    assert len(gone) > 10
    assert {row[3][:16] for row in proven(place)} == {path.split("/")[-1][:16] for path in gone}
    expected = everything(place)
    landing.rebuild(place.warehouse)
    assert everything(place) == expected


def test_while_deliveries_are_landed_nothing_is_removed(place: Place) -> None:
    before = kept(place)
    with place.warehouse.raw_connection() as connection, connection.cursor() as cursor:
        ledger.lock(cursor, "raise", "W06000006")
        assert landing.expire(place.warehouse, by="A. Jones").is_postponed
    assert kept(place) == before
    with pytest.raises(UsageError, match="give --by"):
        landing.expire(place.warehouse, by=" ")


def test_what_a_kill_left_half_written_goes_after_a_day(place: Place) -> None:
    root = place.warehouse.settings.archive
    old, young = root / "refused" / ".new-old", next((root / "objects").iterdir()) / ".new-young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000,) * 2)
    landing.expire(place.warehouse, by="A. Jones")
    assert (old.exists(), young.exists()) == (False, True)


def backups_of(folder: Path) -> list[Path]:
    folder.mkdir()
    made = [folder / f"csc-warehouse-2018-12-{number}.tar" for number in (28, 29)]
    for path in made:
        path.write_bytes(f"backup {path.name}".encode())
    return made


def test_a_backup_that_goes_has_its_proof_and_a_rebuild_keeps_it(place: Place, tmp_path: Path) -> None:
    old = backups_of(tmp_path / "backups")
    before = kept(place)
    landing.expire_backups(place.warehouse, old, rule="maintenance.keep_backups = 2", by="A. Jones")
    assert [path.exists() for path in old] == [False, False]
    assert kept(place) == before
    expected = [
        ("backup", None, path.name, hashlib.sha256(content).hexdigest(), 35, "maintenance.keep_backups = 2", "A. Jones")
        for path in old
        for content in [f"backup {path.name}".encode()]
    ]
    assert proven(place) == expected
    with place.warehouse.raw_connection() as connection:
        connection.execute("truncate landing.retention_proofs")
    landing.rebuild(place.warehouse)
    assert proven(place) == expected


def test_a_kill_while_backups_go_is_healed_and_an_unmounted_folder_proves_nothing(place: Place, tmp_path: Path) -> None:
    old = backups_of(tmp_path / "backups")

    def forget() -> None:
        landing.expire_backups(place.warehouse, old, rule="maintenance.keep_backups = 2", by="A. Jones")

    kill_at(place, archive.Archive, "remove", 2, after=False, step=forget)
    assert ([path.exists() for path in old], proven(place)) == ([False, True], [])
    landing.expire(place.warehouse, by="A. Jones")
    assert [row[2] for row in proven(place) if row[0] == "backup"] == [old[0].name]
    old = old[1:]
    kill_at(place, archive.Archive, "remove", 1, after=False, step=forget)
    old[0].parent.rename(tmp_path / "elsewhere")
    landing.expire(place.warehouse, by="A. Jones")
    assert len([row for row in proven(place) if row[0] == "backup"]) == 1
    (tmp_path / "elsewhere").rename(old[0].parent)
    forget()
    assert len([row for row in proven(place) if row[0] == "backup"]) == 2


def test_while_deliveries_are_landed_backups_stay(place: Place, tmp_path: Path) -> None:
    old = backups_of(tmp_path / "backups")
    with place.warehouse.raw_connection() as connection, connection.cursor() as cursor:
        ledger.lock(cursor, "raise", "W06000006")
        assert landing.expire_backups(place.warehouse, old, rule="x", by="A. Jones").is_postponed
    assert all(path.exists() for path in old)
