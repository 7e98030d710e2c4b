"""Landings that are killed, cut off or run twice: nothing is half there, and the next run ends as undisturbed."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from csc_warehouse import landing
from csc_warehouse.errors import CscWarehouseError, WarehouseUnavailableError
from csc_warehouse.landing import lander
from csc_warehouse.landing.history import comparison, copy_text, versions
from csc_warehouse.landing.merging import merge
from csc_warehouse.landing.reading import entity_rows
from csc_warehouse.landing.recording import archive, delivery_details, journal, ledger
from csc_warehouse.landing.verifying.delivery import Verifier
from csc_warehouse.warehouse import Warehouse, cluster, open_warehouse
from tests.support.deliveries import write_raise, write_wccis
from tests.support.homes import temporary_settings
from tests.support.landings import Place, day

Hook = tuple[Any, str]
STEPS: dict[str, Hook] = {
    "hashing": (Verifier, "content_sha256"),
    "verifying": (Verifier, "verify"),
    "locking": (ledger, "lock"),
    "reading an entity": (entity_rows, "read_vectorised"),
    "comparing": (comparison, "compare"),
    "stepping back in history": (versions, "truncate_from"),
    "ending versions": (versions, "close_versions"),
    "copying rows": (copy_text, "copy_text"),
    "merging": (versions, "apply"),
    "superseding": (ledger, "supersede"),
    "writing the ledger": (ledger, "insert_accepted"),
    "writing accounts": (delivery_details, "write_accounts"),
    "writing quarantine": (delivery_details, "write_quarantine"),
    "replaying": (merge.Merge, "replay"),
    "archiving": (archive.Archive, "stage"),
    "keeping in the archive": (archive.Archive, "keep"),
    "making the archive durable": (archive, "_make_durable"),
    "journalling": (journal.Journal, "append"),
    "remembering the files": (ledger, "write_look"),
}


def moves(*rows: str) -> dict[str, Any]:
    parts = [row.split(" ") for row in rows]
    return {"SCHOOL_MOVE": [{"MOVE_NO": n, "REASON": r, "MOVE_DATE": "01/05/2018", "CLIENT_NO": "7"} for n, r in parts]}


def write_first(place: Place) -> None:
    """Write what is landed before the fault: two fulls of RAISe."""
    write_raise(place.exports, day(10), moves("1 HOME", "2 HOME", "3 HOME"))
    write_raise(place.exports, day(12), moves("1 HOME", "2 OTHER"))


def write_second(place: Place) -> None:
    """Write what is landed while the fault strikes: a late full, one that replaces another, and one of WCCIS."""
    write_raise(place.exports, day(11), moves("1 OTHER", "3 HOME", "4 HOME"))
    folder = write_raise(place.exports, day(12), moves("1 OTHER", *(f"{n} HOME" for n in range(20, 60))))
    path = next(folder.glob("RAISE_SCHOOL*"))
    path.write_bytes(path.read_bytes().replace(b"01/05/2018", b"31/02/2018", 1))
    write_wccis(place.exports, day(1, 6), {"person": [{"personid": "a-1"}]})


def start_again(place: Place) -> None:
    place.start_again()
    write_first(place)
    place.land()
    write_second(place)


def outcome(place: Place) -> tuple[Any, ...]:
    """Return all that a landing leaves, its ids and stamps aside."""
    assert place.accounts_balance()
    return (
        place.history_digest(),
        place.query(
            "select source, business_date, kind, status, rows_in_files, rows_accepted, rows_quarantined"
            " from landing.deliveries order by source, business_date, status, rows_in_files"
        ),
        place.query(
            "select source, business_date, entity, rows_in_file, e.rows_accepted, rows_new, rows_changed, rows_vanished"
            " from landing.delivery_entities e join landing.deliveries using (delivery_id) where status = 'accepted'"
            " order by 1, 2, 3"
        ),
        place.query("select business_date, record_number, reason_code from landing.quarantine order by 1, 2"),
    )


@pytest.fixture(scope="module")
def killable() -> Iterator[Warehouse]:
    """Yield a warehouse of this file's own: its server is killed too."""
    with temporary_settings() as settings:
        warehouse = open_warehouse(settings)
        yield warehouse
        warehouse.engine.dispose()


@pytest.fixture(scope="module")
def place(killable: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(killable, tmp_path_factory.mktemp("killed"))


@pytest.fixture(scope="module")
def undisturbed(place: Place) -> tuple[Any, ...]:
    start_again(place)
    place.land()
    return outcome(place)


def strike(hook: Hook, blow: Callable[[], object], *, after: bool = False) -> None:
    """Make a function deal a blow the first time it is called, before or after its work."""
    owner, name = hook
    original = getattr(owner, name)
    has_struck = False

    def struck(*values: Any, **named: Any) -> Any:
        nonlocal has_struck
        result = original(*values, **named) if after or has_struck else None
        if not has_struck:
            has_struck = True
            blow()
            return result if after else original(*values, **named)
        return result

    setattr(owner, name, struck)


def in_child(work: Callable[[], None]) -> int:
    """Run work in a process of its own and return its exit status; 0 where it came through."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def kill_myself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_landing_leaves_nothing_half(
    place: Place, undisturbed: tuple[Any, ...], step: str, moment: str
) -> None:
    start_again(place)

    def land_and_die() -> None:
        strike(STEPS[step], kill_myself, after=moment == "after")
        place.land()

    assert os.WTERMSIG(in_child(land_and_die)) == signal.SIGKILL, "the blow must have fallen"
    assert place.accounts_balance()
    summary = place.land()
    assert summary.refused == []
    assert outcome(place) == undisturbed
    assert place.waiting().deliveries == []
    expected = place.history_digest()
    place.empty()
    landing.rebuild(place.warehouse)
    assert place.history_digest() == expected, "the archive and journal must tell the same story after a kill"


def kill_server(place: Place) -> None:
    """Kill PostgreSQL as a power cut would: the postmaster and its children, at once."""
    data = cluster.data_directory(home_of(place))
    postmaster = psutil.Process(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=10)


def home_of(place: Place) -> Path:
    return place.cluster_home


@pytest.mark.parametrize(
    "step",
    ["reading an entity", "copying rows", "merging", "writing the ledger", "replaying", "archiving", "journalling"],
)
def test_a_killed_server_is_one_clear_sentence_and_heals(
    place: Place, undisturbed: tuple[Any, ...], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_again(place)
    owner, name = STEPS[step]
    monkeypatch.setattr(owner, name, getattr(owner, name))
    strike(STEPS[step], lambda: kill_server(place))
    try:
        with pytest.raises(WarehouseUnavailableError, match=r"^Landing stopped: .+ was not half landed\.$"):
            place.land()
    finally:
        cluster.start(home_of(place))
    monkeypatch.undo()
    place.land()
    assert outcome(place) == undisturbed


def cut_connections(place: Place) -> None:
    with psycopg.connect(place.warehouse.url_for("libpq"), autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and application_name = 'csc-warehouse'"
        )


@pytest.mark.parametrize("step", ["verifying", "comparing", "copying rows", "writing accounts", "journalling"])
def test_a_lost_connection_is_worth_retrying(
    place: Place, undisturbed: tuple[Any, ...], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_again(place)
    owner, name = STEPS[step]
    monkeypatch.setattr(owner, name, getattr(owner, name))
    strike(STEPS[step], lambda: cut_connections(place))
    with pytest.raises(WarehouseUnavailableError, match="connection to the database was lost"):
        place.land()
    monkeypatch.undo()
    place.land()
    assert outcome(place) == undisturbed


def fill_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("function", ["_copy", "_make_durable"])
def test_a_full_disk_is_one_clear_sentence(
    place: Place, undisturbed: tuple[Any, ...], function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_again(place)
    monkeypatch.setattr(archive, function, getattr(archive, function))
    strike((archive, function), fill_disk)
    with pytest.raises(CscWarehouseError, match="no space left for the archive"):
        place.land()
    monkeypatch.undo()
    place.land()
    assert outcome(place) == undisturbed


def test_a_full_disk_of_the_server_is_one_clear_sentence(
    place: Place, undisturbed: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    start_again(place)

    def fill() -> None:
        raise psycopg.errors.DiskFull("could not extend file")

    monkeypatch.setattr(versions, "apply", versions.apply)
    strike((versions, "apply"), fill)
    with pytest.raises(WarehouseUnavailableError, match="the database server has no space left"):
        place.land()
    monkeypatch.undo()
    place.land()
    assert outcome(place) == undisturbed


def test_two_landings_at_once_land_each_delivery_once(place: Place, undisturbed: tuple[Any, ...]) -> None:
    start_again(place)
    waiting = place.waiting().deliveries
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                lander.land(place.warehouse, waiting)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert outcome(place) == undisturbed


def test_a_torn_line_of_the_journal_is_passed_over(place: Place, undisturbed: tuple[Any, ...]) -> None:
    start_again(place)
    path = place.warehouse.settings.archive / "journal.jsonl"
    with path.open("a") as file:
        file.write('{"event": "landed", "business_date": "2018-0')
    place.land()
    assert outcome(place) == undisturbed
    place.empty()
    landing.rebuild(place.warehouse)
    assert place.history_digest() == undisturbed[0]


def test_a_damaged_object_of_the_archive_stops_a_rebuild_and_changes_nothing(place: Place) -> None:
    start_again(place)
    place.land()
    before = place.history_digest(with_ids=True)
    objects = sorted(
        (place.warehouse.settings.archive / "objects").rglob("*.zst"), key=lambda path: path.stat().st_size
    )
    shutil.copy(objects[0], objects[-1])
    with pytest.raises(CscWarehouseError, match="is damaged: restore it from a backup"):
        landing.rebuild(place.warehouse)
    assert place.history_digest(with_ids=True) == before


def test_a_file_that_changes_while_it_is_read_is_not_there_yet(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    start_again(place)
    folder = place.exports / "raise" / str(day(11))
    path = next(folder.glob("RAISE_SCHOOL*"))
    monkeypatch.setattr(versions, "apply", versions.apply)
    strike((versions, "apply"), lambda: path.write_bytes(path.read_bytes() + b"9,7,01/05/2018,HOME,\r\n"))
    summary = place.land()
    assert any("changed while" in sentence for sentence in summary.not_there_yet)
    assert place.query("select count(*) from landing.deliveries where business_date = %s", day(11)) == [(0,)]
