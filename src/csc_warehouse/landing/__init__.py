"""A delivery into row history: verify, quarantine, merge, ledger, archive, rebuild."""

from csc_warehouse.contracts.door import DeliveryProfile, Door, DoorVerdict
from csc_warehouse.landing.delivery_story import newest, story
from csc_warehouse.landing.history.tables import sync as sync_tables
from csc_warehouse.landing.keeping.accepted_losses import accept_loss
from csc_warehouse.landing.keeping.erasure import ErasureSummary, erase, erase_reference
from csc_warehouse.landing.keeping.rebuild import RebuildSummary, rebuild
from csc_warehouse.landing.keeping.rectification import (
    RectificationSummary,
    rectifications,
    rectify,
    undo_rectification,
)
from csc_warehouse.landing.keeping.retention import RetentionSummary, due, expire, expire_backups
from csc_warehouse.landing.keeping.withdrawal import WithdrawalSummary, undo_withdrawal, withdraw
from csc_warehouse.landing.lander import LandingSummary, land
from csc_warehouse.landing.waiting_deliveries import Waiting, find_waiting, look
from csc_warehouse.sources.delivery import Delivery

__all__ = [
    "Delivery",
    "DeliveryProfile",
    "Door",
    "DoorVerdict",
    "ErasureSummary",
    "LandingSummary",
    "RebuildSummary",
    "RectificationSummary",
    "RetentionSummary",
    "Waiting",
    "WithdrawalSummary",
    "accept_loss",
    "due",
    "erase",
    "erase_reference",
    "expire",
    "expire_backups",
    "find_waiting",
    "land",
    "look",
    "newest",
    "rebuild",
    "rectifications",
    "rectify",
    "story",
    "sync_tables",
    "undo_rectification",
    "undo_withdrawal",
    "withdraw",
]
