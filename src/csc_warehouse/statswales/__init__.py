"""Data tables in the form of StatsWales: what its columns and note codes mean, read and written."""

from csc_warehouse.statswales.form import Form, Measure, NoteCode, Period, load_form, period_of, year_code
from csc_warehouse.statswales.reading import Cell, Choices, Table, read_table
from csc_warehouse.statswales.writing import Figure, Provenance, written_lookups, written_table

__all__ = [
    "Cell",
    "Choices",
    "Figure",
    "Form",
    "Measure",
    "NoteCode",
    "Period",
    "Provenance",
    "Table",
    "load_form",
    "period_of",
    "read_table",
    "written_lookups",
    "written_table",
    "year_code",
]
