"""What pages say, as data: every sentence, label, number and date in both languages, and how a sentence is chosen."""

from csc_warehouse.texts.catalogue import PAGES, Entry, load
from csc_warehouse.texts.overlaying import CHECKED, EXAMPLE, FILE, LAID, checked_by, entries, faults_of
from csc_warehouse.texts.speaking import CHOICES, ENGLISH, LANGUAGES, Language, Part, Texts, other

__all__ = [
    "CHECKED",
    "CHOICES",
    "ENGLISH",
    "EXAMPLE",
    "FILE",
    "LAID",
    "LANGUAGES",
    "PAGES",
    "Entry",
    "Language",
    "Part",
    "Texts",
    "checked_by",
    "entries",
    "faults_of",
    "load",
    "other",
]
