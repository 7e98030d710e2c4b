"""The judgement of one record at a time, the same for every reader: a readable row, or a quarantined one and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from csc_warehouse.landing.reading.header import Layout
from csc_warehouse.landing.reading.long_records import LongFields, Record
from csc_warehouse.landing.reading.rows import (
    REASON_CODES,
    Block,
    Problem,
    QuarantinedRow,
    RowRules,
    has_undefined_byte,
    printable_raw,
    rows_schema,
    too_long_record,
    too_long_value,
    undefined_byte,
    wrong_field_count,
)

BLOCK_ROWS = 20_000


class RowJudge:
    """Sorts records into rows that can be read and rows that cannot, and makes blocks of them."""

    def __init__(self, rules: RowRules, layout: Layout) -> None:
        """Take the rules of an entity and the layout of a file."""
        self._rules = rules
        self._layout = layout
        self._columns: list[list[str]] = [[] for _ in rules.entity.columns]
        self._canonical: list[list[str]] = [[] for _ in rules.entity.columns]
        self._numbers: list[int] = []
        self._keys: list[str] = []
        self._hashes: list[str] = []
        self._quarantined: list[QuarantinedRow] = []

    @property
    def count(self) -> int:
        """Return the rows judged since the last block."""
        return len(self._numbers) + len(self._quarantined)

    def add(self, number: int, fields: Sequence[str], raw: str) -> None:
        """Judge one record: its number, its fields, and its text as sent."""
        rules = self._rules
        if len(fields) != self._layout.width:
            wrong = wrong_field_count(len(fields), self._layout.width)
            self._quarantine(number, wrong, raw, None, rules.candidate_people(fields))
            return
        values = self._layout.pick(fields)
        canonical_values = rules.canonical_row(values)
        problem = undefined_byte() if any(map(has_undefined_byte, fields)) else None
        problem = problem or rules.problem(values, canonical_values)
        if isinstance(fields, LongFields):
            problem = self._first(problem, fields)
        if problem is not None:
            key = rules.readable_key(canonical_values, values)
            self._quarantine(number, problem, raw, key, rules.people(canonical_values))
            return
        for store, value in zip(self._columns, values, strict=True):
            store.append(value)
        for store, value in zip(self._canonical, canonical_values, strict=True):
            store.append(value)
        self._numbers.append(number)
        self._keys.append(rules.row_key(canonical_values, number))
        self._hashes.append(rules.row_hash(canonical_values))

    def _first(self, problem: Problem | None, fields: LongFields) -> Problem | None:
        """Return the problem that is named: the one found, or a value too long for any column, by their order."""
        longest = self._rules.longest_field
        if fields.is_cut:
            return too_long_record(longest)
        if not fields.too_long:
            return problem
        found = too_long_value(longest, self._layout.column_at(fields.too_long[0]))
        if problem is None or REASON_CODES.index(problem.reason_code) > REASON_CODES.index(found.reason_code):
            return found
        return problem

    def _quarantine(
        self, number: int, problem: Problem, raw: str, row_key: str | None, people: tuple[str, ...]
    ) -> None:
        self._quarantined.append(QuarantinedRow(number, problem, printable_raw(raw), row_key, people))

    def take(self) -> Block:
        """Return what was judged since the last block as a block."""
        import pyarrow as pa

        names = self._rules.entity.column_names
        arrays = [pa.array(values, pa.string()) for values in self._columns]
        arrays += [pa.array(self._numbers, pa.int64()), pa.array(self._keys, pa.string())]
        arrays += [pa.array(self._hashes, pa.string())]
        canonical = {name: pa.array(v, pa.string()) for name, v in zip(names, self._canonical, strict=True)}
        block = Block(
            pa.Table.from_arrays(arrays, schema=rows_schema(self._rules.entity)), canonical, self._quarantined
        )
        for store in (*self._columns, *self._canonical, self._keys, self._hashes):
            store.clear()
        self._numbers.clear()
        self._quarantined = []
        return block


def judge_records(records: Iterable[Record], rules: RowRules, layout: Layout) -> Iterator[Block]:
    """Yield records as blocks of judged rows; grain: one block per 20,000 rows."""
    judge = RowJudge(rules, layout)
    for number, fields, raw in records:
        judge.add(number, fields, raw)
        if judge.count >= BLOCK_ROWS:
            yield judge.take()
    if judge.count:
        yield judge.take()
