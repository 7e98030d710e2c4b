"""Names of people by their ids, for lists that a council chose to hold them: as they were last sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from psycopg import sql

from csc_warehouse.contracts import SourceContract, load_contracts
from csc_warehouse.warehouse import Warehouse

CATEGORY = "name"
"""What the contract of a source calls the columns that hold a person's name."""


def names_of_people(
    warehouse: Warehouse, authority_code: str, people: Mapping[str, Collection[str]]
) -> dict[tuple[str, str], str]:
    """Return names by source and canonical id, in the order in which the source's columns stand: surname, forenames.

    people: canonical ids by source; who has no row or no name is left out. What a person set right is right here too.
    The session is of whoever the warehouse acts as: it reads landing and what a build set right.
    """
    contracts = load_contracts(warehouse.settings.config.sources)
    names: dict[tuple[str, str], str] = {}
    with warehouse.raw_connection() as connection:
        for source, ids in people.items():
            asked = _asked(contracts[source]) if source in contracts else None
            if asked is not None:
                rows = connection.execute(asked, {"authority": authority_code, "ids": sorted(ids)})
                names |= {(source, person): said for person, parts in rows if (said := _joined(parts))}
    return names


def _asked(contract: SourceContract) -> sql.Composed | None:
    """Return the query of the names of a source's people, by the version that came last; None: it has none."""
    columns = list(_name_columns(contract))
    if not columns:
        return None
    parts = [
        sql.SQL("coalesce(held.right_values ->> {text}, people.{column})").format(
            text=sql.Literal(column), column=sql.Identifier(column)
        )
        for column in columns
    ]
    return sql.SQL(
        "select distinct on (people.row_key) people.row_key, array[{parts}] from landing.{people} as people"
        " left join staging.rectified_rows as held on held.source_name = {source} and held.entity = {entity}"
        " and people.authority_code = held.authority_code and people.row_key = held.row_key"
        " and people.valid_from_date = held.valid_from_date"
        " where people.authority_code = %(authority)s and people.row_key = any(%(ids)s)"
        " order by people.row_key, people.valid_from_date desc"
    ).format(
        parts=sql.SQL(", ").join(parts),
        people=sql.Identifier(f"{contract.source}_{contract.person_entity}"),
        source=sql.Literal(contract.source),
        entity=sql.Literal(contract.person_entity),
    )


def _name_columns(contract: SourceContract) -> Iterator[str]:
    if contract.person_entity is None or contract.person_entity not in contract.personal_data.relations:
        return
    tagged = contract.personal_data.relations[contract.person_entity].columns
    for column in contract.entities[contract.person_entity].columns:
        if column.name in tagged and tagged[column.name].category == CATEGORY:
            yield column.name


def _joined(parts: Iterable[str | None]) -> str:
    return ", ".join(said for part in parts if part and (said := " ".join(part.split())))
