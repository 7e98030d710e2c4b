"""Which way in a source has: a folder unless the configuration names another."""

from __future__ import annotations

from csc_warehouse.contracts.model import SourceContract
from csc_warehouse.settings import Settings
from csc_warehouse.sources.delivery import Source
from csc_warehouse.sources.folder import FolderSource


def source_of(settings: Settings, contract: SourceContract) -> Source:
    """Return the way in of a source: its replica or the SFTP server where one is configured, else the folder."""
    home_authority = settings.config.home_authority
    most_members = settings.config.landing.maximum_zip_members
    replica = settings.config.replicas.get(contract.source)
    if replica is not None:
        from csc_warehouse.sources.replica import ReplicaSource

        return ReplicaSource(replica, contract, home_authority=home_authority, spool=settings.spool)
    sftp = settings.config.sftp
    if sftp is not None and contract.source in (sftp.sources or settings.config.sources):
        from csc_warehouse.sources.sftp import SftpSource

        return SftpSource(
            sftp, contract, home_authority=home_authority, spool=settings.spool, most_members=most_members
        )
    return FolderSource(settings.exports, contract, home_authority=home_authority, most_members=most_members)
