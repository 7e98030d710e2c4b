"""The sources' contracts as data, their code lists, and the loader that validates them."""

from csc_warehouse.contracts.loader import contract_digest, load_contract, load_contracts
from csc_warehouse.contracts.model import Column, Entity, SourceContract

__all__ = ["Column", "Entity", "SourceContract", "contract_digest", "load_contract", "load_contracts"]
