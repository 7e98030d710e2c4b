"""Prepare at installation: the parse of the dbt project, which each home would make, and a profile for dbt."""

from __future__ import annotations

import sys

from csc_warehouse import transform
from csc_warehouse.commands.console import ERROR
from csc_warehouse.errors import CscWarehouseError


def main() -> int:
    """Do it; return the exit code. An installation goes on without it: a run then parses the project itself."""
    try:
        transform.write_profile()
        transform.prepare_parse()
    except CscWarehouseError as error:
        ERROR.print(f"[bold yellow]Not prepared:[/bold yellow] {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
