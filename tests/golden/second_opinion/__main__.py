"""Print the second opinion: python -m tests.golden.second_opinion EXPORTS AS_AT > values.csv."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from pathlib import Path

from tests.golden.second_opinion.calculation import calculate
from tests.golden.second_opinion.tally import Value


def main() -> None:
    """Write the figures as CSV."""
    exports, as_at = sys.argv[1:3]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(Value._fields)
    writer.writerows(calculate(Path(exports), dt.date.fromisoformat(as_at)))


if __name__ == "__main__":
    main()
