"""A Python that the server's account can run, for what the server itself calls to seal its log."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from csc_warehouse import errors
from csc_warehouse.errors import WarehouseUnavailableError
from csc_warehouse.warehouse import sealing, server

_LIBRARIES = ("cryptography", "cffi", "_cffi_backend")
_LEFT_OUT = (
    "site-packages",
    "test",
    "tests",
    "idlelib",
    "tkinter",
    "turtledemo",
    "ensurepip",
    "__pycache__",
    "config-*",
)
_TRIAL = "import cryptography.hazmat.bindings._rust, csc_warehouse.errors"


def sealing_command(account: server.Account) -> str:
    """Return what a shell calls to seal and open pieces of the log, as the server's account.

    This process's own Python; where we are root and that lies where the account may not go, as below /root, a copy of
    it. Raises WarehouseUnavailableError where none can be made.
    """
    own = [sys.executable, "-I", str(Path(sealing.__file__))]
    if account.is_another and not _can_run(own, account):
        own = _shared_copy(account)
    # the server puts its own names for %p and %f, and one per cent sign for two
    return " ".join(shlex.quote(word).replace("%", "%%") for word in own)


def _can_run(command: list[str], account: server.Account) -> bool:
    try:
        done = subprocess.run(  # noqa: S603  (our own programs)
            [*command[:-1], "-c", f"open({command[-1]!r}).close(); {_TRIAL}"],
            cwd="/",
            capture_output=True,
            check=False,
            **account.drop(),
        )
    except OSError:
        return False
    return done.returncode == 0


def _shared_copy(account: server.Account) -> list[str]:
    """Return how root's copy of Python is called, made where it is not there; whole or not at all."""
    ours = [*_of_errors(), Path(sealing.__file__)]
    told = [sys.version, version("cryptography"), *(path.read_text(encoding="utf-8") for path in ours)]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
    target = server.SHARED_PROGRAMS / f"python-{sys.version_info.major}.{sys.version_info.minor}-{digest}"
    try:
        if not target.exists():
            server.SHARED_PROGRAMS.mkdir(parents=True, exist_ok=True)
            server.SHARED_PROGRAMS.chmod(0o755)
            with tempfile.TemporaryDirectory(
                prefix=".new-", dir=server.SHARED_PROGRAMS, ignore_cleanup_errors=True
            ) as folder:
                _copy(Path(folder))
                server.open_to_all(Path(folder))
                if not target.exists():
                    Path(folder).rename(target)
    except OSError as error:
        raise _unreachable(account, f"no copy can be put into {server.SHARED_PROGRAMS} ({error.strerror})") from error
    packages = target / _packages().relative_to(sys.base_prefix)
    # it looks for its own library where it was built first, and else takes one of the system's
    program = ["/usr/bin/env", f"LD_LIBRARY_PATH={target / 'lib'}", str(target / "bin" / "python")]
    called = [*program, "-I", str(packages / "csc_warehouse" / "warehouse" / "sealing.py")]
    if not _can_run(called, account):
        raise _unreachable(account, f"cannot run the copy in {target} either")
    return called


def _of_errors() -> tuple[Path, Path]:
    """Return the files of our errors: sealing needs nothing else of ours."""
    path = Path(errors.__file__)
    return path, path.with_name("exit_codes.py")


def _unreachable(account: server.Account, why: str) -> WarehouseUnavailableError:
    return WarehouseUnavailableError(
        f"The account {account.name}, as which PostgreSQL runs, cannot reach the Python in {sys.base_prefix} that is to"
        f" seal its log, and {why}: run csc-warehouse as an ordinary account, or take a Python that every account may"
        " read."
    )


def _packages() -> Path:
    return Path(sys.base_prefix) / Path(sysconfig.get_path("stdlib")).relative_to(sys.base_prefix) / "site-packages"


def _copy(target: Path) -> None:
    """Copy the interpreter, its standard library and what sealing needs, laid out as they are."""
    library = _packages().parent
    new_library = target / library.relative_to(sys.base_prefix)
    (target / "bin").mkdir(parents=True)
    shutil.copy2(Path(sys.executable).resolve(), target / "bin" / "python")
    shutil.copytree(library, new_library, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True)
    for shared in Path(sys.base_prefix, "lib").glob("libpython*.so*"):
        shutil.copy2(shared, target / "lib" / shared.name)
    packages = new_library / "site-packages"
    packages.mkdir()
    for name in _LIBRARIES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        if spec.submodule_search_locations:
            shutil.copytree(Path(spec.origin).parent, packages / name)
        else:
            shutil.copy2(spec.origin, packages / os.path.basename(spec.origin))
    (packages / "csc_warehouse" / "warehouse").mkdir(parents=True)
    (packages / "csc_warehouse" / "__init__.py").touch()
    for path in _of_errors():
        shutil.copy2(path, packages / "csc_warehouse")
    shutil.copy2(Path(sealing.__file__), packages / "csc_warehouse" / "warehouse")
