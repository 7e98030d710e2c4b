"""Throw damaged files at the readers: every outcome is rows, quarantine or a refusal; never an exception, a lost row,
or two readers that disagree.

For a longer run: python -m tests.support.fuzzing SECONDS [SEED]
"""

from __future__ import annotations

import datetime
import io
import random
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.model import Entity, SourceContract
from csc_warehouse.landing.reading.corporate_return import read_return
from csc_warehouse.landing.reading.row_by_row_csv import read_row_by_row
from csc_warehouse.landing.reading.rows import Block, RowRules
from csc_warehouse.landing.reading.vectorised_csv import read_vectorised
from csc_warehouse.landing.refusal import NotThereYet, Refusal
from csc_warehouse.landing.verifying.delivery import Verifier
from csc_warehouse.settings import LandingConfig
from csc_warehouse.sources.delivery import Delivery
from csc_warehouse.sources.folder import delivered_file
from tests.support.deliveries import write_raise, write_wccis

DAY = datetime.date(2018, 5, 20)
AUTHORITY = "W06000006"
PIECES = (
    b'"', b'""', b",", b"\r", b"\n", b"\r\n", b"\n\n", b"\0", b"\x81", b"\xff", b"\xc3", b"\xc5\xb7", b"\xef\xbb\xbf",
    b"\xff\xfe", b";", b"\t", b" ", b"\x1f", b"\x1a", b"\\", b"'", b"=1+1", b"31/02/2018", b"01/01/1900", b"0", b"-",
    b"9" * 60, b"A" * 1200, b'","', b'"\r\n"', b"\xe2\x80\xa8", b"\x0b", b"\x0c", b"\x85",
)  # fmt: skip
"""What damages structure most."""
VALUES = ("", "1", "0000042", "42", " 7 ", "01/05/2018", "01/05/2018 09:15", "2018-05-01", "2018-05-01T09:15:00Z", "Y",
          "HOME", 'say "no"', "two\r\nlines", "Siân", AUTHORITY, "a-1", "A-1", "3.50", "NEG+PHY")  # fmt: skip


class Fuzzer:
    """Makes damaged files from a seed, and reads them."""

    def __init__(self, seed: int) -> None:
        """Take the seed; the same seed throws the same files."""
        self.chance = random.Random(seed)  # noqa: S311  (test data)
        self.seen: Counter[str] = Counter()
        self._contracts = load_contracts(("raise", "wccis", "corporate"))

    def throw(self) -> None:
        """Throw one file at a reader chosen by chance; an AssertionError or any other exception is a finding."""
        kinds: list[Callable[[], None]] = [self._text_file] * 8 + [self._return] * 2 + [self._delivery]
        self.chance.choice(kinds)()

    def _rows(self, contract: SourceContract, entity: Entity) -> list[dict[str, str]]:
        """Return rows most of which can be read."""
        kinds = {
            "key": "42",
            "guid": "a-1",
            "number": "3",
            "code": "HOME",
            "boolean": "1",
            "text": "Siân",
            "name": "Siân",
        }
        iso = {"date": "2018-05-01", "time": "2018-05-01T09:15:00Z"}
        day_first = {"date": "01/05/2018", "time": "01/05/2018 09:15"}
        usual = kinds | (iso if contract.text.dates == "iso" else day_first)
        rows = []
        for number in range(self.chance.choice([0, 1, 2, 5, 20])):
            row = {column.name: usual[column.type] for column in entity.columns}
            row |= dict.fromkeys(entity.key, str(number + 1))
            if contract.authority_column is not None:
                row[contract.authority_column] = AUTHORITY
            for name in row:
                if self.chance.random() < 0.02:
                    row[name] = self.chance.choice(VALUES)
            rows.append(row)
        return rows

    def damaged(self, content: bytes) -> bytes:
        """Return content with some bytes cut, doubled, replaced or put in."""
        for _ in range(self.chance.choice([0, 1, 1, 2, 4, 12])):
            place, length = self.chance.randrange(len(content) + 1), self.chance.choice([0, 1, 1, 3, 40])
            piece = self.chance.choice(
                [
                    self.chance.choice(PIECES),
                    self.chance.randbytes(self.chance.randrange(4)),
                    content[place : place + 30],
                ]
            )
            content = content[:place] + piece + content[place + length :]
        if self.chance.random() < 0.05:
            content = content[: self.chance.randrange(len(content) + 1)]
        return content

    def _text_file(self) -> None:
        source = self.chance.choice(["raise", "wccis"])
        contract = self._contracts[source]
        entity = self.chance.choice(list(contract.entities.values()))
        rules = RowRules.of(contract, entity, AUTHORITY, DAY)
        line_end = self.chance.choice(["\r\n", "\n"])
        names = list(entity.column_names)
        self.chance.shuffle(names)
        lines = [
            ",".join(names),
            *(",".join(_quoted(row[name]) for name in names) for row in self._rows(contract, entity)),
        ]
        encoding = "cp1252" if source == "raise" else "utf-8-sig"
        content = self.damaged(line_end.join(lines).encode(encoding) + self.chance.choice([b"", b"\r\n", b"\n"]))
        chunk = self.chance.choice([5, 64, 300, 1 << 20])
        vectorised = _outcome(read_vectorised(io.BytesIO(content), rules, "file.csv", [], chunk=chunk))
        row_by_row = _outcome(read_row_by_row(io.BytesIO(content), rules, "file.csv", []))
        assert vectorised == row_by_row, (source, entity.name, chunk, content)
        self.seen["refused file" if isinstance(vectorised, str) else "read file"] += 1
        if not isinstance(vectorised, str):
            self.seen["accepted rows"] += len(vectorised[0])
            self.seen["quarantined rows"] += len(vectorised[1])

    def _return(self) -> None:
        contract = self._contracts["corporate"]
        entity = self.chance.choice(list(contract.entities.values()))
        rules = RowRules.of(contract, entity, AUTHORITY, DAY)
        names = list(entity.column_names)
        rows = self._rows(contract, entity)
        is_workbook = self.chance.random() < 0.4
        if is_workbook:
            content = _workbook([names, *([row[name] for name in names] for row in rows)])
        else:
            lines = ["Title", "", ",".join(names), *(",".join(_quoted(row[name]) for name in names) for row in rows)]
            content = "\r\n".join([*lines, "", "a note"]).encode("utf-8")
        content = self.damaged(content)
        name = "file.xlsx" if is_workbook else "file.csv"
        found = _outcome(read_return(io.BytesIO(content), rules, name, []))
        self.seen["refused return" if isinstance(found, str) else "read return"] += 1

    def _delivery(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source = self.chance.choice(["raise", "wccis"])
            if source == "raise":
                place = write_raise(Path(folder), DAY, {"S47": self._sent("raise", "s47", str.upper)})
            else:
                place = write_wccis(Path(folder), DAY, {"person": self._sent("wccis", "person", str)}).parent
            path = self.chance.choice(sorted(place.iterdir()))
            path.write_bytes(self.damaged(path.read_bytes()))
            self._verify(self._contracts[source], place)

    def _sent(self, source: str, entity: str, named: Callable[[str], str]) -> list[dict[str, str]]:
        contract = self._contracts[source]
        rows = self._rows(contract, contract.entities[entity])
        return [{named(name): value for name, value in row.items()} for row in rows]

    def _verify(self, contract: SourceContract, folder: Path) -> None:
        files = tuple(delivered_file(path) for path in sorted(folder.iterdir()))
        delivery = Delivery(contract.source, AUTHORITY, "all", DAY, str(folder), files)
        verifier = Verifier(delivery, contract, LandingConfig())
        try:
            verifier.content_sha256()
            verified = verifier.verify()
            for file in verified.entity_files:
                with file.open() as stream:
                    rules = RowRules.of(contract, file.entity, AUTHORITY, DAY)
                    list(read_vectorised(stream, rules, file.file_name, []))
        except (Refusal, NotThereYet):
            self.seen["refused delivery"] += 1
        else:
            self.seen["verified delivery"] += 1


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if any(mark in value for mark in '",\r\n') else value


def _workbook(rows: list[list[str]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append([value.replace("\r", "") for value in row])
    stream = io.BytesIO()
    book.save(stream)
    content = stream.getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist()
    return content


def _outcome(blocks: Iterator[Block]) -> tuple[list[Any], list[Any]] | str:
    """Return rows and quarantine by record number, or why it was refused."""
    rows: list[Any] = []
    apart: list[Any] = []
    try:
        for block in blocks:
            rows += [tuple(row.values()) for row in block.rows.to_pylist()]
            apart += [(q.record_number, q.problem.reason_code, q.raw_record, q.row_key) for q in block.quarantined]
    except Refusal as refusal:
        return refusal.reason
    numbers = [row[-3] for row in rows] + [row[0] for row in apart]
    assert len(numbers) == len(set(numbers)), "a row is there twice"
    return sorted(rows, key=lambda row: row[-3]), sorted(apart, key=lambda row: row[0])


def main() -> int:
    """Throw files for as long as is asked; print what became of them."""
    seconds = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    warnings.simplefilter("ignore")
    fuzzer = Fuzzer(seed)
    deadline = time.monotonic() + seconds
    thrown = 0
    while time.monotonic() < deadline:
        fuzzer.throw()
        thrown += 1
    sys.stdout.write(f"{thrown} files in {seconds:.0f} s from seed {seed}: {dict(fuzzer.seen)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
