"""A delivery into row history: verify, quarantine, merge, ledger, archive, rebuild."""

from csc_warehouse.landing.erasure import ErasureSummary, erase, erase_reference
from csc_warehouse.landing.load import LandingSummary, land
from csc_warehouse.landing.measures import DeliveryProfile, Door, DoorVerdict
from csc_warehouse.landing.overrides import accept_loss
from csc_warehouse.landing.rebuild import RebuildSummary, rebuild
from csc_warehouse.landing.retention import RetentionSummary, due, expire, expire_backups
from csc_warehouse.landing.story import newest, story
from csc_warehouse.landing.waiting import Waiting, find_waiting, look
from csc_warehouse.landing.withdrawal import WithdrawalSummary, undo_withdrawal, withdraw
from csc_warehouse.sources.delivery import Delivery

__all__ = [
    "Delivery",
    "DeliveryProfile",
    "Door",
    "DoorVerdict",
    "ErasureSummary",
    "LandingSummary",
    "RebuildSummary",
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
    "story",
    "undo_withdrawal",
    "withdraw",
]
