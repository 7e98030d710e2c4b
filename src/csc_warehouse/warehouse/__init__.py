"""Engine, embedded cluster, schemas and their migrations."""

from csc_warehouse.warehouse import locks
from csc_warehouse.warehouse.engine import Warehouse, open_warehouse

__all__ = ["Warehouse", "locks", "open_warehouse"]
