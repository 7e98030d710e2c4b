"""Land what WCCIS delivered: a full on Sundays, a delta on every other night, per authority.

**Reads** the exports folder's `wccis` deliveries. **Writes** landing, the ledger, quarantine and the archive; emits
the asset `landed_wccis` every night, landed or not, so that `build_warehouse` runs once a night.

A night without a delta is an alarm: its changes come only with the next full.

**When it fails**

- `report_verdict` alone is red: a delivery was refused. The sentence stands in its log and in `csc-warehouse status`.
  Ask the supplier to send it again the same day, for a delta's changes come once. Nothing to clear: the next night
  takes it, or **trigger** this DAG and then `build_warehouse`.
- `find_waiting` or `land` is red: a fault (database, disk, share). Remove the cause and **clear** the red task with
  what follows it. Landing again is harmless, in any order.
- `emit_asset` is red: the database was lost after landing. **Clear** it; `build_warehouse` follows.

The figures never wait for it: `build_warehouse` builds from what has landed, and says how old that is.
"""

from __future__ import annotations

from nightly_chain import ingest

# the scheduler only reads files in which it sees the words airflow and dag
DAG = ingest("wccis", __doc__)
