"""Sealed files: what comes back, what is refused, and how much of them is ever in memory."""

from __future__ import annotations

import io
import stat
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csc_warehouse.errors import CscWarehouseError, UsageError
from csc_warehouse.warehouse import sealing
from csc_warehouse.warehouse.sealing import PIECE, Keys

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


def keys(*found: bytes) -> Keys:
    return Keys(Path("backup.key"), list(found or (KEY,)))


def sealed(content: bytes, with_keys: Keys | None = None, *, step: int = 1 << 16) -> bytes:
    out = io.BytesIO()
    sealer = sealing.Sealer(out, with_keys or keys())
    for start in range(0, len(content), step):
        sealer.write(content[start : start + step])
    sealer.finish()
    return out.getvalue()


def opened(content: bytes, with_keys: Keys | None = None) -> bytes:
    return io.BufferedReader(sealing.Unsealer(io.BytesIO(content), with_keys or keys(), "a backup")).read()


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7])
def test_content_when_sealed_then_comes_back_and_is_not_to_be_seen(length: int) -> None:
    content = (b"Ann Child, 1 High Street; " * (length // 26 + 1))[:length]
    found = sealed(content)
    assert opened(found) == content
    assert b"Ann Child" not in found
    # another salt each time: the same content never looks the same
    assert sealed(content) != found


@settings(max_examples=40, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_file_when_one_bit_is_changed_anywhere_then_is_refused(place: float, bit: int) -> None:
    found = bytearray(sealed(b"row\n" * (PIECE // 2)))
    found[int(place * len(found))] ^= 1 << bit
    with pytest.raises(CscWarehouseError, match=r"is not as it was sealed|is no sealed file|with a key that is not in"):
        opened(bytes(found))


def test_file_when_cut_grown_or_put_in_another_order_then_is_refused() -> None:
    whole = sealed(bytes(3 * PIECE))
    header, size = len(whole) - 3 * (PIECE + 16), PIECE + 16
    pieces = [whole[header + number * size : header + (number + 1) * size] for number in range(3)]
    wrong = [
        whole[:-1],
        whole[: header + 2 * size],
        whole[:header],
        whole + b"\0",
        whole + pieces[2],
        whole[:header] + pieces[1] + pieces[0] + pieces[2],
        whole[:header] + pieces[0] + pieces[2],
        # the pieces of another file of the same key
        sealed(bytes(3 * PIECE))[:header] + whole[header:],
    ]
    for content in wrong:
        with pytest.raises(CscWarehouseError, match=r"^a backup is not as it was sealed: from byte"):
            opened(content)
    for content in (b"", whole[: header - 1], b"PK" + whole):
        with pytest.raises(CscWarehouseError, match="is no sealed file"):
            opened(content)


def test_key_when_another_one_then_the_sentence_says_so_and_when_rotated_then_still_opens() -> None:
    before = sealed(b"content")
    with pytest.raises(CscWarehouseError, match=r"a backup was sealed with a key that is not in backup\.key"):
        opened(before, keys(OTHER))
    rotated = keys(OTHER, KEY)
    assert opened(before, rotated) == b"content"
    assert opened(sealed(b"new", rotated), keys(OTHER)) == b"new"


def test_key_file_when_rotated_then_its_new_key_comes_first_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "made" / "backup.key"
    assert sealing.add_key(path) == 1
    first = sealing.read_keys(path)
    assert sealing.add_key(path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sealing.read_keys(path).first != first.first
    assert opened(sealed(b"content", first), sealing.read_keys(path)) == b"content"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", [b"", b"\n", b"c2hvcnQ=\n", b"no key at all", "allwedd ŵ".encode()])
def test_key_file_when_it_holds_something_else_then_is_refused_without_its_words(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "backup.key"
    path.write_bytes(content)
    for call in (sealing.read_keys, sealing.add_key):
        with pytest.raises(UsageError, match=r"holds no key|holds a line that is no key") as error:
            call(path)
        assert "allwedd" not in str(error.value)
    assert path.read_bytes() == content
    with pytest.raises(UsageError, match="rotate-backup-key"):
        sealing.read_keys(tmp_path / "nowhere")
    # a new key opens nothing that is sealed already
    with pytest.raises(UsageError, match=r"restore it from its safe\.$"):
        sealing.read_keys(tmp_path / "nowhere", to_open=True)


def test_file_when_large_then_pieces_alone_are_in_memory(tmp_path: Path) -> None:
    source, target, back = tmp_path / "plain", tmp_path / "sealed", tmp_path / "back"
    source.write_bytes(bytes(24 * PIECE))
    tracemalloc.start()
    sealing.seal_file(source, target, keys())
    sealing.unseal_file(target, back, keys())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * PIECE
    assert back.stat().st_size == 24 * PIECE
    assert sealing.is_sealed(target)
    assert not sealing.is_sealed(source)


def test_file_when_its_making_breaks_off_or_it_is_damaged_then_none_is_left(tmp_path: Path) -> None:
    target = tmp_path / "sealed"
    with pytest.raises(TypeError), sealing.sealing(target, keys()) as file:
        file.write("no bytes")
    assert not target.exists()
    (tmp_path / "damaged").write_bytes(sealed(bytes(2 * PIECE))[:-1])
    with pytest.raises(CscWarehouseError, match="damaged is not as it was sealed"):
        sealing.unseal_file(tmp_path / "damaged", tmp_path / "back", keys())
    assert not (tmp_path / "back").exists()
