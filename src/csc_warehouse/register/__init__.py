"""The register of indicators: its rows, validated before a build loads them, and the scaffold of a new one."""

from csc_warehouse.register.relations import FigureRelation
from csc_warehouse.register.rows import SEEDS, TO_WRITE, Indicator, Register, fault_of, load_register

__all__ = ["SEEDS", "TO_WRITE", "FigureRelation", "Indicator", "Register", "fault_of", "load_register"]
