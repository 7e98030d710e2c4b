"""Commands that let BI tools in: serve, login add, login list, login password, login remove."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from csc_warehouse.commands.console import OUT, authority_of
from csc_warehouse.errors import UsageError, listed
from csc_warehouse.privacy.grants import READING
from csc_warehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    from csc_warehouse.privacy.logins import Login

LOGIN = typer.Typer(help="Who may read through the server's port, each with one role.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The login: small letters, digits and _.")]


def serve(
    port: Annotated[
        int | None, typer.Option(metavar="N", help="Default: the port that it had last, else the first free one.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Listen on no port again, and cut off who came in by it.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Break off what is at work; the server is started anew.")] = False,
) -> None:
    """Let the embedded server listen on 127.0.0.1, with a password for each login, until --off.

    No other machine reaches it, and no superuser comes in by it. It stays so when the server is stopped and started.

    Example: csc-warehouse serve --port 5433
    """
    from csc_warehouse.privacy import logins
    from csc_warehouse.warehouse import open_warehouse, serving

    settings = load_settings()
    if off:
        if port is not None:
            raise UsageError("--off closes the port: leave --port out.")
        was_open = serving.close(settings, is_cutting_off=now)
        OUT.print("The server listens on its socket alone." if was_open else "It listened on no port.")
        return
    opened = serving.serve(settings, port=port, is_cutting_off=now)
    with open_warehouse(settings).transaction() as connection:
        known = logins.present(connection)
    OUT.print(f"The server listens on 127.0.0.1, port {opened}, database warehouse.")
    _tell_logins(known)
    if not any(login.is_let_in for login in known):
        OUT.print("Nobody is let in yet: csc-warehouse login add NAME --role csc_reader", markup=False)


def _tell_logins(known: Sequence[Login]) -> None:
    for login in known:
        whose = listed(login.authorities) if login.authorities else "those of its role"
        if login.fault is not None:
            OUT.print(
                f"{login.name} {login.fault}: " + ("take that away from it." if login.is_let_in else "not let in."),
                markup=False,
            )
        elif login.is_let_in:
            OUT.print(f"{login.name}: {login.roles[0]}, authorities: {whose}.", markup=False)
        else:
            OUT.print(
                f"{login.name}: {login.roles[0]}, not let in; csc-warehouse login password {login.name} lets it in.",
                markup=False,
            )


def _tell_password(settings: Settings, name: str, password: str) -> None:
    """Print a password, on standard output and nowhere else, and where it is of use."""
    from csc_warehouse.warehouse import cluster

    OUT.print(f"Password of {name}, shown this once: ", end="")
    OUT.print(password, markup=False)
    if cluster.open_port(settings.home) is None:
        OUT.print("The server listens on no port yet: csc-warehouse serve")
    else:
        OUT.print(f"Where to connect: csc-warehouse url --driver jdbc --login {name}", markup=False)


def _embedded() -> Settings:
    settings = load_settings()
    if settings.database_url is not None:
        raise UsageError(
            "CSC_WAREHOUSE_URL names a server of your own: its administrator makes logins there, with one role each "
            '("create role a_jones login in role csc_reader"; docs/bi/README.md).'
        )
    return settings


@LOGIN.command("add")
def add(
    name: Name,
    role: Annotated[str, typer.Option(metavar="ROLE", help=f"One of {', '.join(READING)}.")],
    authority: Annotated[
        list[str] | None,
        typer.Option("--authority", metavar="CODE", help="Whose rows alone it sees; may be given more than once."),
    ] = None,
) -> None:
    """Make a login with one role and print its password, which is shown once and kept nowhere.

    Example: csc-warehouse login add power_bi --role csc_reader --authority W06000006
    """
    from csc_warehouse.privacy import logins
    from csc_warehouse.warehouse import open_warehouse

    settings = _embedded()
    codes = [authority_of(settings, code) for code in authority or []]
    _tell_password(settings, name, logins.add(open_warehouse(settings), name, role, list(dict.fromkeys(codes))))


@LOGIN.command("list")
def list_() -> None:
    """List who may read, by which role, which authorities, and whether the server's port is open to them.

    Example: csc-warehouse login list
    """
    from csc_warehouse.privacy import logins
    from csc_warehouse.warehouse import open_warehouse

    with open_warehouse(_embedded()).transaction() as connection:
        known = logins.present(connection)
    _tell_logins(known)
    if not known:
        OUT.print("There is no login yet: csc-warehouse login add NAME --role csc_reader", markup=False)


@LOGIN.command("password")
def password(name: Name) -> None:
    """Give a login a new password, print it once, and end the sessions of the one before.

    Lets in a login that somebody else made, where it has one role and no other rights.

    Example: csc-warehouse login password power_bi
    """
    from csc_warehouse.privacy import logins
    from csc_warehouse.warehouse import open_warehouse

    settings = _embedded()
    _tell_password(settings, name, logins.renew_password(open_warehouse(settings), name))


@LOGIN.command("remove")
def remove(name: Name) -> None:
    """Take a login away, and end its sessions.

    Example: csc-warehouse login remove power_bi
    """
    from csc_warehouse.privacy import logins
    from csc_warehouse.warehouse import open_warehouse

    logins.remove(open_warehouse(_embedded()), name)
    OUT.print(f"{name} is removed.", markup=False)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command()(serve)
    app.add_typer(LOGIN, name="login")
