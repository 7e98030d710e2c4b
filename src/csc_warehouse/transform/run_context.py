"""The run context: as at which day, and of which deliveries, a build shows each authority."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, text

from csc_warehouse.contracts import load_contracts
from csc_warehouse.contracts.names import canonical_name
from csc_warehouse.contracts.systems import case_systems, chain_of, held_entities
from csc_warehouse.errors import CscWarehouseError
from csc_warehouse.settings import Config
from csc_warehouse.sql_files import statement
from csc_warehouse.transform.run_settings import write_run_settings
from csc_warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class AuthorityContext:
    """One authority's row of `staging.run_context`."""

    authority_code: str
    requested_date: datetime.date
    as_at_date: datetime.date
    live_source: str
    cut_over_date: datetime.date | None
    is_cut_over_assumed: bool


INSERT_SYSTEMS = text(statement(__name__, "insert_systems"))
INSERT_CONTEXT = text(statement(__name__, "insert_context"))


def set_context(warehouse: Warehouse, requested: datetime.date | None, run_id: str) -> list[AuthorityContext]:
    """Write what this build shows: one row per authority that has a usable delivery up to the requested day.

    K is the business date of the latest usable delivery of the live system (indicators.md rule 1.7): the latest of the
    authority's chain that has one; a delivery on a day on which its system is not live, or before the system's first
    full, is not usable (deliveries.md section 8). None asks for the latest. Raises CscWarehouseError when no authority
    has a usable delivery.
    """
    with warehouse.transaction() as connection:
        requested = (
            requested
            or connection.execute(
                text("select max(business_date) from landing.deliveries where status = 'accepted'")
            ).scalar_one_or_none()
        )
        if requested is None:
            raise CscWarehouseError(
                "Nothing has been landed yet: run csc-warehouse land --exports DIR, then build again."
            )
        _write_systems(connection, warehouse.settings.config, requested)
        connection.execute(text("truncate staging.run_context"))
        connection.execute(INSERT_CONTEXT, _parameters(warehouse.settings.config, requested, run_id))
        _write_spellings(connection, warehouse.settings.config)
        write_run_settings(connection, warehouse.settings.config, run_id)
        rows = connection.execute(
            text(
                "select authority_code, requested_date, as_at_date, live_source, cut_over_date, is_cut_over_assumed"
                " from staging.run_context order by authority_code"
            )
        ).all()
        if not rows:
            raise CscWarehouseError(
                f"No case-system delivery up to {requested:%d %B %Y} can be used: land an earlier one, "
                "or ask for a later day."
            )
    return [AuthorityContext(**row._mapping) for row in rows]


def _parameters(config: Config, requested: datetime.date, run_id: str) -> dict[str, object]:
    codes = sorted(config.authorities)
    return {
        "codes": codes,
        "names": [config.authorities[code].name for code in codes],
        "requested": requested,
        "run_id": run_id,
        "home": config.home_authority,
    }


def _write_systems(connection: Connection, config: Config, requested: datetime.date) -> None:
    """Write which systems each authority has, up to which delivery each is read, and what their entities hold."""
    contracts = load_contracts(config.sources)
    systems = case_systems(contracts.values())
    # the chain of the authority without a code is that of whoever delivers and is not configured
    chains = {code: chain_of(config.authorities[code], systems) for code in sorted(config.authorities)}
    chains[""] = chain_of(None, systems)
    links = [(code, place, link) for code, chain in chains.items() for place, link in enumerate(chain, start=1)]
    connection.execute(text("truncate staging.run_systems"))
    connection.execute(
        INSERT_SYSTEMS,
        {
            "systems": systems,
            "requested": requested,
            "codes": [code for code, _, _ in links],
            "sources": [link.source for _, _, link in links],
            "places": [place for _, place, _ in links],
            "first_days": [link.first_day for _, _, link in links],
        },
    )
    connection.execute(text("truncate staging.case_entities"))
    connection.execute(
        text(
            "insert into staging.case_entities (source_name, entity, source_entity, source_title, shown_entity)"
            " values (:source, :plural, :entity, :title, :shown)"
        ),
        [asdict(held) for held in held_entities(contracts)],
    )


def _write_spellings(connection: Connection, config: Config) -> None:
    """Bring the spellings of the configuration and of the contracts in use to where models can join them."""
    connection.execute(text("truncate staging.configured_spellings"))
    contracts = load_contracts(config.sources).values()
    said = [(config.spellings, False), *((contract.spellings, True) for contract in contracts)]
    rows = [
        {
            "list_name": list_name,
            "spelling": canonical_name(spelling),
            "canonical": canonical_name(canonical),
            "is_of_contract": is_of_contract,
        }
        for lists, is_of_contract in said
        for list_name, spellings in sorted(lists.items())
        for spelling, canonical in sorted(spellings.items())
    ]
    if rows:
        connection.execute(
            text(
                "insert into staging.configured_spellings (list_name, spelling, canonical, is_of_contract)"
                " values (:list_name, :spelling, :canonical, :is_of_contract) on conflict do nothing"
            ),
            rows,
        )
