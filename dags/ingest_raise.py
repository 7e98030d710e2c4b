"""Land what RAISe delivered: full extracts, until the cut-over.

**Reads** the exports folder's `raise` deliveries. **Writes** landing, the ledger, quarantine and the archive; emits
the asset `landed_raise` every night, landed or not, so that `build_warehouse` runs once a night.

After the cut-over nothing arrives any more: every night is green with nothing landed.

**When it fails**

- `report_verdict` alone is red: a delivery was refused. The sentence stands in its log and in `csc-warehouse status`.
  Ask the supplier for the delivery again. Nothing to clear: the next night takes it, or **trigger** this DAG and then
  `build_warehouse`.
- `find_waiting` or `land` is red: a fault (database, disk, share). Remove the cause and **clear** the red task with
  what follows it. Landing again is harmless, in any order.
- `emit_asset` is red: the database was lost after landing. **Clear** it; `build_warehouse` follows.

The figures never wait for it: `build_warehouse` builds from what has landed, and says how old that is.
"""

from __future__ import annotations

from nightly_chain import ingest

# the scheduler only reads files in which it sees the words airflow and dag
DAG = ingest("raise", __doc__)
