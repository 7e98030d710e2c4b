"""The measures of a whole delivery: its row accounts, its columns, and references to records that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.landing.history.comparison import EntityChange
from csc_warehouse.landing.history.standing_rows import current_state
from csc_warehouse.landing.history.tables import table_name
from csc_warehouse.landing.reading.entity_rows import EntityRows
from csc_warehouse.landing.reading.row_measures import Measure, RowMeasures, count_missing
from csc_warehouse.landing.recording import ledger
from csc_warehouse.sources.delivery import Delivery

if TYPE_CHECKING:
    import pyarrow as pa


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
        """Return every measure; an entity whose file was not read has the column measures of the full just before."""
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
                measures += self._repeated(name, previous)
                continue
            measures += entity.measures.column_measures()
            measures += [
                Measure(name, column.name, "missing_reference_count", float(missing[name, column.name]))
                for column in entity.rules.entity.columns
                if column.references is not None
            ]
        return measures

    def _missing_references(self, loaded: list[EntityRows], changes: list[EntityChange]) -> dict[tuple[str, str], int]:
        """Return by entity and column how many rows refer to a record that will not stand after the merge."""
        targets = {entity.rules.entity.name: (entity, change) for entity, change in zip(loaded, changes, strict=True)}
        naming: dict[str, list[tuple[str, str, RowMeasures]]] = {}
        for entity in loaded:
            for column in entity.rules.entity.columns:
                if column.references is not None and entity.measures is not None:
                    columns = naming.setdefault(column.references, [])
                    columns.append((entity.rules.entity.name, column.name, entity.measures))
        missing: dict[tuple[str, str], int] = {}
        for target, columns in naming.items():
            on_disk = targets[target][0].on_disk
            if on_disk is None:
                named = [measures.named(column) for _, column, measures in columns]
                counts = count_missing(named, self._keys_after(*targets[target]))
            else:
                counts = [
                    sum(
                        on_disk.count_missing(*part, with_standing=self._kind != "full")
                        for part in measures.named(column)
                    )
                    for _, column, measures in columns
                ]
                on_disk.release_memory()
            missing |= {(name, column): count for (name, column, _), count in zip(columns, counts, strict=True)}
        return missing

    def _repeated(self, entity: str, previous: ledger.LedgerEntry | None) -> list[Measure]:
        if previous is None:
            return []
        self._cursor.execute(
            "select entity, column_name, measure, value from landing.delivery_measures"
            " where delivery_id = %s and entity = %s and column_name <> '' and measure <> 'distinct_count'",
            [previous.delivery_id, entity],
        )
        return [Measure(*row) for row in self._cursor.fetchall()]

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
