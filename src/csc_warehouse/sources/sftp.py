"""Deliveries on an SFTP server: the same folders as an exports folder, fetched when they are complete."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.errors import CscWarehouseError, NoSpaceError, SourceUnavailableError, UsageError
from csc_warehouse.settings import MOST_MEMBERS, SftpConfig
from csc_warehouse.sources.delivery import DeliveredFile, Delivery, Found, NotThereYet
from csc_warehouse.sources.delivery_folders import UNSAFE_NAME, Entry, Finder, unfit_name
from csc_warehouse.sources.sftp_keys import known_host_keys, private_key

if TYPE_CHECKING:
    import paramiko

REQUEST = 32 * 1024
"""Bytes asked for at once: what every server gives."""
WINDOW = 8 * 1024**2
"""Bytes asked for before the first of them is waited for; what is held in memory of a file, whatever its size."""
REQUESTS_AT_ONCE = 64


class SftpTree:
    """Folders of an SFTP server, over one open connection."""

    has_late_writers = True

    def __init__(self, client: paramiko.SFTPClient, exports: str) -> None:
        """Take an open client and the exports folder."""
        self._client = client
        self._exports = exports

    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds, by name; nothing where there is no such folder. Links are no plain files."""
        try:
            listed = _listed(self._client, path)
        except FileNotFoundError:
            return []
        entries = []
        for found in sorted(listed, key=lambda attributes: attributes.filename):
            name, mode, where = found.filename, found.st_mode or 0, f"{path}/{found.filename}"
            unfit = unfit_name(name) if is_plain(name) else UNSAFE_NAME
            if stat.S_ISLNK(mode):
                unfit = "it is a link, and no link of a server is followed"
            elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                unfit = "it is no file"
            file = _delivered(name, where, found) if stat.S_ISREG(mode) and not unfit else None
            entries.append(Entry(name, where, stat.S_ISDIR(mode) and not unfit, file, unfit))
        return entries

    def leaves(self, path: str) -> bool:
        """Tell whether a folder is a link that leads out of the exports folder."""
        try:
            if not stat.S_ISLNK(self._client.lstat(path).st_mode or 0):
                return False
            inside = PurePosixPath(self._client.normalize(self._exports) or self._exports)
            return not PurePosixPath(self._client.normalize(path) or path).is_relative_to(inside)
        except FileNotFoundError:
            return False

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading."""
        return cast(BinaryIO, self._client.open(path, "rb"))

    def look(self, path: str, name: str) -> DeliveredFile | None:
        """Return a file as it is now, or None where it has gone."""
        try:
            found = self._client.lstat(path)
        except FileNotFoundError:
            return None
        return _delivered(name, path, found) if stat.S_ISREG(found.st_mode or 0) else None

    def has_folder(self, path: str) -> bool:
        """Tell whether a folder is there."""
        try:
            return stat.S_ISDIR(self._client.stat(path).st_mode or 0)
        except FileNotFoundError:
            return False

    def read_from(self, path: str, start: int, size: int) -> Iterator[bytes]:
        """Yield a file's content from a place on, with many requests under way at once."""
        with self._client.open(path, "rb") as file:
            for begin in range(start, size, WINDOW):
                end = min(begin + WINDOW, size)
                chunks = [(place, min(REQUEST, end - place)) for place in range(begin, end, REQUEST)]
                yield from file.readv(chunks, max_concurrent_prefetch_requests=REQUESTS_AT_ONCE)


class SftpSource:
    """One source's deliveries below a folder of an SFTP server."""

    is_on_this_machine = False

    def __init__(
        self,
        config: SftpConfig,
        contract: SourceContract,
        *,
        home_authority: str,
        spool: Path,
        most_members: int = MOST_MEMBERS,
    ) -> None:
        """Take server and account, the contract, the authority whose returns no folder names, and where to fetch to."""
        self._config = config
        self._contract = contract
        self._home_authority = home_authority
        self._spool = spool
        self._most_members = most_members

    def find(self, *, stable_seconds: float) -> Found:
        """Return the deliveries that are complete on the server, in business-date order, and what is not there yet.

        Raises SourceUnavailableError where the server cannot be reached, CscWarehouseError where it is not the one that
        is known or does not let the account in, UsageError where the folder does not exist.
        """
        folder = self._config.folder.rstrip("/") or "/"
        with self._connected() as tree:
            if not tree.has_folder(folder):
                raise UsageError(
                    f"The folder {folder} does not exist on {self._config.host}, or {self._config.user} may not see it:"
                    " correct `folder` of the SFTP settings."
                )
            finder = Finder(
                tree, folder, self._contract, home_authority=self._home_authority, most_members=self._most_members
            )
            return finder.find(stable_seconds=stable_seconds)

    def look_again(self, delivery: Delivery) -> Delivery:
        """Return the delivery with sizes and times of now on the server; a file that has gone is left out."""
        with self._connected() as tree:
            return _look_again(tree, delivery)

    @contextmanager
    def fetch(self, delivery: Delivery) -> Iterator[Delivery]:
        """Yield the delivery with its files fetched into the spool, going on where a break left off.

        The spool is emptied once the delivery has been dealt with. Raises NotThereYet where a file changed meanwhile.
        """
        folder = self._spool / delivery.source / delivery.authority_code / str(delivery.business_date) / delivery.name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _only_one(self._spool / f".{delivery.source}-{delivery.authority_code}.lock"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._connected() as tree:
                files = tuple(_fetch(tree, delivery, file, folder) for file in delivery.files)
                if _look_again(tree, delivery).fingerprint != delivery.fingerprint:
                    raise NotThereYet("its files changed while they were fetched")
            yield replace(delivery, files=files)
            shutil.rmtree(folder)

    @contextmanager
    def _connected(self) -> Iterator[SftpTree]:
        import paramiko

        config = self._config
        where = f"{config.user}@{config.host}:{config.port}"
        client = paramiko.SSHClient()
        try:
            known_host_keys(client, config)
            client.connect(
                config.host,
                port=config.port,
                username=config.user,
                password=config.password.get_secret_value() if config.password else None,
                pkey=private_key(config),
                look_for_keys=False,
                allow_agent=False,
                timeout=config.timeout_seconds,
                banner_timeout=config.timeout_seconds,
                auth_timeout=config.timeout_seconds,
                channel_timeout=config.timeout_seconds,
            )
            opened = client.open_sftp()
            channel = opened.get_channel()
            if channel is not None:
                channel.settimeout(config.timeout_seconds)
            yield SftpTree(opened, config.folder)
        except paramiko.BadHostKeyException as error:
            raise CscWarehouseError(
                f"{config.host}:{config.port} shows another key than the one that is known: nothing was fetched. "
                "Ask the supplier whether the server's key was changed, and only then replace it in known_hosts."
            ) from error
        except paramiko.AuthenticationException as error:
            raise CscWarehouseError(
                f"{where} does not let this account in: correct user, key_file or password of the SFTP settings."
            ) from error
        except PermissionError as error:
            raise CscWarehouseError(
                f"{where} does not let this account read the deliveries: ask the supplier to permit it."
            ) from error
        except (paramiko.SSHException, EOFError, ConnectionError, TimeoutError) as error:
            raise _unavailable(where, error) from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoSpaceError(
                    f"There is no space left for the spool {self._spool}: free some and run the command again; what "
                    "was fetched is kept."
                ) from error
            raise _unavailable(where, error) from error
        finally:
            client.close()


def _unavailable(where: str, error: BaseException) -> SourceUnavailableError:
    words = str(error).strip().splitlines()
    reason = words[0] if words else type(error).__name__
    return SourceUnavailableError(
        f"The SFTP server {where} cannot be reached, or was lost ({reason}). Run the command again once it is back; "
        "what was fetched is kept."
    )


def is_plain(name: str) -> bool:
    """Tell whether a name that a server gives stays in its folder."""
    return name not in ("", ".", "..") and not any(mark in name for mark in ("/", "\\", "\0"))


def _listed(client: Any, path: str) -> list[paramiko.SFTPAttributes]:
    """Return what a folder of a server holds; a name that is no UTF-8 has a surrogate for each byte of it.

    The library's own listing ends at such a name, and with it everything else of that folder.
    """
    from paramiko import SFTPAttributes
    from paramiko.sftp import CMD_CLOSE, CMD_OPENDIR, CMD_READDIR

    _, answer = client._request(CMD_OPENDIR, path)
    handle = answer.get_binary()
    listed = []
    while True:
        try:
            _, answer = client._request(CMD_READDIR, handle)
        except EOFError:
            break
        for _ in range(answer.get_int()):
            name = answer.get_binary().decode("utf-8", "surrogateescape")
            answer.get_binary()
            attributes = SFTPAttributes._from_msg(answer, name)
            if name not in (".", ".."):
                listed.append(attributes)
    client._request(CMD_CLOSE, handle)
    return listed


def _delivered(name: str, path: str, found: paramiko.SFTPAttributes) -> DeliveredFile:
    return DeliveredFile(name, path, found.st_size or 0, int((found.st_mtime or 0) * 1e9))


def _look_again(tree: SftpTree, delivery: Delivery) -> Delivery:
    looks = [tree.look(f"{delivery.location}/{file.name}", file.name) for file in delivery.files]
    return replace(delivery, files=tuple(look for look in looks if look is not None))


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Keep a second landing of the same source and authority from writing into the same spool."""
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(tree: SftpTree, delivery: Delivery, file: DeliveredFile, folder: Path) -> DeliveredFile:
    """Fetch one file, going on where an earlier attempt broke off; whole only under its own name."""
    if not is_plain(file.name):
        raise NotThereYet("a file of it has a name that leaves its folder")
    target = folder / file.name
    # a part belongs to one version of the file: of another size or time it is begun anew
    named = hashlib.sha256(file.name.encode()).hexdigest()[:16]
    part = folder / f".{file.size}-{file.modified_ns}-{named}.part"
    if not (target.exists() and _is_version(target, file)):
        have = part.stat().st_size if part.exists() else 0
        try:
            with part.open("ab") as sink:
                sink.truncate(min(have, file.size))
                for content in tree.read_from(f"{delivery.location}/{file.name}", min(have, file.size), file.size):
                    sink.write(content)
                sink.flush()
                os.fsync(sink.fileno())
        except FileNotFoundError as error:
            raise NotThereYet(f"{file.name} has gone") from error
        if part.stat().st_size != file.size:
            raise NotThereYet(f"{file.name} changed while it was fetched")
        os.utime(part, ns=(file.modified_ns, file.modified_ns))
        part.replace(target)
    return replace(file, path=str(target))


def _is_version(path: Path, file: DeliveredFile) -> bool:
    status = path.stat()
    return status.st_size == file.size and status.st_mtime_ns == file.modified_ns
