"""The weekly pack: what is open, due and late, for each level of management; lists for the restricted area alone."""

from csc_warehouse.reporting.weekly.pack import Pack, Scope, Windows, Work, people_of, scopes, with_names
from csc_warehouse.reporting.weekly.reading import has_pack, read, read_work
from csc_warehouse.reporting.weekly.writing import remove_lists, write_counts, write_lists

__all__ = [
    "Pack",
    "Scope",
    "Windows",
    "Work",
    "has_pack",
    "people_of",
    "read",
    "read_work",
    "remove_lists",
    "scopes",
    "with_names",
    "write_counts",
    "write_lists",
]
