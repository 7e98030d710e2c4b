"""Candidate to release, pointer, rollback and expiry: readers always see one whole release per authority."""

from csc_warehouse.publication.expiry import ExpirySummary, expire, retire
from csc_warehouse.publication.ledger import Release, is_stored, open_release, releases
from csc_warehouse.publication.pointer import Outcome, PublishSummary, publish, rollback
from csc_warehouse.publication.provenance import OverlayFile, note_origin, overlay_digest
from csc_warehouse.publication.published_relations import PublishedRelation
from csc_warehouse.publication.release_inputs import Standing, note_inputs, note_quiet_night, read_inputs, standing
from csc_warehouse.publication.release_writing import StoreSummary, store
from csc_warehouse.publication.seal import require_unchanged, seal
from csc_warehouse.publication.stored_check import StoredCheck, check_stored

__all__ = [
    "ExpirySummary",
    "Outcome",
    "OverlayFile",
    "PublishSummary",
    "PublishedRelation",
    "Release",
    "Standing",
    "StoreSummary",
    "StoredCheck",
    "check_stored",
    "expire",
    "is_stored",
    "note_inputs",
    "note_origin",
    "note_quiet_night",
    "open_release",
    "overlay_digest",
    "publish",
    "read_inputs",
    "releases",
    "require_unchanged",
    "retire",
    "rollback",
    "seal",
    "standing",
    "store",
]
