"""What must hold at the door and at the exit: checks as data, and the builders that turn them into suites.

The YAML files are written for performance leads; the SQL files beside them say how a measure is taken.
Nothing of csc_warehouse is imported here.
"""

from expectations.catalogue import Catalogue, DoorCheck, ExitCheck, RecordRule, Severity, load_catalogue

__all__ = ["Catalogue", "DoorCheck", "ExitCheck", "RecordRule", "Severity", "load_catalogue"]
