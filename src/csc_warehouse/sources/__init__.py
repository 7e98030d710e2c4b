"""Where deliveries are found: a folder, an SFTP server, a reporting replica; all present the same face."""

from csc_warehouse.sources.configured_source import source_of
from csc_warehouse.sources.delivery import DeliveredFile, Delivery, Found, Source
from csc_warehouse.sources.folder import FolderSource

__all__ = ["DeliveredFile", "Delivery", "FolderSource", "Found", "Source", "source_of"]
