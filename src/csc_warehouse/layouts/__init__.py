"""What a report holds, as data: sections, tables and figures, their numbers, order and texts in both languages."""

from csc_warehouse.layouts.loading import BOARD, EXAMPLES, FILE, FILES, LAID, REPORT, SHIPPED, entries, faults_of, load
from csc_warehouse.layouts.model import Item, Layout, Measure, Section, Words

__all__ = [
    "BOARD",
    "EXAMPLES",
    "FILE",
    "FILES",
    "LAID",
    "REPORT",
    "SHIPPED",
    "Item",
    "Layout",
    "Measure",
    "Section",
    "Words",
    "entries",
    "faults_of",
    "load",
]
