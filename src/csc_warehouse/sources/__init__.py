"""Where deliveries are found: folders now; anything that presents the same face later."""

from csc_warehouse.sources.delivery import DeliveredFile, Delivery, Found, Source
from csc_warehouse.sources.folder import FolderSource

__all__ = ["DeliveredFile", "Delivery", "FolderSource", "Found", "Source"]
