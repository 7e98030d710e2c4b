"""Compare a warehouse's indicator values with a file of expected ones.

python tests/golden/compare_expected.py --home HOME expected_2018-12-31.csv.gz CON01 PM24
python tests/golden/compare_expected.py --url postgresql+psycopg://... expected.csv --relation marts.indicator_values

Codes may be prefixes (CON, PM). Exit code 1 when anything differs.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from csc_warehouse.settings import load_settings
from csc_warehouse.warehouse import open_warehouse

KEY = ("authority_code", "indicator_code", "period_type", "period_label", "breakdown", "breakdown_value")
MEASURES = ("numerator", "denominator", "value", "status")
TOLERANCE = Decimal("1e-9")
"""Expected values are floats written in full: equal to about fifteen digits."""

Key = tuple[str, ...]
Measures = tuple[Decimal | str | None, ...]


@dataclass(frozen=True)
class Difference:
    """One figure that differs: kind is missing (expected only), extra (found only) or different."""

    kind: str
    key: Key
    expected: Measures | None
    found: Measures | None

    def sentence(self) -> str:
        """Return the difference as one line."""
        return f"{self.kind:9} {' | '.join(self.key)}: expected {_words(self.expected)}, found {_words(self.found)}"


def _words(measures: Measures | None) -> str:
    if measures is None:
        return "nothing"
    return " ".join("-" if item is None else str(item) for item in measures)


def read_expected(path: Path) -> dict[Key, Measures]:
    """Read an expected file (CSV, gzipped or not) by key."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return {
        tuple(row[name] for name in KEY): (
            *(Decimal(row[name]) if row[name] else None for name in MEASURES[:3]),
            row["status"],
        )
        for row in csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    }


def read_found(engine: sa.Engine, relation: str) -> dict[Key, Measures]:
    """Read indicator values from a relation (marts.indicator_values or its candidate) by key."""
    columns = ", ".join((*KEY, *MEASURES))
    with engine.connect() as connection:
        rows = connection.execute(sa.text(f"select {columns} from {relation}")).all()
    return {tuple(row[: len(KEY)]): tuple(row[len(KEY) :]) for row in rows}


def compare(expected: dict[Key, Measures], found: dict[Key, Measures], codes: Sequence[str] = ()) -> list[Difference]:
    """List the differences, in key order. Codes or prefixes of codes limit both sides.

    Indicators that the expected file does not know at all (the CH metrics), and breakdowns of an indicator that it does
    not know (ethnicity), are not compared.
    """
    known = {(key[1], key[4]) for key in expected}
    keys = {key for key in expected.keys() | found.keys() if (key[1], key[4]) in known and _is_wanted(key[1], codes)}
    differences = []
    for key in sorted(keys):
        if key not in found:
            differences.append(Difference("missing", key, expected[key], None))
        elif key not in expected:
            differences.append(Difference("extra", key, None, found[key]))
        elif not all(_is_equal(*pair) for pair in zip(expected[key], found[key], strict=True)):
            differences.append(Difference("different", key, expected[key], found[key]))
    return differences


def _is_wanted(code: str, codes: Iterable[str]) -> bool:
    codes = tuple(codes)
    return not codes or code.startswith(codes)


def _is_equal(expected: Decimal | str | None, found: Decimal | str | None) -> bool:
    if isinstance(expected, Decimal) and isinstance(found, Decimal):
        return abs(expected - found) <= TOLERANCE * max(Decimal(1), abs(expected))
    return expected == found


def main() -> int:
    """Print every difference and a count per indicator."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--home", type=Path)
    where.add_argument("--url")
    parser.add_argument("--relation", default="marts_candidate.indicator_values")
    parser.add_argument("--limit", type=int, default=40, help="differences to print")
    parser.add_argument("expected", type=Path)
    parser.add_argument("codes", nargs="*")
    arguments = parser.parse_args()
    engine = (
        sa.create_engine(arguments.url) if arguments.url else open_warehouse(load_settings(home=arguments.home)).engine
    )
    expected = read_expected(arguments.expected)
    differences = compare(expected, read_found(engine, arguments.relation), arguments.codes)
    for difference in differences[: arguments.limit]:
        sys.stdout.write(difference.sentence() + "\n")
    compared = sum(1 for key in expected if _is_wanted(key[1], arguments.codes))
    counts = Counter(difference.key[1] for difference in differences)
    by_code = ", ".join(f"{code} {count}" for code, count in sorted(counts.items())) or "none"
    sys.stdout.write(f"{compared} expected rows; {len(differences)} differences: {by_code}\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
