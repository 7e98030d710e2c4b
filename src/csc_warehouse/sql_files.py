"""SQL of more than a few lines lies in files of its own, beside the module that runs it."""

from __future__ import annotations

from importlib import resources


def statement(module: str, name: str) -> str:
    """Return the text of a module's SQL file: `sql/<module>/<name>.sql` in the module's own room.

    Called with `__name__`. Values are parameters of the statement (`:name`), bound by whoever runs it.
    """
    package, _, own = module.rpartition(".")
    return resources.files(package).joinpath("sql", own, f"{name}.sql").read_text(encoding="utf-8")


def quoted(*names: str) -> str:
    """Return a name of the database, of one part or several, as SQL writes it."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)
