"""The mess of real life."""
from csc_warehouse.sample.model import World


def add_mess(world: World) -> None:
    """Add."""


def add_client_mess(world: World) -> None:
    """Add."""
