"""Land a folder of CSV files as text with one tool, and print the seconds that it took: `land.py TOOL FOLDER URL`.

Run by the bench in the environment of requirements-bench.lock. Importing the tool is no part of what is measured.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ENCODING = "cp1252"
BATCH = 10_000


def files(folder: Path) -> list[Path]:
    """Return the files of a delivery that hold rows."""
    return [path for path in sorted(folder.glob("RAISE_*.csv")) if "CONTROL" not in path.name]


def by_pandas(folder: Path, url: str) -> float:
    """Read each file as text and append it to a table, by multi-row inserts."""
    import pandas
    import sqlalchemy

    engine = sqlalchemy.create_engine(url)
    started = time.perf_counter()
    for path in files(folder):
        rows = pandas.read_csv(path, dtype=str, keep_default_na=False, encoding=ENCODING)
        rows.columns = [name.lower() for name in rows.columns]
        with engine.begin() as connection:
            rows.to_sql(path.stem.lower(), connection, schema="bench", if_exists="replace", index=False, chunksize=1000)
    return time.perf_counter() - started


def by_dlt(folder: Path, url: str) -> float:
    """Load each file by a pipeline into tables of its own, as dlt's users do: extract, normalise, load."""
    import dlt
    from dlt.destinations import postgres

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

    def rows(path: Path) -> Iterator[list[dict[str, str]]]:
        with path.open(encoding=ENCODING, newline="") as file:
            batch = []
            for row in csv.DictReader(file):
                batch.append(row)
                if len(batch) == BATCH:
                    yield batch
                    batch = []
            yield batch

    with tempfile.TemporaryDirectory() as state:
        # it asks for a password where the server asks for none
        address = url.replace("+psycopg", "").replace("postgres@", "postgres:none@", 1)
        pipeline = dlt.pipeline("bench", pipelines_dir=state, destination=postgres(address), dataset_name="bench")
        resources = [dlt.resource(rows(path), name=path.stem.lower()) for path in files(folder)]
        started = time.perf_counter()
        pipeline.run(resources, write_disposition="replace")
        return time.perf_counter() - started


def by_duckdb(folder: Path, _url: str) -> float:
    """Read each file as text into a file of DuckDB's own: no server, no reader beside the writer."""
    import duckdb

    with tempfile.TemporaryDirectory() as state:
        database = duckdb.connect(str(Path(state) / "bench.duckdb"))
        started = time.perf_counter()
        for path in files(folder):
            text = path.read_bytes().decode(ENCODING)
            plain = Path(state) / path.name
            plain.write_text(text, encoding="utf-8")
            database.execute(
                f"create table {path.stem.lower()} as select *, md5(t::varchar) as row_hash"
                f" from read_csv('{plain}', all_varchar = true, header = true) as t"
            )
        return time.perf_counter() - started


TOOLS = {"pandas": by_pandas, "dlt": by_dlt, "duckdb": by_duckdb}

if __name__ == "__main__":
    sys.stdout.write(f"{TOOLS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])}\n")
