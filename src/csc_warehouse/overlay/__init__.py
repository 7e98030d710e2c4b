"""What a council lays over the shipped defaults: declared, validated, merged, and composed into a dbt project."""

from csc_warehouse.overlay.comparators import FILE as COMPARATORS
from csc_warehouse.overlay.comparators import read_comparators
from csc_warehouse.overlay.example import write_example
from csc_warehouse.overlay.indicators import FOLDER as INDICATORS
from csc_warehouse.overlay.kinds import Kind, load_kinds
from csc_warehouse.overlay.laying import LaidFile, Overlay, lay
from csc_warehouse.overlay.project import compose, digest_of, in_force, of_release, present

__all__ = [
    "COMPARATORS",
    "INDICATORS",
    "Kind",
    "LaidFile",
    "Overlay",
    "compose",
    "digest_of",
    "in_force",
    "lay",
    "load_kinds",
    "of_release",
    "present",
    "read_comparators",
    "write_example",
]
