"""Files sealed with a key: encrypted and authenticated in pieces, so that no more than one piece is ever in memory.

A sealed file is a header (kind, fingerprint of its key, salt) and pieces of a mebibyte, each by AES-256-GCM under a key
of the file's own (HKDF-SHA256 of the key and the salt). A piece's nonce is its number and whether it is the last, its
associated data the header: a byte that was changed, a piece that was moved or left out and a file that was cut are all
refused (docs/adr/0140-backups-are-sealed.md).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from csc_warehouse.errors import CscWarehouseError, UsageError

SUFFIX = ".sealed"
KIND = b"csc-warehouse sealed 1\n"
PIECE, KEY_BYTES = 1 << 20, 32
_FINGERPRINT_BYTES, _SALT_BYTES, _TAG_BYTES = 8, 32, 16
_HEADER_BYTES = len(KIND) + _FINGERPRINT_BYTES + _SALT_BYTES
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_OF_THE_KEY, _OF_THE_FILE = b"csc-warehouse fingerprint", b"csc-warehouse file"


class Keys:
    """The keys of a key file: the first seals, all of them open."""

    def __init__(self, path: Path, keys: list[bytes]) -> None:
        """Keep the keys of a file, the one in force first; at least one."""
        self.path = path
        self._by_fingerprint = {_fingerprint(key): key for key in reversed(keys)}
        self.first = keys[0]

    def of(self, fingerprint: bytes, name: str) -> bytes:
        """Return the key that a sealed file names; raise CscWarehouseError where it is none of these."""
        key = self._by_fingerprint.get(fingerprint)
        if key is None:
            raise CscWarehouseError(
                f"{name} was sealed with a key that is not in {self.path}: add the line with that key to the file, from"
                " its safe."
            )
        return key


def _fingerprint(key: bytes) -> bytes:
    return hashlib.sha256(_OF_THE_KEY + key).digest()[:_FINGERPRINT_BYTES]


def read_keys(path: Path, *, to_open: bool = False) -> Keys:
    """Read a key file, one key a line; raise UsageError where it cannot be read or a line is no key.

    to_open: for what is sealed already, which a new key would not open.
    """
    try:
        lines = path.read_text(encoding="ascii").split()
        keys = [base64.b64decode(line, altchars=b"-_", validate=True) for line in lines]
    except OSError as error:
        first = "" if to_open else ", or make a first one with csc-warehouse rotate-backup-key"
        raise UsageError(
            f"The key file of the backups {path} cannot be read ({error.strerror}): restore it from its safe{first}."
        ) from error
    except (UnicodeDecodeError, binascii.Error) as error:
        raise UsageError(f"The key file of the backups {path} holds a line that is no key: {_HOW}") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise UsageError(f"The key file of the backups {path} holds no key, or a line that is none: {_HOW}")
    return Keys(path, keys)


_HOW = "restore the file from its safe; csc-warehouse rotate-backup-key writes its lines."


def add_key(path: Path) -> int:
    """Put a new key before those of a key file, whole or not at all, and return how many it holds now.

    The keys before it stay: what was sealed with them opens further. Raises UsageError where the file holds another
    thing.
    """
    before = path.read_text(encoding="ascii").split() if path.exists() and read_keys(path) else []
    lines = [base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode(), *before]
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return len(lines)


def is_sealed(path: Path) -> bool:
    """Tell whether a file says of itself that it is sealed."""
    with path.open("rb") as file:
        return file.read(len(KIND)) == KIND


def _cipher(key: bytes, header: bytes) -> Callable[[bytes, int, bool, bool], bytes]:
    """Return what turns one piece, given its number and whether it is the last, into its sealed form or back."""
    # loaded where something is sealed: no command's help waits for it
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    salt = header[-_SALT_BYTES:]
    aes = AESGCM(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=_OF_THE_FILE).derive(key))

    def turned(piece: bytes, number: int, is_last: bool, is_opening: bool) -> bytes:
        nonce = number.to_bytes(11, "big") + bytes([is_last])
        if not is_opening:
            return aes.encrypt(nonce, piece, header)
        try:
            return aes.decrypt(nonce, piece, header)
        except InvalidTag as error:
            raise ValueError(number) from error

    return turned


class Sealer(io.RawIOBase):
    """What is written to it goes sealed into a file; only close ends it: without its last piece it opens nowhere."""

    def __init__(self, file: IO[bytes], keys: Keys) -> None:
        """Write the header; the file stays the caller's to close."""
        header = KIND + _fingerprint(keys.first) + secrets.token_bytes(_SALT_BYTES)
        self._file, self._turned = file, _cipher(keys.first, header)
        self._waiting, self._number = bytearray(), 0
        file.write(header)

    def writable(self) -> bool:
        """Return true."""
        return True

    def write(self, content: Any, /) -> int:
        """Take bytes; whole pieces go on at once."""
        given = memoryview(content).cast("B")
        self._waiting += given
        # one piece is kept back: nobody knows yet whether it is the last
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]
        return len(given)

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        self._file.write(self._turned(piece, self._number, is_last, False))
        self._number += 1

    def finish(self) -> None:
        """Write the last piece."""
        self._put(bytes(self._waiting), is_last=True)
        self._waiting.clear()


class Unsealer(io.RawIOBase):
    """A sealed file, read as what was sealed; each piece is proved before any of it is given."""

    def __init__(self, file: IO[bytes], keys: Keys, name: str) -> None:
        """Read the header; raise CscWarehouseError where the file is none of ours or its key is not there."""
        header = file.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES or not header.startswith(KIND):
            raise CscWarehouseError(f"{name} is no sealed file, or only the beginning of one: use another copy.")
        key = keys.of(header[len(KIND) : len(KIND) + _FINGERPRINT_BYTES], name)
        self._file, self._name, self._turned = file, name, _cipher(key, header)
        self._next: bytes = file.read(PIECE + _TAG_BYTES)
        self._open, self._number, self._is_done = b"", 0, False

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Give bytes; raise CscWarehouseError at the first piece that is not as it was sealed."""
        while not self._open and not self._is_done:
            piece, self._next = self._next, self._file.read(PIECE + _TAG_BYTES)
            self._is_done = not self._next
            try:
                self._open = self._turned(piece, self._number, self._is_done, True)
            except ValueError as error:
                raise CscWarehouseError(
                    f"{self._name} is not as it was sealed: from byte {self._number * PIECE:,} of its content on it was"
                    " changed or cut. Nothing of it was used; take another copy."
                ) from error
            self._number += 1
        into = memoryview(buffer).cast("B")
        given = min(len(into), len(self._open))
        into[:given] = self._open[:given]
        self._open = self._open[given:]
        return given


@contextmanager
def sealing(path: Path, keys: Keys) -> Iterator[Sealer]:
    """Yield what writes a new sealed file, which is on the disk when the block has ended well, and no file if not."""
    try:
        with os.fdopen(os.open(path, _NEW, 0o600), "wb") as file:
            sealer = Sealer(file, keys)
            yield sealer
            sealer.finish()
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def unsealing(path: Path, keys: Keys) -> Iterator[IO[bytes]]:
    """Yield the content of a sealed file, and read it to its end: what was cut off behind is found by that alone."""
    with path.open("rb") as file:
        content = io.BufferedReader(Unsealer(file, keys, path.name), PIECE)
        yield content
        while content.read(PIECE):
            pass


def seal_file(source: Path, target: Path, keys: Keys) -> None:
    """Seal a file into a new one."""
    with source.open("rb") as plain, sealing(target, keys) as sealed:
        shutil.copyfileobj(plain, sealed, PIECE)


def unseal_file(source: Path, target: Path, keys: Keys) -> None:
    """Write what a sealed file holds into a new one; raise CscWarehouseError, leaving none, where it is not whole."""
    try:
        with os.fdopen(os.open(target, _NEW, 0o600), "wb") as plain, unsealing(source, keys) as content:
            shutil.copyfileobj(content, plain, PIECE)
    except CscWarehouseError:
        target.unlink(missing_ok=True)
        raise


def main(arguments: list[str]) -> int:
    """Keep a piece of the server's log (`keep KEY PIECE KEPT`) or give it back (`fetch KEY KEPT PIECE`).

    Called by the server itself, as its account, and so by the path of this file: the package around it would have to
    load all that it needs. Returns 0, 1 where there is no such piece or another one is kept by its name, and 200 where
    it cannot be opened: the server ends its recovery at anything above 125, and takes what is below for the log's end.
    """
    what, key, source, target = arguments
    try:
        keys = read_keys(Path(key), to_open=what == "fetch")
        return _keep(Path(source), Path(target), keys) if what == "keep" else _fetch(Path(source), Path(target), keys)
    except CscWarehouseError as error:
        sys.stderr.write(f"{error}\n")
        return 200


def _keep(piece: Path, kept: Path, keys: Keys) -> int:
    if kept.exists():
        # the server asks again after a crash between the keeping and its own note of it
        with piece.open("rb") as plain, unsealing(kept, keys) as content:
            is_same = hashlib.file_digest(plain, "sha256").digest() == _digest(content)
        return 0 if is_same else 1
    part = kept.with_name(f".{kept.name}.part")
    part.unlink(missing_ok=True)
    seal_file(piece, part, keys)
    part.rename(kept)
    folder = os.open(kept.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return 0


def _digest(content: IO[bytes]) -> bytes:
    digest = hashlib.sha256()
    while block := content.read(PIECE):
        digest.update(block)
    return digest.digest()


def _fetch(kept: Path, piece: Path, keys: Keys) -> int:
    piece.unlink(missing_ok=True)
    sealed = kept.with_name(kept.name + SUFFIX)
    if sealed.exists():
        unseal_file(sealed, piece, keys)
    elif kept.exists():
        # from before there was a key
        shutil.copyfile(kept, piece)
    return 0 if piece.exists() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
