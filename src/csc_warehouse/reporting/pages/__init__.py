"""Pages that people read without a database: the quality report, the catalogue of checks, the worklists."""

from csc_warehouse.reporting.pages.check_catalogue import write_catalogue
from csc_warehouse.reporting.pages.quality_report import write_quality_reports
from csc_warehouse.reporting.pages.worklists import write_worklists

__all__ = ["write_catalogue", "write_quality_reports", "write_worklists"]
