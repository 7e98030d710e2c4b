"""Land the corporate returns: staff, money, adoption, families first; each file is a delivery of its own.

**Reads** the exports folder's `corporate` files. **Writes** landing, the ledger, quarantine and the archive; emits
the asset `landed_corporate` every night, landed or not, so that `build_warehouse` runs once a night.

Returns come quarterly: most nights are green with nothing landed. A return has no control file, so at night one is
read only when its size has stood still for a while.

**When it fails**

- `report_verdict` alone is red: a return was refused. The sentence stands in its log and in `csc-warehouse status`.
  Ask the team that keeps the return to correct and resend it; the other files landed. Nothing to clear: the next
  night takes it, or **trigger** this DAG and then `build_warehouse`.
- `find_waiting` or `land` is red: a fault (database, disk, share). Remove the cause and **clear** the red task with
  what follows it. Landing again is harmless, in any order.
- `emit_asset` is red: the database was lost after landing. **Clear** it; `build_warehouse` follows.

The figures never wait for it: `build_warehouse` builds from what has landed, and says how old that is.
"""

from __future__ import annotations

from nightly_chain import ingest

# the scheduler only reads files in which it sees the words airflow and dag
DAG = ingest("corporate", __doc__)
