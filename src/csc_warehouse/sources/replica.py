"""A reporting replica as a way in: what the database shows today becomes a delivery like any other."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import NullPool

from csc_warehouse.contracts.model import Entity, SourceContract
from csc_warehouse.contracts.protocols import LooseFilesProtocol
from csc_warehouse.errors import SourceUnavailableError, UsageError
from csc_warehouse.settings import ReplicaConfig
from csc_warehouse.sources.delivery import Delivery, Found, Untrusted
from csc_warehouse.sources.receipt import now, today
from csc_warehouse.sources.replica_digest import ReplicaDigest
from csc_warehouse.sources.replica_files import DeliveryWriter
from csc_warehouse.sources.replica_queries import (
    SNAPSHOTS,
    ReplicaTable,
    is_of_another,
    own_count_query,
    stated_counts_query,
    tables_of,
)
from csc_warehouse.sources.replica_text import writer_of

ROWS_AT_ONCE = 2000
PERMIT = "ask the database's administrator to let the account see the whole table, then land again"


class ReplicaSource:
    """One source's entities in a database, each in a table of its name (deliveries.md section 1)."""

    is_on_this_machine = False

    def __init__(self, config: ReplicaConfig, contract: SourceContract, *, home_authority: str, spool: Path) -> None:
        """Take the database, the contract, the authority unless the configuration names one, and where to write to.

        Raises UsageError where the URL cannot be used or the source delivers single files.
        """
        if isinstance(contract.protocol, LooseFilesProtocol):
            raise UsageError(f"The source {contract.source} delivers single files and is not read from a replica.")
        self._config = config
        self._contract = contract
        self._authority = config.authority or home_authority
        self._spool = spool
        try:
            self._url = make_url(config.url.get_secret_value())
        except ArgumentError as error:
            raise UsageError(
                f"The URL of the replica of {contract.source} is none: give it as SQLAlchemy reads it, with its driver."
            ) from error

    @property
    def location(self) -> str:
        """Return where the replica is, without account and password."""
        return f"{self._url.get_backend_name()}://{self._url.host or ''}/{self._url.database or ''}"

    def find(self, *, stable_seconds: float) -> Found:
        """Return today's delivery; its fingerprint changes with the rows that it holds.

        A replica shows the present state, so that reading it is this day's delivery, and one that was corrected on that
        day replaces what it said before (deliveries.md section 1). No count and no day of change tells a correction for
        certain, so that all rows are read, unsorted, and digested.
        """
        del stable_seconds
        fingerprint = ""
        # what cannot be read is said when it is fetched, and refused there
        with suppress(Untrusted, ValueError, ArithmeticError), self._connected() as connection:
            digest = ReplicaDigest(self.location)
            tables = tables_of(connection, self._contract, self._config.database_schema)
            for name, found in tables.items():
                entity = self._contract.entities[name]
                visible = int(connection.execute(found.visible_count()).scalar_one())
                with self._texts(connection, entity, found, is_sorted=False) as (columns, rows):
                    for _ in digest.passing(name, columns, visible, rows):
                        pass
            fingerprint = digest.fingerprint()
        delivery = Delivery(
            self._contract.source, self._authority, "all", today(), self.location, (), found_as=fingerprint
        )
        return Found(deliveries=[delivery])

    def look_again(self, delivery: Delivery) -> Delivery:
        """Return the delivery as it is: what a database shows is read in one snapshot, and cannot change under it."""
        return delivery

    @contextmanager
    def fetch(self, delivery: Delivery) -> Iterator[Delivery]:
        """Yield the delivery with files written from one snapshot, in the form that the contract agreed for files.

        Raises Untrusted where the account sees fewer rows than the source has, SourceUnavailableError where the
        database is lost.
        """
        folder = self._spool / delivery.source / delivery.authority_code / f"{delivery.business_date}-replica"
        # of this day and of earlier ones: what a kill left
        for left in folder.parent.glob("*-replica"):
            shutil.rmtree(left, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        try:
            writer = DeliveryWriter(folder, self._contract, self._authority, delivery.business_date)
            # of the very rows that are handed over: they may be others than were found
            digest = ReplicaDigest(self.location)
            notices = self._extract(writer, digest)
            yield replace(
                delivery,
                files=writer.finish(),
                found_as=digest.fingerprint(),
                received_at=now(),
                notices=notices,
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _extract(self, writer: DeliveryWriter, digest: ReplicaDigest) -> tuple[str, ...]:
        with self._connected() as connection:
            tables = tables_of(connection, self._contract, self._config.database_schema)
            own = _OwnCounts(connection, self._config)
            for entity in self._contract.entities.values():
                found = tables.get(entity.name)
                if found is not None:
                    visible = own.require_whole(entity.name, found)
                    with self._texts(connection, entity, found) as (columns, rows):
                        writer.write(entity, columns, digest.passing(entity.name, columns, visible, rows))
            return own.notices(self._url.username or "its account")

    @contextmanager
    def _texts(
        self, connection: Connection, entity: Entity, found: ReplicaTable, *, is_sorted: bool = True
    ) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
        """Yield the columns of a table that the contract knows, and the authority's rows as a file's texts."""
        columns = [entity.by_name[name] for name in entity.column_names if name in found.columns]
        names = [each.name for each in columns]
        writers = [writer_of(each, self._contract.text, self._contract.code_lists) for each in columns]
        stated = names.index(self._contract.authority_column) if self._contract.authority_column in names else None
        query = found.rows(entity, self._contract, self._authority)
        streamed = {"stream_results": True, "yield_per": ROWS_AT_ONCE}
        rows = connection.execute(query if is_sorted else query.order_by(None), execution_options=streamed)
        with rows:
            yield (
                names,
                (
                    [write(value) for write, value in zip(writers, row, strict=True)]
                    for row in rows
                    if stated is None or not is_of_another(row[stated], self._authority)
                ),
            )

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Yield a connection within one snapshot, which is given up at the end."""
        where = f"The replica of {self._contract.source} at {self.location}"
        try:
            with self._engine().connect() as connection, _snapshot(connection, self._config):
                yield connection
        except OperationalError as error:
            raise SourceUnavailableError(
                f"{where} cannot be reached, or was lost. Run the command again once it is back."
            ) from error
        except DBAPIError as error:
            words = str(error.orig).strip().splitlines()
            raise Untrusted(
                f"cannot be read from {self.location}: {words[0] if words else 'no reason given'}", remedy=PERMIT
            ) from error

    def _engine(self) -> Engine:
        if self._url.get_backend_name() == "sqlite" and not Path(self._url.database or "").is_file():
            raise UsageError(f"The replica {self._url.database} of {self._contract.source} is not there.")
        try:
            return create_engine(self._url, poolclass=NullPool, hide_parameters=True)
        except (NoSuchModuleError, ImportError) as error:
            raise UsageError(
                f"The driver {self._url.drivername} of the replica of {self._contract.source} is not installed: "
                "install it beside this package."
            ) from error


@contextmanager
def _snapshot(connection: Connection, config: ReplicaConfig) -> Iterator[None]:
    name = connection.dialect.name
    if name == "sqlite":
        connection.exec_driver_sql("pragma query_only = on")
        connection.exec_driver_sql("begin")
    else:
        level = config.isolation or SNAPSHOTS.get(name)
        if level is not None:
            connection.execution_options(isolation_level=level)
        if name == "postgresql":
            connection.execution_options(postgresql_readonly=True)
    try:
        yield
    finally:
        connection.rollback()


class _OwnCounts:
    """The source's own counts, set against the rows that the account sees."""

    def __init__(self, connection: Connection, config: ReplicaConfig) -> None:
        self._connection = connection
        self._config = config
        self._unknown: list[str] = []
        self._stated: dict[str, int] | None = None
        if config.counts_table is not None:
            rows = connection.execute(stated_counts_query(config.counts_table, config.database_schema))
            self._stated = {str(row.entity_name).strip().lower(): int(row.row_count) for row in rows}

    def require_whole(self, entity: str, found: ReplicaTable) -> int:
        """Return how many rows the account sees of a table. Raises Untrusted where they are only a part of it."""
        visible = int(self._connection.execute(found.visible_count()).scalar_one())
        if self._stated is not None:
            own = self._stated.get(entity)
            if own is None:
                raise Untrusted(f"states no count of {entity} in {self._config.counts_table}", remedy=PERMIT)
            if visible != own:
                raise Untrusted(f"shows {visible} rows of {entity} where the source counts {own}", remedy=PERMIT)
            return visible
        own, is_narrowed = self._estimated(found)
        if is_narrowed:
            raise Untrusted(
                f"shows only a part of {entity}: a row policy of the database hides rows from the account",
                remedy=PERMIT,
            )
        if own is None:
            self._unknown.append(entity)
        elif visible < own * (1 - self._config.tolerance):
            raise Untrusted(
                f"shows {visible} rows of {entity} where the database's own statistics count {own}",
                remedy=f"{PERMIT}; where rows were really deleted, have the table's statistics renewed first",
            )
        return visible

    def _estimated(self, found: ReplicaTable) -> tuple[int | None, bool]:
        query = own_count_query(self._connection.dialect)
        if query is None:
            # a file without accounts shows everybody everything
            return None, False
        row: Any = self._connection.execute(query, {"name": found.name, "schema": found.schema}).one_or_none()
        return (None, False) if row is None else (row.own_count, bool(row.is_narrowed))

    def notices(self, account: str) -> tuple[str, ...]:
        """Return what is worth knowing: as whom it was read, and which counts nobody could confirm."""
        said = [f"it was read from a reporting replica as {account}, in one snapshot."]
        if self._unknown and self._connection.dialect.name != "sqlite":
            said.append(
                f"the database keeps no count of its own of {', '.join(self._unknown)}: state them in a counts table, "
                "or a permission that hides rows is not noticed."
            )
        return tuple(said)
