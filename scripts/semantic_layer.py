"""Write the semantic layer of the dbt project from the register: a metric for each indicator."""

from __future__ import annotations

import sys

from csc_warehouse.commands.console import OUT, speak_utf8
from csc_warehouse.register import semantics
from csc_warehouse.transform.runner import DBT_PROJECT


def main() -> int:
    """Write it; return the exit code."""
    for path in semantics.write(DBT_PROJECT):
        OUT.print(str(path), markup=False)
    return 0


if __name__ == "__main__":
    speak_utf8()
    sys.exit(main())
