"""The measures of a whole delivery: its row accounts, its columns, and references to records that are not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import psycopg

from csc_warehouse.contracts.canonical import future_from
from csc_warehouse.contracts.model import Column, SourceContract
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.landing.history.comparison import EntityChange
from csc_warehouse.landing.history.standing_rows import current_state, standing_texts
from csc_warehouse.landing.history.tables import table_name
from csc_warehouse.landing.reading.canonical_columns import ColumnReader
from csc_warehouse.landing.reading.entity_rows import EntityRows
from csc_warehouse.landing.reading.row_measures import FUTURE_DATES, Measure, count_missing
from csc_warehouse.landing.recording import ledger
from csc_warehouse.sources.delivery import Delivery

if TYPE_CHECKING:
    import pyarrow as pa


MISSING_REFERENCES = "missing_reference_count"


class DeliveryMeasures:
    """Takes the measures of one delivery that is read and not yet merged."""

    def __init__(self, cursor: psycopg.Cursor, contract: SourceContract, delivery: Delivery, kind: str) -> None:
        """Take the transaction's cursor and the delivery."""
        self._cursor = cursor
        self._contract = contract
        self._delivery = delivery
        self._kind = kind

    def take(
        self,
        loaded: list[EntityRows],
        changes: list[EntityChange],
        accounts: list[ledger.EntityAccount],
    ) -> list[Measure]:
        """Return every measure.

        An entity whose file was not read, as it is that of the full just before, has the column measures of that one;
        what does not depend on the file alone (the day, the records that it refers to) is counted of what stands.
        """
        previous = ledger.previous_accepted(self._cursor, self._delivery)
        missing = self._missing_references(loaded, changes)
        measures: list[Measure] = []
        for entity, account in zip(loaded, accounts, strict=True):
            name = entity.rules.entity.name
            measures += [Measure(name, "", measure, value) for measure, value in _account_measures(account)]
            if previous is not None:
                days = float((self._delivery.business_date - previous.business_date).days)
                measures.append(Measure(name, "", "days_since_previous", days))
            if entity.rules.entity.key:
                distinct = float(entity.accepted_count)
                measures.append(Measure(name, entity.rules.entity.key[0], "distinct_count", distinct))
            if entity.measures is None:
                repeated = self._repeated(name, previous)
                counted = {(m.column_name, m.measure): m for m in self._still_future(entity, repeated)}
                measures += [
                    counted.get((m.column_name, m.measure), m)
                    for m in repeated
                    if m.measure != MISSING_REFERENCES or (name, m.column_name) not in missing
                ]
            else:
                measures += entity.measures.column_measures()
            measures += [
                Measure(name, column.name, MISSING_REFERENCES, float(missing[name, column.name]))
                for column in entity.rules.entity.columns
                if (name, column.name) in missing
            ]
        return measures

    def _missing_references(self, loaded: list[EntityRows], changes: list[EntityChange]) -> dict[tuple[str, str], int]:
        """Return by entity and column how many rows refer to a record that will not stand after the merge.

        Not of columns whose own file and whose records' file are both the same as before: that cannot have changed.
        """
        targets = {entity.rules.entity.name: (entity, change) for entity, change in zip(loaded, changes, strict=True)}
        naming: dict[str, list[tuple[EntityRows, Column]]] = {}
        for entity in loaded:
            for column in entity.rules.entity.columns:
                if column.references is None:
                    continue
                if entity.measures is not None or targets[column.references][0].unread_rows is None:
                    naming.setdefault(column.references, []).append((entity, column))
        missing: dict[tuple[str, str], int] = {}
        for target, columns in naming.items():
            on_disk = targets[target][0].on_disk
            if on_disk is None:
                named = [self._named(entity, column) for entity, column in columns]
                counts = count_missing(named, self._keys_after(*targets[target]))
            else:
                counts = [
                    sum(
                        on_disk.count_missing(*part, with_standing=self._kind != "full")
                        for part in self._named(entity, column)
                    )
                    for entity, column in columns
                ]
                on_disk.release_memory()
            missing |= {
                (entity.rules.entity.name, column.name): count
                for (entity, column), count in zip(columns, counts, strict=True)
            }
        return missing

    def _named(self, entity: EntityRows, column: Column) -> Iterable[tuple[pa.Array, pa.Array]]:
        """Return the values by which a column refers to records, and how many rows have each."""
        if entity.measures is not None:
            return entity.measures.named(column.name)
        return [self._standing(entity, column)]

    def _standing(
        self, entity: EntityRows, column: Column, *, since_year: int | None = None
    ) -> tuple[pa.Array, pa.Array]:
        """Return the canonical texts of a column of a file that was not read, whose rows are those that stand."""
        texts, rows = standing_texts(
            self._cursor,
            table_name(self._contract.source, entity.rules.entity.name),
            self._delivery.authority_code,
            column.name,
            changes=self._contract.changes,
            since_year=since_year,
        )
        return ColumnReader(self._contract.text).read(column, texts), rows

    def _repeated(self, entity: str, previous: ledger.LedgerEntry | None) -> list[Measure]:
        if previous is None:
            return []
        self._cursor.execute(
            "select entity, column_name, measure, value from landing.delivery_measures"
            " where delivery_id = %s and entity = %s and column_name <> '' and measure <> 'distinct_count'",
            [previous.delivery_id, entity],
        )
        return [Measure(*row) for row in self._cursor.fetchall()]

    def _still_future(self, entity: EntityRows, repeated: list[Measure]) -> list[Measure]:
        """Return the numbers of dates after the business date, where the full just before had any.

        Its day was an earlier one: where none lay after that, none lies after this one.
        """
        import pyarrow.compute as pc

        columns = {column.name: column for column in entity.rules.entity.columns}
        found = []
        for measure in repeated:
            if measure.measure != FUTURE_DATES or not measure.value:
                continue
            column = columns[measure.column_name]
            limit = future_from(column, self._contract.text, self._delivery.business_date)
            # a time with an offset can be of the year after the one that is written
            year = self._delivery.business_date.year - 1
            texts, rows = self._standing(entity, column, since_year=year)
            count = pc.sum(pc.filter(rows, pc.greater_equal(texts, limit))).as_py() or 0
            found.append(measure._replace(value=float(count)))
        return found

    def _keys_after(self, entity: EntityRows, change: EntityChange) -> pa.Array:
        """Return the keys of an entity that will stand after the merge; what is taken back by it will not."""
        import pyarrow as pa
        import pyarrow.compute as pc

        chunks = entity.rows.column("row_key").chunks
        if change.standing_keys is None:
            table = table_name(self._contract.source, entity.rules.entity.name)
            state = current_state(self._cursor, table, self._delivery.authority_code)
            chunks = [*chunks, *state.column("row_key").chunks]
        elif self._kind == "full":
            chunks = [*chunks, pa.array(entity.protected_keys(), pa.string())]
        else:
            chunks = [*chunks, *change.standing_keys.chunks]
        keys = pa.chunked_array(chunks, pa.string()).combine_chunks()
        changes = self._contract.changes
        if changes is None:
            return keys
        said = entity.rows.column(changes.column)
        words = [text for text in pc.unique(said).to_pylist() if canonical_name(text) == canonical_name(changes.delete)]
        gone = entity.rows.filter(pc.is_in(said, value_set=pa.array(words, pa.string()))).column("row_key")
        return keys.filter(pc.invert(pc.is_in(keys, value_set=gone.combine_chunks())))


def _account_measures(account: ledger.EntityAccount) -> Iterator[tuple[str, float]]:
    yield "rows_in_file", float(account.rows_in_file)
    yield "rows_accepted", float(account.rows_accepted)
    yield "rows_quarantined", float(account.rows_quarantined)
    yield "quarantined_share", account.rows_quarantined / account.rows_in_file if account.rows_in_file else 0.0
    yield "rows_new", float(account.rows_new)
    yield "rows_changed", float(account.rows_changed)
    yield "rows_unchanged", float(account.rows_unchanged)
    yield "rows_vanished", float(account.rows_vanished)


def previous_measures(cursor: psycopg.Cursor, delivery: Delivery, kind: str) -> dict[tuple[str, str, str], float]:
    """Return the measures of the nearest earlier accepted delivery of the same kind, by entity, column and measure."""
    previous = ledger.previous_accepted(cursor, delivery, kind=kind)
    if previous is None:
        return {}
    cursor.execute(
        "select entity, column_name, measure, value from landing.delivery_measures where delivery_id = %s",
        [previous.delivery_id],
    )
    return {(entity, column, measure): value for entity, column, measure, value in cursor.fetchall()}
